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
_HELD_PER_BLOCK: Final = math.exp(-BLOCK / RATE_HZ / RELEASE_S)
_INAUDIBLE: Final = 1e-4
_MEAN: Final = np.full(AHEAD, 1 / AHEAD)
_RAMP: Final = np.arange(BLOCK, dtype=np.float32) / np.float32(BLOCK)


class Limiter:
    """Keeps every sample at or below `CEILING_DBFS`; what is softer passes untouched.

    The gain falls in a straight line over the look-ahead and is down when the peak comes; then it
    recovers exponentially. It is one number per block edge, straight in between.
    """

    def __init__(self) -> None:
        self._held = NO_SAMPLES
        # What the blocks allow, from the one before the first held one.
        self._allowed = np.ones(1)
        self._envelopes: NDArray[np.float64] | None = None

    def push(self, samples: Samples) -> Samples:
        """Return the samples whose look-ahead is complete."""
        held = np.concatenate((self._held, samples))
        known = len(self._allowed) - 1
        whole = len(held) // BLOCK
        peaks = np.abs(held[known * BLOCK : whole * BLOCK]).reshape(-1, BLOCK).max(axis=1)
        allowed = np.minimum(1.0, _CEILING / np.maximum(peaks, _CEILING))
        self._allowed = np.concatenate((self._allowed, allowed))
        ready = whole - AHEAD
        if ready <= 0:
            self._held = held
            return NO_SAMPLES
        released = held[: ready * BLOCK]
        gains = self._gains(ready)
        self._held = held[ready * BLOCK :]
        self._allowed = self._allowed[ready:]
        if gains.min() == 1.0:
            return released
        edges = gains.astype(np.float32)
        curve = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * _RAMP
        return released * curve.reshape(-1)

    def flush(self) -> Samples:
        """Return what is still held."""
        count = len(self._held)
        return self.push(np.zeros((AHEAD + 1) * BLOCK, np.float32))[:count]

    def _gains(self, blocks: int) -> NDArray[np.float64]:
        """Return the gains at the edges of the next `blocks` blocks, the last edge included."""
        # An edge must satisfy both its neighbours, and be reached from AHEAD edges before.
        edges = np.minimum(self._allowed[:-1], self._allowed[1:])
        lowest = np.lib.stride_tricks.sliding_window_view(edges, AHEAD).min(axis=1)
        if self._envelopes is None:
            # The very first peak has nothing before it to come down in.
            self._envelopes = np.full(AHEAD, lowest[0])
        following = _follow(float(self._envelopes[-1]), lowest[1 : blocks + 1])
        envelopes = np.concatenate((self._envelopes, following))
        self._envelopes = envelopes[-AHEAD:]
        return np.convolve(envelopes, _MEAN, "valid")


def _follow(envelope: float, limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fall to each limit at once, recover slowly."""
    if envelope == limits.min() == 1.0:
        return limits
    followed = []
    for limit in limits.tolist():
        recovered = 1.0 - (1.0 - envelope) * _HELD_PER_BLOCK
        envelope = min(limit, recovered if recovered < 1.0 - _INAUDIBLE else 1.0)
        followed.append(envelope)
    return np.array(followed)
