"""What may go better the next time is tried again, within reason."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.retrying import (
    MAX_PAUSE_S,
    MIN_PAUSE_S,
    RETRY_FLOOR,
    RetryBudget,
    RetryingSynthesizer,
)
from tests.tts._scripted import (
    DOWN,
    SOUND,
    SPOKEN,
    Scripted,
    Step,
    error,
    hear,
    on_virtual_time,
)

if TYPE_CHECKING:
    from tests.voice._virtual import VirtualLoop

PROTOCOL = error(ProviderFault.PROTOCOL)
THROTTLED = error(ProviderFault.THROTTLED, status=429)
TIMEOUT = error(ProviderFault.TIMEOUT)
NEVER = [
    error(fault, retryable=False, status=400)
    for fault in (
        ProviderFault.REFUSED_CONTENT,
        ProviderFault.INVALID_REQUEST,
        ProviderFault.BAD_KEY,
        ProviderFault.OUT_OF_CREDIT,
        ProviderFault.STALE,
        ProviderFault.UNSAFE_URL,
    )
]


def tries_of(service: Scripted, *, seed: int = 0) -> tuple[bytes | ProviderFault, list[float]]:
    """Return what one request comes to, and the seconds between its tries."""
    came: list[bytes | ProviderFault] = []

    async def test(loop: VirtualLoop) -> None:
        breaker = Breaker("test", clock=loop.time)
        chance = random.Random(seed)
        synthesizer = RetryingSynthesizer(service, breaker, chance=chance)
        try:
            came.append(await hear(synthesizer))
        except ProviderError as failure:
            came.append(failure.fault)

    on_virtual_time(test)
    assert service.under_way == 0
    return came[0], [after - before for before, after in pairwise(service.sent_at)]


def test_a_failure_that_passes_is_not_noticed() -> None:
    came, pauses = tries_of(Scripted(DOWN, DOWN, SPOKEN))
    assert came == SOUND * 2
    assert len(pauses) == 2


def test_the_third_failure_is_the_last() -> None:
    came, pauses = tries_of(Scripted(DOWN))
    assert came is ProviderFault.UNAVAILABLE
    assert len(pauses) == 2


def test_pauses_are_random_between_a_quarter_of_a_second_and_four_seconds() -> None:
    pauses = [tries_of(Scripted(DOWN), seed=seed)[1] for seed in range(200)]
    first, second = zip(*pauses, strict=True)
    assert all(MIN_PAUSE_S <= pause <= MAX_PAUSE_S for pause in first + second)
    assert max(second) > max(first) > 0.9
    assert min(first) < 0.3
    assert min(second) < 0.3


@pytest.mark.parametrize("failure", NEVER, ids=lambda failure: failure.fault)
def test_what_will_not_go_better_is_tried_once(failure: ProviderError) -> None:
    assert tries_of(Scripted(failure)) == (failure.fault, [])


def test_nothing_is_said_twice() -> None:
    broken = Step(error(ProviderFault.TRUNCATED), pieces=1)
    assert tries_of(Scripted(broken)) == (ProviderFault.TRUNCATED, [])


def test_an_answer_outside_the_contract_is_asked_for_twice() -> None:
    came, pauses = tries_of(Scripted(PROTOCOL))
    assert came is ProviderFault.PROTOCOL
    assert len(pauses) == 1


def test_a_connection_that_does_not_come_about_is_tried_once_more() -> None:
    came, pauses = tries_of(Scripted(Step(TIMEOUT, takes_s=3.0)))
    assert came is ProviderFault.TIMEOUT
    assert len(pauses) == 1


def test_who_has_waited_for_the_first_sound_in_vain_waits_no_longer() -> None:
    assert tries_of(Scripted(Step(TIMEOUT, takes_s=5.0))) == (ProviderFault.TIMEOUT, [])


def test_a_wish_to_be_left_alone_is_honoured() -> None:
    asked = error(ProviderFault.THROTTLED, status=429, retry_after_s=7.0)
    came, [pause] = tries_of(Scripted(asked, SPOKEN))
    assert came == SOUND * 2
    assert 7.0 < pause < 9.0


def test_a_wish_to_be_left_alone_for_longer_than_anyone_waits_ends_it() -> None:
    asked = error(ProviderFault.THROTTLED, status=429, retry_after_s=60.0)
    assert tries_of(Scripted(asked)) == (ProviderFault.THROTTLED, [])


def test_no_try_is_made_while_the_breaker_is_open() -> None:
    service = Scripted(DOWN)

    async def test(loop: VirtualLoop) -> None:
        breaker = Breaker("test", clock=loop.time)
        synthesizer = RetryingSynthesizer(GuardedSynthesizer(service, breaker), breaker)
        faults = []
        for _ in range(4):
            with pytest.raises(ProviderError) as caught:
                await hear(synthesizer)
            faults.append(caught.value.fault)
        # The retry that the open breaker holds back leaves the true cause standing.
        assert faults == [ProviderFault.UNAVAILABLE] * 2 + [ProviderFault.SUSPENDED] * 2
        assert len(service.sent_at) == 5

    on_virtual_time(test)


@pytest.mark.parametrize("share_failing", [0.3, 0.45, 1.0])
def test_retries_stay_within_a_tenth_of_the_requests_and_a_floor(share_failing: float) -> None:
    budget, chance = RetryBudget(), random.Random(1)
    retried: list[float] = []
    for number in range(6_000):
        now = number * 0.05  # 1,200 a minute
        budget.note_request(now)
        if chance.random() < share_failing and budget.spend(now):
            retried.append(now)
    for start in range(0, 300, 60):
        assert sum(start <= at < start + 60 for at in retried) <= 120 + RETRY_FLOOR + 1


def test_the_first_request_of_a_quiet_bot_may_be_tried_again() -> None:
    budget = RetryBudget()
    budget.note_request(0.0)
    assert budget.spend(1.0)


def test_what_was_spent_comes_back_after_a_minute() -> None:
    budget = RetryBudget(floor=1)
    assert budget.spend(0.0)
    assert not budget.spend(59.0)
    assert budget.spend(60.0)


def test_a_fifth_failing_at_the_full_pace_of_a_key_is_within_the_budget() -> None:
    """T-18 at 180 requests a minute."""
    budget, chance = RetryBudget(), random.Random(2)
    refused = 0
    for number in range(1_800):
        now = number / 3
        budget.note_request(now)
        for _ in range(2):
            if chance.random() >= 0.2:
                break
            refused += not budget.spend(now)
    assert refused / 1_800 < 0.002
