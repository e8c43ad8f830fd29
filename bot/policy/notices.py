"""Which faults people have been told of already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Notices:
    """Remembers what was told, so that one fault is told once.

    Every time is in seconds of one monotonic clock.
    """

    def __init__(self) -> None:
        self._known_until: dict[Hashable, float] = {}

    def is_news(self, fault: Hashable, now: float, *, for_s: float) -> bool:
        """Return whether `fault` was not told lately; from now on it is known for `for_s`."""
        if now < self._known_until.get(fault, now):
            return False
        self._known_until = {
            known: until for known, until in self._known_until.items() if now < until
        }
        self._known_until[fault] = now + for_s
        return True
