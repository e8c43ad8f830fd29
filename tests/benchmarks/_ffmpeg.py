"""The ffmpeg of the usual way.

A bot that follows the tutorials starts `ffmpeg` once for every utterance, and that is the one its
system's package manager has installed. To start it is a third of what such a bot spends: Debian's
package is linked to two hundred libraries, which takes 55 ms of CPU where a static build takes 10.
So it is looked for where discord.py looks, in the PATH. Where there is none the static build in the
wheel of imageio-ffmpeg stands in; the usual way then looks cheaper than it is, and the run says so.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass
from functools import cache

import imageio_ffmpeg  # type: ignore[import-untyped]  # has no annotations

_STARTS = 5


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """The program, and how it came here."""

    path: str
    is_stand_in: bool
    """Whether it is the wheel's, as the system has none."""

    def __str__(self) -> str:
        first_line, start_ms = self._started()
        version = " ".join(first_line.split()[:3])
        found = f"the usual way's ffmpeg: {self.path}, {version}, starts in {start_ms:.0f} ms"
        if not self.is_stand_in:
            return found
        return (
            f"NO FFMPEG IN THE PATH, a static build stands in and starts sooner: the usual way is "
            f"dearer than this run says (apt-get install ffmpeg)\n{found}"
        )

    def _started(self) -> tuple[str, float]:
        """Return what it says of itself, and the median time until it has said so in ms."""
        durations_ms = []
        for _ in range(_STARTS):
            began = time.monotonic()
            said = subprocess.check_output([self.path, "-version"], text=True)  # noqa: S603 - no input
            durations_ms.append((time.monotonic() - began) * 1e3)
        return said.partition("\n")[0], statistics.median(durations_ms)


@cache
def find_ffmpeg() -> Ffmpeg:
    """Return the system's, or else the wheel's."""
    if path := shutil.which("ffmpeg"):
        return Ffmpeg(path, is_stand_in=False)
    return Ffmpeg(imageio_ffmpeg.get_ffmpeg_exe(), is_stand_in=True)
