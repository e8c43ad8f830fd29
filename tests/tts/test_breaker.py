"""A service that fails again and again is left alone, and used again soon after it is back."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.tts.breaker import PROBE_AFTER_S, Breaker, GuardedSynthesizer
from bot.tts.condition import Rest
from tests.tts._scripted import DOWN, REQUEST, SPOKEN, Scripted, Step, error, hear, outcomes_of

if TYPE_CHECKING:
    from bot.models import SpeechRequest

OTHER_MODEL = replace(REQUEST, model="qwen3-tts-instruct-flash")

BAD_KEY = error(ProviderFault.BAD_KEY, retryable=False, status=401, code="InvalidApiKey")
NO_CREDIT = error(ProviderFault.OUT_OF_CREDIT, retryable=False, status=400, code="Arrearage")
HANGS = error(ProviderFault.TIMEOUT)
QUOTA = error(
    ProviderFault.THROTTLED, status=429, code="Throttling.AllocationQuota", retry_after_s=60.0
)
REFUSED = error(ProviderFault.REFUSED_CONTENT, retryable=False, status=400)
SUSPENDED = ProviderFault.SUSPENDED


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Door:
    """A guarded service, and the time."""

    def __init__(self, *script: Step | ProviderError) -> None:
        self.clock = Clock()
        self.breaker = Breaker("qwen", clock=self.clock)
        self.service = Scripted(*script)
        self.guarded = GuardedSynthesizer(self.service, self.breaker)

    async def fault(self, request: SpeechRequest = REQUEST) -> ProviderFault | None:
        """Return what becomes of a request; `None` for speech."""
        [outcome] = await outcomes_of(self.guarded, [request])
        return outcome

    async def faults(self, count: int) -> list[ProviderFault | None]:
        return [await self.fault() for _ in range(count)]

    async def probes(self, seconds: int) -> list[float]:
        """Ask once a second; return how many seconds lie between those that were sent."""
        sent = []
        for _ in range(seconds):
            before = len(self.service.sent_at)
            await self.fault()
            if len(self.service.sent_at) > before:
                sent.append(self.clock.now)
            self.clock.now += 1
        return [after - before for before, after in pairwise(sent)]


async def test_five_failures_in_a_row_open_it() -> None:
    door = Door(DOWN)
    assert await door.faults(7) == [ProviderFault.UNAVAILABLE] * 5 + [SUSPENDED] * 2
    assert len(door.service.sent_at) == 5


async def test_where_some_fail_anyway_five_in_a_row_are_chance_and_eight_are_not() -> None:
    door = Door(DOWN, *[SPOKEN] * 20, *[DOWN] * 9)
    faults = await door.faults(30)
    assert faults[21:] == [ProviderFault.UNAVAILABLE] * 8 + [SUSPENDED]


async def test_where_none_failed_before_five_in_a_row_are_enough() -> None:
    door = Door(*[SPOKEN] * 40, DOWN)
    faults = await door.faults(46)
    assert faults[40:] == [ProviderFault.UNAVAILABLE] * 5 + [SUSPENDED]


async def test_a_success_between_failures_begins_the_count_anew() -> None:
    door = Door(*[DOWN] * 4, SPOKEN, *[DOWN] * 4, SPOKEN)
    assert SUSPENDED not in await door.faults(10)


async def test_half_of_twenty_requests_in_half_a_minute_open_it() -> None:
    door = Door(*[SPOKEN, DOWN] * 10, SPOKEN)
    faults = await door.faults(21)
    assert faults[:20] == [None, ProviderFault.UNAVAILABLE] * 10
    assert faults[20] is SUSPENDED


async def test_half_of_twenty_requests_in_a_longer_time_do_not_open_it() -> None:
    door = Door(*[SPOKEN, DOWN] * 30, SPOKEN)
    for _ in range(60):
        assert await door.fault() is not SUSPENDED
        door.clock.now += 1.6


@pytest.mark.parametrize(
    "failure",
    [
        REFUSED,
        error(ProviderFault.INVALID_REQUEST, retryable=False, status=400),
        error(ProviderFault.THROTTLED, status=429, code="Throttling.RateQuota"),
    ],
    ids=lambda failure: failure.fault,
)
async def test_answers_that_are_no_failures_of_the_service_do_not_open_it(
    failure: ProviderError,
) -> None:
    assert await Door(failure).faults(40) == [failure.fault] * 40


async def test_a_model_that_fails_leaves_the_others_alone() -> None:
    door = Door(*[DOWN] * 5, SPOKEN)
    await door.faults(5)
    assert await door.fault() is SUSPENDED
    assert await door.fault(OTHER_MODEL) is None


async def test_after_fifteen_seconds_one_probe_closes_it() -> None:
    door = Door(*[DOWN] * 5, SPOKEN)
    await door.faults(5)
    door.clock.now += 14.9
    assert await door.fault() is SUSPENDED
    door.clock.now += 0.1
    assert await door.faults(3) == [None] * 3


async def test_while_a_probe_is_under_way_nothing_else_passes() -> None:
    door = Door(*[DOWN] * 5, SPOKEN)
    await door.faults(5)
    door.clock.now += 15
    outcomes = await outcomes_of(door.guarded, [REQUEST] * 20)
    assert outcomes.count(None) == 1
    assert outcomes.count(SUSPENDED) == 19


async def test_the_first_sound_of_a_probe_lets_the_others_pass() -> None:
    door = Door(*[DOWN] * 5, SPOKEN)
    await door.faults(5)
    door.clock.now += 15
    async with aclosing(door.guarded.stream(REQUEST)) as probe:
        assert await anext(probe)
        assert await door.fault() is None


async def test_a_probe_that_is_skipped_gives_its_place_to_the_next() -> None:
    door = Door(*[DOWN] * 5, Step(takes_s=60), SPOKEN)
    await door.faults(5)
    door.clock.now += 15
    skipped = asyncio.create_task(hear(door.guarded))
    while not door.service.under_way:
        await asyncio.sleep(0)
    assert await door.fault() is SUSPENDED
    skipped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await skipped
    assert await door.fault() is None


async def test_probes_that_hang_become_rare() -> None:
    door = Door(HANGS)
    await door.faults(4)
    assert await door.probes(800) == [15, 30, 60, 120, 120, 120, 120, 120]


async def test_probes_that_fail_at_once_stay_frequent_so_that_speech_is_back_soon() -> None:
    door = Door(DOWN)
    await door.faults(4)
    assert set(await door.probes(600)) == {15}
    assert len(door.service.sent_at) <= 60


async def test_a_probe_that_is_refused_for_its_content_was_answered() -> None:
    door = Door(*[DOWN] * 5, REFUSED, SPOKEN)
    await door.faults(5)
    door.clock.now += 15
    assert await door.faults(2) == [ProviderFault.REFUSED_CONTENT, None]


async def test_a_request_that_could_never_be_sent_says_nothing_about_the_service() -> None:
    never_sent = error(ProviderFault.INVALID_REQUEST, retryable=False)
    door = Door(*[DOWN] * 5, never_sent, DOWN)
    await door.faults(5)
    door.clock.now += 15
    assert await door.faults(3) == [
        ProviderFault.INVALID_REQUEST,
        ProviderFault.UNAVAILABLE,
        SUSPENDED,
    ]


@pytest.mark.parametrize(("failure", "every_s"), [(BAD_KEY, 60), (NO_CREDIT, 300)])
async def test_a_refused_account_is_asked_rarely_whatever_the_model(
    failure: ProviderError, every_s: int
) -> None:
    door = Door(failure)
    assert await door.fault() is failure.fault
    assert await door.fault(OTHER_MODEL) is failure.fault
    assert len(door.service.sent_at) == 1
    assert set(await door.probes(1_000)) == {every_s}


async def test_an_account_that_is_in_order_again_is_used_at_once() -> None:
    door = Door(BAD_KEY, SPOKEN)
    await door.fault()
    door.clock.now += 60
    assert await door.fault(OTHER_MODEL) is None
    assert await door.faults(3) == [None] * 3


@pytest.mark.parametrize(
    "code", ["AccessDenied.Unpurchased", "Model.AccessDenied", "AllocationQuota.FreeTierOnly"]
)
async def test_a_model_the_account_has_no_access_to_silences_no_other(code: str) -> None:
    failure = error(ProviderFault.BAD_KEY, retryable=False, status=403, code=code)
    door = Door(failure, SPOKEN)
    await door.fault()
    assert await door.fault() is ProviderFault.BAD_KEY
    assert await door.fault(OTHER_MODEL) is None
    assert len(door.service.sent_at) == 2


async def test_a_quota_that_does_not_recover_in_a_minute_is_out_of_credit() -> None:
    door = Door(QUOTA)
    assert await door.faults(2) == [ProviderFault.THROTTLED] * 2
    assert len(door.service.sent_at) == 1
    door.clock.now += 60
    await door.fault()
    assert await door.fault() is ProviderFault.OUT_OF_CREDIT
    assert set(await door.probes(1_000)) == {300}


async def test_requests_under_way_when_the_quota_ran_out_do_not_prove_it_is_gone_for_good() -> None:
    door = Door(QUOTA)
    assert await outcomes_of(door.guarded, [REQUEST] * 6) == [ProviderFault.THROTTLED] * 6
    assert await door.fault() is ProviderFault.THROTTLED


async def test_operators_read_one_record_when_it_opens_and_one_when_it_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    door = Door(*[DOWN] * 8, SPOKEN)
    await door.faults(5)
    await door.probes(80)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "speech route qwen (qwen3-tts-flash) is left alone: suspended, next try in 15 s",
        "speech route qwen (qwen3-tts-flash) is used again",
    ]


async def test_how_long_it_stays_open_can_be_looked_up_without_a_request() -> None:
    door = Door(*[DOWN] * 5, SPOKEN)
    assert door.breaker.rest(REQUEST.model) is None
    await door.faults(5)
    assert door.breaker.rest(REQUEST.model) == Rest(SUSPENDED, PROBE_AFTER_S)
    assert door.breaker.rest(OTHER_MODEL.model) is None
    door.clock.now += PROBE_AFTER_S + 1
    assert door.breaker.rest(REQUEST.model) == Rest(SUSPENDED, 0.0)
    assert len(door.service.sent_at) == 5
    await door.fault()
    assert door.breaker.rest(REQUEST.model) is None


async def test_a_refused_account_rests_for_every_model() -> None:
    door = Door(BAD_KEY)
    await door.fault()
    assert door.breaker.rest(OTHER_MODEL.model) == Rest(ProviderFault.BAD_KEY, 60.0)
