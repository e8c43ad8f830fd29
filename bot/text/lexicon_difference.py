"""What a file would do to a dictionary, before anyone agrees to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.text.lexicon import LexiconEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """How one dictionary differs from another.

    Args:
        added: Entries for words that were not there.
        changed: Entries in place of others, each with the one that was there.
        removed: Entries whose words are not there any more.
    """

    added: tuple[LexiconEntry, ...] = ()
    changed: tuple[tuple[LexiconEntry, LexiconEntry], ...] = ()
    removed: tuple[LexiconEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def merged(before: Iterable[LexiconEntry], new: Iterable[LexiconEntry]) -> tuple[LexiconEntry, ...]:
    """Return a dictionary with new entries, each in place of one for the same word."""
    return tuple({entry.key: entry for entry in (*before, *new)}.values())


def difference(before: Iterable[LexiconEntry], after: Iterable[LexiconEntry]) -> Difference:
    """Return what makes one dictionary of another; the same word in another case is a change."""
    old = {entry.key: entry for entry in before}
    new = {entry.key: entry for entry in after}
    return Difference(
        added=tuple(entry for key, entry in new.items() if key not in old),
        changed=tuple(
            (old[key], entry) for key, entry in new.items() if key in old and old[key] != entry
        ),
        removed=tuple(entry for key, entry in old.items() if key not in new),
    )
