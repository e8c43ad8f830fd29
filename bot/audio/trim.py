"""Speech without the silence around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.samples import NO_SAMPLES, RATE_HZ, amplitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.audio.samples import Samples

FRAME: Final = RATE_HZ * 5 // 1000
"""Samples judged together; speech is delayed by no more than this."""

SILENCE_DBFS: Final = -50.0
LEAD_S: Final = 0.020
TAIL_S: Final = 0.100

_SILENCE_ENERGY: Final = amplitude(SILENCE_DBFS) ** 2 * FRAME
"""Of a frame: the sum of the squares."""


class Trimmer:
    """Cuts what is below `SILENCE_DBFS` (RMS of 5 ms) from both ends; pauses inside stay.

    The silence after speech is held back, but for its kept part, until speech goes on or ends.

    Args:
        lead_s: How much silence to keep before the speech, in seconds.
        tail_s: How much to keep after it.
    """

    def __init__(self, *, lead_s: float = LEAD_S, tail_s: float = TAIL_S) -> None:
        self._lead = round(lead_s * RATE_HZ)
        self._tail = round(tail_s * RATE_HZ)
        self._tail_left = 0
        self._has_begun = False
        self._held = NO_SAMPLES
        self._judged = 0

    def push(self, samples: Samples) -> Samples:
        """Return what is certain to be kept by now."""
        self._held = np.concatenate((self._held, samples))
        whole = (len(self._held) - self._judged) // FRAME * FRAME
        frames = self._held[self._judged : self._judged + whole].reshape(-1, FRAME)
        loud = np.flatnonzero(np.einsum("ij,ij->i", frames, frames) > _SILENCE_ENERGY) * FRAME
        return self._release(self._judged + loud, self._judged + whole)

    def flush(self) -> Samples:
        """Return the end, without its silence."""
        padding = -(len(self._held) - self._judged) % FRAME
        ending = self.push(np.zeros(padding, np.float32))
        released_padding = max(padding - len(self._held), 0)
        return ending[: len(ending) - released_padding]

    def _release(self, loud: NDArray[np.intp], judged: int) -> Samples:
        """Give away held samples.

        Args:
            loud: Where the loud frames begin among the held samples.
            judged: How many of the held samples are known to be loud or not.
        """
        dropped = 0
        if not self._has_begun:
            first = int(loud[0]) if loud.size else judged
            dropped = max(first - self._lead, 0)
            self._has_begun = loud.size > 0
        end = dropped
        if loud.size:
            end = int(loud[-1]) + FRAME
            self._tail_left = self._tail
        kept = min(judged - end, self._tail_left)
        self._tail_left -= kept
        end += kept
        released, self._held = self._held[dropped:end], self._held[end:]
        self._judged = judged - end
        return released
