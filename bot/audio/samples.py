"""Speech as numbers, for the effects that calculate with it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.models import AudioFormat

Samples = NDArray[np.float32]
"""Mono at `RATE_HZ`, full scale at ±1, shape (n,)."""

RATE_HZ: Final = AudioFormat().rate
FULL_SCALE: Final = 32_768
NO_SAMPLES: Final[Samples] = np.empty(0, np.float32)


def from_pcm(pcm: bytes) -> Samples:
    """Return signed 16-bit little-endian PCM as samples."""
    return np.frombuffer(pcm, "<i2") * np.float32(1 / FULL_SCALE)


def to_pcm(samples: Samples) -> bytes:
    """Return samples as signed 16-bit little-endian PCM, rounded."""
    scaled = samples * np.float32(FULL_SCALE)
    np.rint(scaled, out=scaled)
    np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1, out=scaled)
    return scaled.astype("<i2").tobytes()


def amplitude(decibels: float) -> float:
    """Return the factor that is `decibels`."""
    return float(10 ** (decibels / 20))
