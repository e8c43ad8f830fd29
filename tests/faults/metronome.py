"""A process that does nothing but keep time: what it misses, the machine missed."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STEP_S = 0.005
WORTH_TELLING_S = 0.005
RUN_ON_S = 0.02
"""A stall reaches others a little before and after it reaches the metronome."""


@dataclass
class Metronome:
    """When the machine stalled, as (end, length), in seconds of the monotonic clock."""

    stalls: list[tuple[float, float]] = field(default_factory=list)

    def longest_stall_s(self, since: float, until: float) -> float:
        """Return the longest stall that touches a stretch of time."""
        touching = [
            length_s
            for end, length_s in self.stalls
            if end - length_s - RUN_ON_S <= until and since <= end + RUN_ON_S
        ]
        return max(touching, default=0.0)


@asynccontextmanager
async def open_metronome() -> AsyncIterator[Metronome]:
    """Run the process and collect what it tells."""
    metronome = Metronome()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdout=PIPE)
    reader = asyncio.create_task(_read(process, metronome), name="metronome")
    try:
        yield metronome
    finally:
        process.terminate()
        await process.wait()
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def _read(process: asyncio.subprocess.Process, metronome: Metronome) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        end, length = line.split()
        metronome.stalls.append((float(end), float(length)))


def keep_time() -> None:
    """Print the end and the length of every stall, for ever."""
    due = time.monotonic()
    while True:
        due += STEP_S
        time.sleep(max(due - time.monotonic(), 0))
        now = time.monotonic()
        if now - due > WORTH_TELLING_S:
            sys.stdout.write(f"{now} {now - due}\n")
            sys.stdout.flush()
            due = now


if __name__ == "__main__":
    keep_time()
