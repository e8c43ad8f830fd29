"""Reduces PCM to what a column of pixels can show: how far it swings and how loud it is."""

from __future__ import annotations

import math
import sys
from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.sandbox.picture.scene import SAMPLE_WIDTH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

FULL_SCALE: Final = 32_768


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of sound; 1 is full scale."""

    low: float
    high: float
    rms: float


def columns(pcm: bytes, most: int) -> list[Column]:
    """Split `pcm` (s16le mono) into `most` stretches of equal length, fewer if it is that short."""
    samples = _samples(pcm)
    count = min(most, len(samples))
    bounds = [len(samples) * nth // count for nth in range(count + 1)] if count else [0]
    return [_column(samples[start:end]) for start, end in pairwise(bounds)]


def loudest(drawn: Sequence[Column]) -> float:
    """Return the furthest swing of all columns, 0 for none."""
    return max((max(column.high, -column.low) for column in drawn), default=0.0)


def _samples(pcm: bytes) -> array[int]:
    samples = array("h", pcm[: len(pcm) // SAMPLE_WIDTH_BYTES * SAMPLE_WIDTH_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _column(samples: array[int]) -> Column:
    rms = math.hypot(*samples) / math.sqrt(len(samples))
    return Column(min(samples) / FULL_SCALE, max(samples) / FULL_SCALE, rms / FULL_SCALE)
