"""Votes on transitions: everybody says they are ready or has had their time, then all execute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

log = logging.getLogger(__name__)

# The whitepaper gives transitions "a timeout" and, with the latency, "roughly two seconds".
TRANSITION_TIMEOUT_S = 2.0
_MAX_ID = 0xFFFF  # an unsigned 16-bit number on the wire; 0 needs no vote

CallLater = Callable[[float, Callable[[], None]], object]
"""Does something after so many seconds."""


@dataclass(slots=True)
class _Vote:
    voters: frozenset[int]
    awaited: set[int]


class Transitions:
    """The transitions that are under way.

    Args:
        call_later: How to wait for a deadline.
        timeout_s: How long a vote waits for everybody.
        go_on: Called when a vote is over because its time is.
    """

    def __init__(
        self, call_later: CallLater, *, timeout_s: float, go_on: Callable[[], None]
    ) -> None:
        self._call_later = call_later
        self._timeout_s = timeout_s
        self._go_on = go_on
        self._last_id = 0
        self._votes: dict[int, _Vote] = {}

    @property
    def are_open(self) -> bool:
        """Whether somebody still has to answer."""
        return bool(self._votes)

    def begin(self, voters: frozenset[int], *, awaited: frozenset[int]) -> int:
        """Open a vote and return its number; only those awaited have to answer."""
        self._last_id = self._last_id % _MAX_ID + 1
        self._votes[self._last_id] = _Vote(voters, set(awaited))
        self._call_later(self._timeout_s, partial(self._give_up, self._last_id))
        return self._last_id

    def confirm(self, user_id: int, transition_id: int) -> None:
        """Count a voter as ready; unknown numbers are stale and ignored."""
        vote = self._votes.get(transition_id)
        if vote is not None:
            vote.awaited.discard(user_id)

    def drop(self, user_id: int) -> None:
        """Wait for this voter no longer."""
        for vote in self._votes.values():
            vote.awaited.discard(user_id)

    def take_ready(self) -> list[tuple[int, frozenset[int]]]:
        """Return the transitions nobody is awaited for, once."""
        ready = [(number, vote) for number, vote in self._votes.items() if not vote.awaited]
        for number, _ in ready:
            del self._votes[number]
        return [(number, vote.voters) for number, vote in ready]

    def _give_up(self, transition_id: int) -> None:
        vote = self._votes.get(transition_id)
        if vote is None:
            return
        log.info("transition %s goes on without everybody being ready", transition_id)
        vote.awaited.clear()
        self._go_on()
