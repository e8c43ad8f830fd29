"""Whose request is next: guilds share the endpoint, and members share their guild's part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin
from bot.policy.rotation import Rotation

T = TypeVar("T")

MAX_WAITING: Final = 10
"""Requests one guild may have waiting."""

MAX_WAITING_EACH: Final = 3
"""Requests one member may have waiting."""

QUANTUM_CHARACTERS: Final = 140
"""What a guild may have spoken when its turn comes: the usual limit of a message read aloud."""

LEAST_COST_CHARACTERS: Final = QUANTUM_CHARACTERS
"""However short, a request takes one of few places a minute: nobody gets two in one turn."""


class CrowdedError(ProviderError):
    """Too many requests of one guild or member wait already."""

    def __init__(self) -> None:
        super().__init__(
            "too many requests wait for the speech service",
            fault=ProviderFault.THROTTLED,
            retryable=False,
        )


@dataclass(slots=True)
class _Flow(Generic[T]):
    """What one guild has waiting."""

    waiting: Rotation[tuple[int, T]] = field(default_factory=Rotation)
    credit: int = QUANTUM_CHARACTERS


class Scheduler(Generic[T]):
    """Deficit round robin over guilds with API characters as the cost, round robin inside.

    In every round a guild gets the same number of characters spoken, however much it has waiting;
    what it could not use of them for a long text is kept for the next round. A guild that had
    nothing waiting in the last round has its turn before those that always have (RFC 8290, 4.2).
    Outside of guilds, everyone is a guild of their own.
    """

    def __init__(self) -> None:
        self._count = 0
        # Both in the order of their turns. Who has nothing more waiting stays for a round, or they
        # would be new again with each request.
        self._new: dict[Origin, _Flow[T]] = {}
        self._old: dict[Origin, _Flow[T]] = {}

    def __len__(self) -> int:
        return self._count

    def put(self, item: T, *, origin: Origin, characters: int) -> None:
        """Let an item wait for its turn.

        Raises:
            CrowdedError: Its guild, or its member, has too much waiting.
        """
        key = _flow_of(origin)
        flow = self._find(key) or _Flow()
        if (
            len(flow.waiting) >= MAX_WAITING
            or flow.waiting.count(origin.member_id) >= MAX_WAITING_EACH
        ):
            raise CrowdedError
        flow.waiting.put(origin.member_id, (max(characters, LEAST_COST_CHARACTERS), item))
        self._count += 1
        if key not in self._old:
            self._new[key] = flow

    def take(self) -> T:
        """Take out the next item.

        Raises:
            IndexError: Nothing waits.
        """
        if not self._count:
            raise IndexError("nothing waits")
        while True:
            turns = self._new or self._old
            key, flow = next(iter(turns.items()))
            del turns[key]
            if not flow.waiting:  # for a round by now
                continue
            self._old[key] = flow  # behind the others
            cost, item = flow.waiting.peek()
            is_affordable = cost <= flow.credit
            if is_affordable:
                flow.waiting.take()
                flow.credit -= cost
            flow.credit = QUANTUM_CHARACTERS + (flow.credit if flow.waiting else 0)
            if is_affordable:
                self._note_fewer()
                return item

    def remove(self, item: T, *, origin: Origin) -> None:
        """Take out an item nobody waits for any more, if it is still there."""
        flow = self._find(_flow_of(origin))
        for entry in flow.waiting if flow else ():
            if flow and entry[1] is item:
                flow.waiting.remove(entry)
                self._note_fewer()
                return

    def _find(self, key: Origin) -> _Flow[T] | None:
        return self._new.get(key) or self._old.get(key)

    def _note_fewer(self) -> None:
        self._count -= 1
        if not self._count:
            self._new.clear()
            self._old.clear()


def _flow_of(origin: Origin) -> Origin:
    return origin if origin.guild_id is None else Origin(origin.guild_id)
