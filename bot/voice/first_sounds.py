"""How long speech took to begin, lately."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

KEPT: Final = 9
KEPT_S: Final = 15 * 60.0
"""What took longer ago says nothing of how the speech service fares now."""


class FirstSounds:
    """Remembers the waits of one call; every time is in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._waits: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def note(self, *, asked_at: float, now: float) -> None:
        """Note that speech asked for at `asked_at` begins."""
        self._waits.append((now, now - asked_at))

    def usual_s(self, now: float) -> float | None:
        """Return the median of the last waits, or nothing where there were none lately."""
        lately = [took_s for at, took_s in self._waits if now - at <= KEPT_S]
        return median(lately) if lately else None
