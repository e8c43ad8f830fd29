"""Members whose words the speech service keeps refusing are muted for a while."""

import pytest

from bot.models import NOBODY, Origin
from bot.policy.refusals import FORGET_ABOVE, MUTED_S, REFUSALS, WINDOW_S, Refusals

ANN = Origin(guild_id=1, member_id=7)


def refused(*times: float, origin: Origin = ANN) -> Refusals:
    refusals = Refusals()
    for now in times:
        refusals.note(origin, now)
    return refusals


def test_four_refusals_mute_nobody() -> None:
    assert not refused(*range(REFUSALS - 1)).is_muted(ANN, REFUSALS)


@pytest.mark.parametrize("step_s", [0.0, 1.0, WINDOW_S / (REFUSALS - 1)])
def test_the_fifth_refusal_within_ten_minutes_mutes_for_ten_minutes(step_s: float) -> None:
    times = [step_s * number for number in range(REFUSALS)]
    refusals = refused(*times)
    assert refusals.is_muted(ANN, times[-1])
    assert refusals.is_muted(ANN, times[-1] + MUTED_S - 1)
    assert not refusals.is_muted(ANN, times[-1] + MUTED_S)


def test_refusals_further_apart_mute_nobody() -> None:
    step_s = WINDOW_S / (REFUSALS - 1) + 1
    times = [step_s * number for number in range(20)]
    assert not refused(*times).is_muted(ANN, times[-1])


def test_who_was_muted_begins_anew() -> None:
    refusals = refused(*range(REFUSALS))
    refusals.note(ANN, MUTED_S + REFUSALS)
    assert not refusals.is_muted(ANN, MUTED_S + REFUSALS)


def test_a_member_is_muted_in_the_guild_it_happened_in_and_nobody_else_is() -> None:
    refusals = refused(*range(REFUSALS))
    others = [Origin(1, 8), Origin(2, 7), Origin(1, None), NOBODY]
    assert not any(refusals.is_muted(other, REFUSALS) for other in others)


def test_requests_of_nobody_are_not_held_against_anybody() -> None:
    assert not refused(*range(REFUSALS), origin=Origin(1, None)).is_muted(Origin(1, None), 9)


def test_a_crowd_of_members_is_forgotten_in_time() -> None:
    refusals = Refusals()
    for number in range(3 * FORGET_ABOVE):
        refusals.note(Origin(1, number), number * WINDOW_S / FORGET_ABOVE)
    assert len(refusals._refused_at) <= FORGET_ABOVE + 2
