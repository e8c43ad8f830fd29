"""Who is next: members take turns, whoever has more to say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Rotation(Generic[T]):
    """Items in the order of a round robin over members; each member's own stay in order.

    In a round everyone who waits has one turn, first come first served. Who had theirs before
    others came has the next one in the next round, so a crowd of one delays nobody by more than a
    turn; when a round has ended, that is forgotten. Bounds are the business of whoever puts things
    in.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int | None, T]] = []
        self._served: set[int | None] = set()
        """Who had a turn in this round."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[T]:
        """Yield what waits in the order it would be taken, if nothing else came."""
        return (item for _, item in self._in_order())

    def count(self, member_id: int | None) -> int:
        """Return how much a member has waiting."""
        return sum(waiting_id == member_id for waiting_id, _ in self._waiting)

    def put(self, member_id: int | None, item: T) -> None:
        """Add an item behind the others of its member."""
        self._waiting.append((member_id, item))

    def peek(self) -> T:
        """Return what `take` would.

        Raises:
            IndexError: Nothing waits.
        """
        return self._in_order()[0][1]

    def take(self) -> T:
        """Take out the next item.

        Raises:
            IndexError: Nothing waits.
        """
        member_id, item = entry = self._in_order()[0]
        self._waiting.remove(entry)
        if member_id in self._served or not self._waiting:
            self._served.clear()
        self._served.add(member_id)
        return item

    def end_round(self) -> None:
        """Forget who had a turn: nobody has waited for it."""
        self._served.clear()

    def replace(self, item: T, other: T) -> bool:
        """Put `other` in the place of this very item; return whether it was there."""
        for place, (member_id, waiting) in enumerate(self._waiting):
            if waiting is item:
                self._waiting[place] = (member_id, other)
                return True
        return False

    def oldest(self, member_id: int | None = None) -> T | None:
        """Return what waits longest, of one member or, with `None`, of all."""
        of_one = (item for id_, item in self._waiting if member_id in (None, id_))
        return next(of_one, None)

    def remove(self, item: T) -> bool:
        """Take out this very item; return whether it was there."""
        for place, (_, waiting) in enumerate(self._waiting):
            if waiting is item:
                del self._waiting[place]
                return True
        return False

    def _in_order(self) -> list[tuple[int | None, T]]:
        rounds = Counter(self._served)
        due: list[tuple[int, tuple[int | None, T]]] = []
        for entry in self._waiting:
            due.append((rounds[entry[0]], entry))
            rounds[entry[0]] += 1
        # The sort is stable: within a round it stays first come first served.
        return [entry for _, entry in sorted(due, key=lambda pair: pair[0])]
