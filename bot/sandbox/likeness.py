"""How much two recordings of speech are alike, by the rise and fall of their loudness."""

from __future__ import annotations

import math
import statistics
from array import array
from typing import Final

STEP_MS: Final = 20
MAX_SHIFT_STEPS: Final = 25
"""How far the recordings may start apart: half a second."""

AUDIBLE_RMS: Final = 100
"""Loudness, of 32767, below which a stretch counts as silence."""


def envelope(pcm: bytes, rate: int) -> list[float]:
    """Return the loudness (RMS) of mono s16 `pcm`, one value for every `STEP_MS`."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    step = rate * STEP_MS // 1000
    return [_rms(samples[start : start + step]) for start in range(0, len(samples), step)]


def likeness(one: list[float], other: list[float]) -> float:
    """Return the best correlation of two envelopes, 1 being the same; silent ends do not count."""
    one, other = _audible(one), _audible(other)
    if len(one) < MAX_SHIFT_STEPS or len(other) < MAX_SHIFT_STEPS:
        return 0.0
    return max(
        _correlation(one, other, shift) for shift in range(-MAX_SHIFT_STEPS, MAX_SHIFT_STEPS + 1)
    )


def _rms(samples: array[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / max(len(samples), 1))


def _audible(loudness: list[float]) -> list[float]:
    steps = [step for step, level in enumerate(loudness) if level >= AUDIBLE_RMS]
    return loudness[steps[0] : steps[-1] + 1] if steps else []


def _correlation(one: list[float], other: list[float], shift: int) -> float:
    pairs = list(zip(one[max(shift, 0) :], other[max(-shift, 0) :], strict=False))
    # What one has and the other has not must count against them, so the shorter is filled up.
    missing = max(len(one), len(other)) - len(pairs)
    left = [first for first, _ in pairs] + [0.0] * missing
    right = [second for _, second in pairs] + [max(*one, *other)] * missing
    try:
        return statistics.correlation(left, right)
    except statistics.StatisticsError:  # one of them never changes
        return 0.0
