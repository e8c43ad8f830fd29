"""Votes on transitions: everybody says they are ready or has had their time, then all execute."""

from __future__ import annotations

from dataclasses import dataclass

_MAX_ID = 0xFFFF  # an unsigned 16-bit number on the wire; 0 needs no vote


@dataclass(slots=True)
class _Vote:
    voters: frozenset[int]
    awaited: set[int]


class Transitions:
    """The transitions that are under way."""

    def __init__(self) -> None:
        self._last_id = 0
        self._votes: dict[int, _Vote] = {}

    @property
    def are_open(self) -> bool:
        """Whether somebody still has to answer."""
        return bool(self._votes)

    def begin(self, voters: frozenset[int] | set[int]) -> int:
        """Open a vote and return its number."""
        self._last_id = self._last_id % _MAX_ID + 1
        self._votes[self._last_id] = _Vote(frozenset(voters), set(voters))
        return self._last_id

    def confirm(self, user_id: int, transition_id: int) -> None:
        """Count a voter as ready; unknown numbers are stale and ignored."""
        vote = self._votes.get(transition_id)
        if vote is not None:
            vote.awaited.discard(user_id)

    def give_up(self, transition_id: int) -> bool:
        """Wait for nobody any longer; tell whether somebody was waited for."""
        vote = self._votes.get(transition_id)
        if vote is None:
            return False
        vote.awaited.clear()
        return True

    def drop(self, user_id: int) -> None:
        """Wait for this voter no longer."""
        for vote in self._votes.values():
            vote.awaited.discard(user_id)

    def take_ready(self) -> list[tuple[int, frozenset[int]]]:
        """Return the transitions everybody is ready for, once."""
        ready = [(number, vote) for number, vote in self._votes.items() if not vote.awaited]
        for number, _ in ready:
            del self._votes[number]
        return [(number, vote.voters) for number, vote in ready]
