"""How fast one member is read, and how often the same words."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Hashable

BURST: Final = 3
"""Messages somebody may write at once, however slow the pace is: thoughts come in pieces."""

MOST_AT_ONCE: Final = 2
"""The same words of the same author are said twice in `SAME_WORDS_S`, not three times."""

SAME_WORDS_S: Final = 60.0
REMEMBERED: Final = 10_000
"""Authors, and texts of theirs, of all servers together; about 200 bytes each."""


class Pace:
    """Lets each author be read once in a while, after a first few (GCRA).

    Every time is in seconds of one monotonic clock.
    """

    def __init__(self) -> None:
        self._due_at: LRUCache[Hashable, float] = LRUCache(REMEMBERED)

    def take(self, author: Hashable, now: float, *, interval_s: float) -> bool:
        """Return whether `author` may be read now; if so, that counts."""
        due_at = max(self._due_at.get(author, now), now)
        if due_at - now > (BURST - 1) * interval_s:
            return False
        self._due_at[author] = due_at + interval_s
        return True


class Repeats:
    """Notices who writes the same again and again; remembers hashes, and no text."""

    def __init__(self) -> None:
        self._heard: LRUCache[bytes, tuple[int, float]] = LRUCache(REMEMBERED)

    def is_too_often(self, author: Hashable, words: str, now: float) -> bool:
        """Return whether `author` was heard with these words often enough; else that counts."""
        key = hashlib.blake2b(f"{author}\0{words.casefold()}".encode(), digest_size=16).digest()
        count, since = self._heard.get(key, (0, now))
        if now - since >= SAME_WORDS_S:
            count, since = 0, now
        if count >= MOST_AT_ONCE:
            return True
        self._heard[key] = (count + 1, since)
        return False


class Seen:
    """Remembers the last ids, so that what Discord tells twice is read once (row G-16)."""

    def __init__(self, most: int = 8_192) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._most = most

    def add(self, id_: int) -> bool:
        """Remember an id; return whether it is new."""
        if id_ in self._ids:
            return False
        self._ids[id_] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True
