"""Who may skip what: every combination that matters, one line each."""

from __future__ import annotations

import pytest

from bot.policy.skip import Ruling, judge_skip, may_clear, votes_needed

ALICE, BOB, CAROL, DAVE, EVE = range(1, 6)
GRANTED = Ruling(is_granted=True)
NO_VOTE = Ruling(is_granted=False)


def counted(votes: int, needed: int) -> Ruling:
    return Ruling(is_granted=votes >= needed, may_vote=True, votes=votes, needed=needed)


@pytest.mark.parametrize(
    ("by", "is_moderator", "listeners", "votes", "ruling"),
    [
        # Alice speaks. Her own words go at once, even after she left, whatever others voted.
        (ALICE, False, {ALICE, BOB, CAROL}, set(), GRANTED),
        (ALICE, False, {BOB, CAROL}, set(), GRANTED),
        (ALICE, True, {ALICE, BOB, CAROL}, {BOB}, GRANTED),
        # A moderator needs no vote, in the call or not.
        (BOB, True, {ALICE, BOB, CAROL, DAVE, EVE}, set(), GRANTED),
        (BOB, True, {ALICE, CAROL}, set(), GRANTED),
        # Nobody from outside the call has a vote, however few it would need.
        (BOB, False, {ALICE}, set(), NO_VOTE),
        (BOB, False, set(), set(), NO_VOTE),
        (BOB, False, {ALICE, CAROL, DAVE}, {BOB, CAROL}, NO_VOTE),
        # Half of the listeners, rounded up, and the caller counts.
        (BOB, False, {BOB}, set(), counted(1, 1)),
        (BOB, False, {ALICE, BOB}, set(), counted(1, 1)),
        (BOB, False, {ALICE, BOB, CAROL}, set(), counted(1, 2)),
        (BOB, False, {ALICE, BOB, CAROL}, {CAROL}, counted(2, 2)),
        (BOB, False, {ALICE, BOB, CAROL, DAVE}, {CAROL}, counted(2, 2)),
        (BOB, False, {ALICE, BOB, CAROL, DAVE, EVE}, {CAROL}, counted(2, 3)),
        (BOB, False, {ALICE, BOB, CAROL, DAVE, EVE}, {CAROL, DAVE}, counted(3, 3)),
        # A vote counts once, and those who left took theirs along.
        (BOB, False, {ALICE, BOB, CAROL}, {BOB}, counted(1, 2)),
        (BOB, False, {ALICE, BOB, CAROL}, {DAVE, EVE}, counted(1, 2)),
        (BOB, False, {BOB, CAROL}, {DAVE}, counted(1, 1)),
    ],
)
def test_a_wish_to_skip_what_alice_says(
    by: int, is_moderator: bool, listeners: set[int], votes: set[int], ruling: Ruling
) -> None:
    assert (
        judge_skip(
            by=by,
            speaker_id=ALICE,
            is_moderator=is_moderator,
            listeners=frozenset(listeners),
            votes=frozenset(votes),
        )
        == ruling
    )


@pytest.mark.parametrize(("people", "needed"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (99, 50)])
def test_half_of_the_listeners_is_enough(people: int, needed: int) -> None:
    assert votes_needed(frozenset(range(people))) == needed


@pytest.mark.parametrize(
    ("is_moderator", "listeners", "may"),
    [
        (True, {ALICE, BOB}, True),
        (True, set(), True),
        (False, {BOB}, True),
        (False, {ALICE, BOB}, False),
        (False, {ALICE}, False),
        (False, set(), False),
    ],
)
def test_what_everyone_says_is_stopped_by_a_moderator_or_who_listens_alone(
    is_moderator: bool, listeners: set[int], may: bool
) -> None:
    assert may_clear(by=BOB, is_moderator=is_moderator, listeners=frozenset(listeners)) is may
