"""Whose characters are used up, and when somebody is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.errors import ProviderFault
from bot.models import NOBODY, Origin
from bot.policy.budget import (
    Allowance,
    Budgets,
    DayCount,
    Excess,
    OverBudgetError,
    Scope,
    allowances,
    crossed,
    excess,
    refill_after,
)

ANN = Origin(guild_id=7, member_id=1)
BEN = Origin(guild_id=7, member_id=2)
ANN_ELSEWHERE = Origin(guild_id=8, member_id=1)
ANN_ALONE = Origin(member_id=1)


def count_of(*spent: tuple[Origin, int]) -> DayCount:
    count = DayCount()
    for origin, characters in spent:
        count.add(origin, characters)
    return count


@pytest.mark.parametrize(
    ("budgets", "characters", "found"),
    [
        (Budgets(), 10**9, None),
        (Budgets(member_day=100), 40, None),
        (Budgets(member_day=100), 41, Excess(Scope.MEMBER, 40)),
        (Budgets(guild_day=100), 30, None),
        (Budgets(guild_day=100), 31, Excess(Scope.GUILD, 30)),
        (Budgets(global_day=100), 25, None),
        (Budgets(global_day=100), 26, Excess(Scope.EVERYONE, 25)),
        (Budgets(100, 100, 100), 50, Excess(Scope.MEMBER, 40)),
        (Budgets(global_day=10), 1, Excess(Scope.EVERYONE, 0)),
    ],
)
def test_the_narrowest_budget_a_request_does_not_fit_into_is_named(budgets, characters, found):
    count = count_of((ANN, 60), (BEN, 10), (ANN_ELSEWHERE, 5))

    assert excess(count, budgets, ANN, characters) == found


def test_a_member_has_a_budget_of_their_own_in_every_server():
    count = count_of((ANN, 100))

    assert excess(count, Budgets(member_day=100), ANN_ELSEWHERE, 100) is None
    assert excess(count, Budgets(member_day=100), ANN_ALONE, 100) is None
    assert excess(count, Budgets(member_day=100), ANN, 1) == Excess(Scope.MEMBER, 0)


def test_direct_messages_share_no_servers_budget_but_that_of_everyone():
    count = count_of((ANN_ALONE, 100))

    assert excess(count, Budgets(guild_day=100), ANN_ALONE, 100) is None
    assert excess(count, Budgets(global_day=150), NOBODY, 51) == Excess(Scope.EVERYONE, 50)


def test_what_is_given_back_can_be_spent_again():
    count = count_of((ANN, 100), (ANN, -100))

    assert excess(count, Budgets(100, 100, 100), ANN, 100) is None


@pytest.mark.parametrize(
    ("spent", "last", "told"),
    [
        (79, 79, []),
        (80, 1, [(Scope.GUILD, 0.8)]),
        (100, 100, [(Scope.GUILD, 1.0)]),
        (81, 1, []),
    ],
)
def test_the_request_that_crosses_four_fifths_is_the_one_that_is_told(spent, last, told):
    count = count_of((ANN, spent))

    assert list(crossed(count, Budgets(guild_day=100), ANN, last)) == told


def test_nobody_else_is_told_of_a_members_own_budget():
    assert list(crossed(count_of((ANN, 100)), Budgets(member_day=100), ANN, 100)) == []


def test_everyones_budget_is_told_apart_from_the_servers():
    scopes = crossed(count_of((ANN, 100)), Budgets(0, 100, 110), ANN, 100)

    assert [scope for scope, _ in scopes] == [Scope.GUILD, Scope.EVERYONE]


def test_new_characters_come_at_midnight_utc():
    assert refill_after(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_request_over_budget_is_never_tried_again():
    error = OverBudgetError(Excess(Scope.GUILD, 3), datetime(2027, 1, 1, tzinfo=UTC))

    assert (error.fault, error.retryable) == (ProviderFault.OVER_BUDGET, False)
    assert (error.scope, error.left) == (Scope.GUILD, 3)


@pytest.mark.parametrize(
    ("budgets", "left"),
    [
        (Budgets(), {}),
        (Budgets(guild_day=100), {Scope.GUILD: Allowance(30, 100)}),
        (
            Budgets(100, 200, 300),
            {
                Scope.MEMBER: Allowance(40, 100),
                Scope.GUILD: Allowance(130, 200),
                Scope.EVERYONE: Allowance(225, 300),
            },
        ),
        (Budgets(member_day=50), {Scope.MEMBER: Allowance(0, 50)}),
    ],
)
def test_what_is_left_is_told_for_every_budget_there_is(budgets, left):
    count = count_of((ANN, 60), (BEN, 10), (ANN_ELSEWHERE, 5))

    assert allowances(count, budgets, ANN) == left
