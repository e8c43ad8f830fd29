"""Faster and slower speech at its own pitch, by WSOLA (Verhelst and Roelands, 1993)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.samples import NO_SAMPLES, RATE_HZ

if TYPE_CHECKING:
    from bot.audio.samples import Samples

FIRST: Final = RATE_HZ * 25 // 1000
"""Samples given away as they come: what the first packet and the limiter behind need."""

SEGMENT: Final = RATE_HZ * 20 // 1000
OVERLAP: Final = RATE_HZ * 8 // 1000
TEMPLATE: Final = RATE_HZ * 12 // 1000
"""Samples that must look alike at a joint: a period of a deep voice."""

SEARCH: Final = RATE_HZ * 9 // 1000
"""How far a joint may be from its place, either way: together more than a period of 60 Hz."""

_FADE: Final = (0.5 - 0.5 * np.cos(np.pi * (np.arange(OVERLAP) + 0.5) / OVERLAP)).astype(np.float32)


class Tempo:
    """Joins segments of the speech where they continue each other best.

    Args:
        speed: How many seconds of speech go into one.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._input = NO_SAMPLES
        self._start = 0  # of the buffered input, in all input
        self._arrived = 0
        self._given = 0
        self._continuation = 0  # where in all input the last segment would go on

    def push(self, samples: Samples) -> Samples:
        """Return the segments that can be chosen now."""
        self._arrived += len(samples)
        self._input = np.concatenate((self._input, samples))
        return self._stretch()

    def flush(self) -> Samples:
        """Return the rest, so that the whole has its due length."""
        rest = max(round(self._arrived / self._speed) - self._given, 0)
        # The last segment begins before the end and must find its template, too.
        silence = np.zeros(2 * (SEARCH + SEGMENT + TEMPLATE), np.float32)
        self._input = np.concatenate((self._input, silence))
        ending = self._stretch()
        return ending[:rest]

    def _stretch(self) -> Samples:
        pieces = []
        if self._given < FIRST:
            pieces.append(self._begin())
        while self._given >= FIRST and self._is_complete():
            pieces.append(self._segment())
        self._forget()
        return np.concatenate(pieces) if pieces else NO_SAMPLES

    def _begin(self) -> Samples:
        first = self._input[self._given : FIRST]
        self._given += len(first)
        self._continuation = self._given
        return first

    def _place(self, after: int = 0) -> int:
        """Return where in the buffer that is, by the clock, which sounds `after` samples on."""
        return round((self._given + after) * self._speed) - self._start

    def _is_complete(self) -> bool:
        return len(self._input) >= max(
            self._place() + SEARCH + max(SEGMENT, TEMPLATE),
            self._continuation - self._start + TEMPLATE,
            # Nothing is given before its time, or the whole would become too long.
            self._place(SEGMENT),
        )

    def _segment(self) -> Samples:
        continuation = self._continuation - self._start
        start = self._best_start(self._input[continuation : continuation + TEMPLATE])
        segment = self._input[start : start + SEGMENT].copy()
        before = self._input[continuation : continuation + OVERLAP]
        segment[:OVERLAP] = before + (segment[:OVERLAP] - before) * _FADE
        self._given += SEGMENT
        self._continuation = self._start + start + SEGMENT
        return segment

    def _best_start(self, template: Samples) -> int:
        """Return where near its place the input is most like `template`."""
        place = self._place()
        lowest = max(place - SEARCH, 0)
        region = self._input[lowest : place + SEARCH + TEMPLATE]
        energy = np.concatenate(([0.0], np.cumsum(np.square(region, dtype=np.float64))))
        norms = np.sqrt(np.maximum(energy[TEMPLATE:] - energy[:-TEMPLATE], 1e-9))
        return lowest + int(np.argmax(np.correlate(region, template, "valid") / norms))

    def _forget(self) -> None:
        """Drop the input that no segment can need any more."""
        needed = min(self._place() - SEARCH, self._continuation - self._start)
        if self._given >= FIRST and needed > 0:
            self._input = self._input[needed:]
            self._start += needed
