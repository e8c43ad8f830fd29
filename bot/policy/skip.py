"""Who may cut off what somebody says, and when enough people want it; who may take the bot away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a wish to skip comes to.

    Where it is not granted, `votes` of the `needed` ones are there; who may not vote has none.
    """

    is_granted: bool
    may_vote: bool = False
    votes: int = 0
    needed: int = 0


def judge_skip(
    *,
    by: int,
    speaker_id: int,
    is_moderator: bool,
    listeners: frozenset[int],
    votes: frozenset[int],
) -> Ruling:
    """Return whether `by` may skip what `speaker_id` says.

    One's own words and those under moderation go at once, from wherever the wish comes. For all
    others the people in the call vote, and half of them (rounded up) are enough; who left takes
    their vote along.
    """
    if by == speaker_id or is_moderator:
        return Ruling(is_granted=True)
    if by not in listeners:
        return Ruling(is_granted=False)
    count = len(votes & listeners | {by})
    needed = votes_needed(listeners)
    return Ruling(is_granted=count >= needed, may_vote=True, votes=count, needed=needed)


def votes_needed(listeners: frozenset[int]) -> int:
    """Return half of the people who listen, rounded up; at least one."""
    return max(1, (len(listeners) + 1) // 2)


def may_clear(*, by: int, is_moderator: bool, listeners: frozenset[int]) -> bool:
    """Return whether `by` may stop what everyone says: a moderator, or who listens alone."""
    return is_moderator or listeners == {by}


def may_take_away(*, by: int, is_moderator: bool, listeners: frozenset[int]) -> bool:
    """Return whether `by` may end a call: who listens, a moderator, anyone where nobody does."""
    return is_moderator or by in listeners or not listeners
