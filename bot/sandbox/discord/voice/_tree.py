"""Who sits where in a group: the leaves of the ratchet tree, as far as a server must know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Leaves:
    """Leaf numbers and their owners, changed by the rules of RFC 9420, section 12.1."""

    def __init__(self, first: int | None = None) -> None:
        self._owners: list[int | None] = [] if first is None else [first]

    def __iter__(self) -> Iterator[int]:
        return (owner for owner in self._owners if owner is not None)

    def __contains__(self, user_id: int) -> bool:
        return user_id in self._owners

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def of(self, user_id: int) -> int:
        """Return the leaf number of a member."""
        return self._owners.index(user_id)

    def add(self, user_id: int) -> None:
        """Seat a newcomer at the leftmost free leaf."""
        if None in self._owners:
            self._owners[self._owners.index(None)] = user_id
            return
        self._owners.append(user_id)

    def remove(self, user_id: int) -> None:
        """Free a member's leaf."""
        self._owners[self.of(user_id)] = None
        while self._owners and self._owners[-1] is None:
            self._owners.pop()
