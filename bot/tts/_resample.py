"""Samples of any rate to samples of ours, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAYOUTS = {1: "mono", 2: "stereo"}


class Resampler:
    """Turns PCM in `source` into PCM in `AudioFormat`; what is that already passes untouched."""

    def __init__(self, source: AudioFormat) -> None:
        wanted = AudioFormat()
        self._rate_hz = source.rate
        self._layout = _LAYOUTS[source.channels]
        self._block = source.channels * source.SAMPLE_WIDTH
        self._inner = (
            None
            if source == wanted
            else av.AudioResampler(format="s16", layout=_LAYOUTS[wanted.channels], rate=wanted.rate)
        )

    def feed(self, pcm: bytes) -> bytes:
        """Return what whole samples become; the last few milliseconds wait for the next ones."""
        if self._inner is None or not pcm:
            return pcm
        frame = av.AudioFrame("s16", self._layout, len(pcm) // self._block)
        frame.sample_rate = self._rate_hz
        frame.planes[0].update(pcm)
        return _joined(self._inner.resample(frame))

    def close(self) -> bytes:
        """Return what was held back."""
        return b"" if self._inner is None else _joined(self._inner.resample(None))


def _joined(frames: Iterable[av.AudioFrame]) -> bytes:
    # The plane is longer than its samples: FFmpeg aligns it.
    width = AudioFormat.SAMPLE_WIDTH
    return b"".join(bytes(frame.planes[0])[: frame.samples * width] for frame in frames)
