"""Peaks that stay below full scale, without being heard to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.samples import FULL_SCALE, NO_SAMPLES, RATE_HZ, amplitude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.audio.samples import Samples

CEILING_DBFS: Final = -1.0
BLOCK: Final = RATE_HZ // 1000
AHEAD: Final = 4
"""Blocks looked at before one is given away: with its own, speech is delayed by 5 ms."""

RELEASE_S: Final = 0.050
"""Time in which 63 % of a reduction is taken back."""

# Less the half step that rounding to 16 bits may add.
_CEILING: Final = amplitude(CEILING_DBFS) - 0.5 / FULL_SCALE
_INAUDIBLE: Final = 1e-4
_NOTHING: Final = 1e-300  # has a logarithm
_MEAN: Final = np.full(AHEAD, 1 / AHEAD)
_RAMP: Final = np.arange(BLOCK, dtype=np.float32) / np.float32(BLOCK)

_DECAY_PER_BLOCK: Final = BLOCK / RATE_HZ / RELEASE_S
_AUDIBLE_BLOCKS: Final = math.ceil(math.log(1 / _INAUDIBLE) / _DECAY_PER_BLOCK)
_LEFT_AFTER: Final = np.exp(-_DECAY_PER_BLOCK * np.arange(_AUDIBLE_BLOCKS + 1))
"""What is left of a reduction after so many blocks; a whole one is inaudible at the end."""


class Limiter:
    """Keeps every sample at or below `CEILING_DBFS`; what is softer passes untouched.

    The gain falls in a straight line over the look-ahead and is down when the peak comes; then it
    recovers exponentially. It is one number per block edge, straight in between; what is counted
    here is how much it is below 1.
    """

    def __init__(self) -> None:
        self._held = NO_SAMPLES
        # What the blocks need, from the one before the first held one.
        self._needed = np.zeros(1)
        self._release = _Release()
        self._reductions: NDArray[np.float64] | None = None

    def push(self, samples: Samples) -> Samples:
        """Return the samples whose look-ahead is complete."""
        held = np.concatenate((self._held, samples))
        known = len(self._needed) - 1
        whole = len(held) // BLOCK
        needed = _needed(held[known * BLOCK : whole * BLOCK])
        self._needed = np.concatenate((self._needed, needed))
        ready = max(whole - AHEAD, 0)
        released, self._held = held[: ready * BLOCK], held[ready * BLOCK :]
        if not ready:
            return released
        reductions = self._reduce(ready)
        self._needed = self._needed[ready:]
        if not reductions.any():
            return released
        edges = (1.0 - reductions).astype(np.float32)
        curve = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * _RAMP
        return released * curve.reshape(-1)

    def flush(self) -> Samples:
        """Return what is still held."""
        count = len(self._held)
        return self.push(np.zeros((AHEAD + 1) * BLOCK, np.float32))[:count]

    def _reduce(self, blocks: int) -> NDArray[np.float64]:
        """Return the reductions at the edges of the next `blocks` blocks, the last one included."""
        # An edge must do for both its neighbours, and be reached from AHEAD edges before.
        edges = np.maximum(self._needed[:-1], self._needed[1:])
        highest = np.max([edges[at : at + blocks + 1] for at in range(AHEAD)], axis=0)
        if self._reductions is None:
            # The very first peak has nothing before it to come down in.
            self._reductions = np.full(AHEAD, highest[0])
            self._release.follow(highest[:1])
        following = self._release.follow(highest[1:])
        reductions = np.concatenate((self._reductions, following))
        self._reductions = reductions[-AHEAD:]
        return np.convolve(reductions, _MEAN, "valid")


class _Release:
    """Rises to what is needed at once, and falls slowly.

    What is left at a moment is left of one need alone: all fall at the same pace, so the one that
    is the highest stays so until a higher one comes. Its height and its age are kept, not what is
    left of it, so that it does not matter into which pieces the needs are cut.
    """

    def __init__(self) -> None:
        self._height = 0.0
        self._age = 0

    def follow(self, needed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the reduction at each of the next moments."""
        if not self._height and not needed.any():
            return needed
        heights = np.concatenate(([self._height], needed))
        moments = np.arange(len(heights))
        since = np.concatenate(([-self._age], moments[1:]))
        # The one that is the highest now would also be if all had begun to fall at once.
        levels = np.log(np.maximum(heights, _NOTHING)) + since * _DECAY_PER_BLOCK
        is_highest = levels >= np.maximum.accumulate(levels)
        which = np.maximum.accumulate(np.where(is_highest, moments, 0))
        ages = np.minimum(moments - since[which], _AUDIBLE_BLOCKS)
        left: NDArray[np.float64] = heights[which] * _LEFT_AFTER[ages]
        left[left < _INAUDIBLE] = 0.0
        self._height = float(heights[which[-1]]) if left[-1] else 0.0
        self._age = int(ages[-1])
        return np.maximum(left, heights)[1:]


def _needed(samples: Samples) -> NDArray[np.float64]:
    """Return by how much each block must become softer."""
    heights = np.abs(samples)
    if heights.max(initial=0.0) <= _CEILING:
        return np.zeros(len(samples) // BLOCK)
    peaks = np.maximum.reduceat(heights, np.arange(0, len(samples), BLOCK))
    needed: NDArray[np.float64] = 1.0 - _CEILING / np.maximum(peaks, np.float64(_CEILING))
    return needed
