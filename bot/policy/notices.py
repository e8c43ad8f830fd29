"""Which faults people have been told of already, and who does not care."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Hashable

HASTE_S: Final = 2.0
"""Nobody reads an answer and has typed another command by then."""

REMEMBERED: Final = 1_000
"""Of those who were told to wait, the last; about 200 bytes each."""


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


class Haste:
    """Notices who goes on although they were told to wait, faster than they can have read it.

    Every time is in seconds of one monotonic clock.
    """

    def __init__(self) -> None:
        self._stopped_at: LRUCache[Hashable, float] = LRUCache(REMEMBERED)

    def is_deaf(self, who: Hashable, now: float) -> bool:
        """Return whether `who` is stopped again within `HASTE_S`; from now on that is counted."""
        stopped_at = self._stopped_at.get(who, -inf)
        self._stopped_at[who] = now
        return now - stopped_at < HASTE_S
