"""T-13, T-14, T-15, T-18, T-20: what the endpoint refuses, and what it only sometimes does."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest
from bot.sandbox.qwen import faults
from bot.sandbox.qwen.faults import Fault
from bot.sandbox.qwen.reply import Reply
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.muting import MutingSynthesizer
from bot.tts.qwen import Mode
from bot.tts.retrying import RetryingSynthesizer
from tests.faults.tts.route import REQUEST, Route, from_guilds, outcome, sound
from tests.tts._scripted import DOWN, SPOKEN, Scripted, Step, on_virtual_time
from tests.voice._virtual import VirtualLoop

MINUTE_S = 60.0
HOUR_S = 3_600.0


async def requests_in(route: Route, seconds: float, *, every_s: float) -> int:
    """Return how many requests reach the endpoint if one is wanted every so often."""
    before = len(route.qwen.requests)
    for _ in range(int(seconds / every_s)):
        route.clock.now += every_s
        await route.outcome()
    return len(route.qwen.requests) - before


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.ACCESS_DENIED])
async def test_t13_a_bad_key_is_not_hammered(
    route: Route, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="bot.tts")
    route.qwen.faults.always(fault)
    for _ in range(50):
        assert await route.outcome() is ProviderFault.BAD_KEY
    assert len(route.qwen.requests) <= 2
    assert await requests_in(route, 10 * MINUTE_S, every_s=5) <= 10
    [alert] = caplog.records
    assert alert.__dict__["fault"] == "bad_key"


async def test_t13_a_key_that_works_again_is_used_after_a_minute_at_most(route: Route) -> None:
    route.qwen.faults.next(faults.UNAUTHORIZED)
    assert await route.outcome() is ProviderFault.BAD_KEY
    route.clock.now += MINUTE_S
    assert isinstance(await route.outcome(), bytes)


async def test_t14_a_refused_text_is_sent_once_and_never_logged(
    route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    route.qwen.faults.next(faults.DATA_INSPECTION)
    assert await route.outcome() is ProviderFault.REFUSED_CONTENT
    assert len(route.qwen.requests) == 1
    assert REQUEST.text not in caplog.text
    assert isinstance(await route.outcome(), bytes)


async def test_t14_whose_texts_are_refused_again_and_again_is_muted_for_ten_minutes(
    route: Route,
) -> None:
    muting = MutingSynthesizer(route.synthesizer, clock=route.clock)
    route.qwen.faults.next(*[faults.DATA_INSPECTION] * 5)
    for _ in range(5):
        assert await outcome(muting, REQUEST) is ProviderFault.REFUSED_CONTENT
        route.clock.now += 119
    [other] = from_guilds(1)
    assert isinstance(await outcome(muting, other), bytes)
    assert other.origin != REQUEST.origin
    route.clock.now += 10 * MINUTE_S - 119 - 1
    assert await outcome(muting, REQUEST) is ProviderFault.MUTED
    assert len(route.qwen.requests) == 6
    route.clock.now += 1
    assert isinstance(await outcome(muting, REQUEST), bytes)


@pytest.mark.parametrize("fault", [faults.ARREARAGE, faults.FREE_QUOTA, faults.BILL_OVERDUE])
async def test_t15_an_account_without_credit_is_asked_every_five_minutes(
    route: Route, fault: Fault
) -> None:
    route.qwen.faults.always(fault)
    assert await route.outcomes(from_guilds(1)) == [ProviderFault.OUT_OF_CREDIT]
    assert await requests_in(route, HOUR_S, every_s=10) <= 12
    assert len(route.qwen.requests) <= 13
    route.qwen.faults.clear()
    route.clock.now += 5 * MINUTE_S
    assert isinstance(await route.outcome(), bytes)


async def test_t15_a_quota_that_stays_used_up_is_an_account_without_credit(
    unlimited: Route,
) -> None:
    unlimited.qwen.faults.always(faults.ALLOCATION_QUOTA)
    assert await unlimited.outcome() is ProviderFault.THROTTLED
    assert await requests_in(unlimited, HOUR_S, every_s=10) <= 13
    assert await unlimited.outcome() is ProviderFault.OUT_OF_CREDIT


@pytest.mark.parametrize(
    "fault", [faults.INTERNAL_ERROR, faults.HTML_BAD_GATEWAY, faults.UNAVAILABLE]
)
async def test_t18_every_fifth_request_failing_is_not_heard(unlimited: Route, fault: Fault) -> None:
    for number in range(3, 100, 5):
        unlimited.qwen.faults.at(number, fault)
    for _ in range(10):
        came = await unlimited.outcomes(from_guilds(6, "Hello."))
        assert all(isinstance(each, bytes) for each in came)
    assert 70 <= len(unlimited.qwen.requests) <= 60 * 1.25


def test_t18_a_fifth_of_the_requests_failing_drops_one_in_a_hundred() -> None:
    """20 guilds at the full pace of a key, 3 requests a second, for half an hour."""
    wanted = 5_400
    came: list[bool] = []
    service = Flaky(share_failing=0.2)

    async def test(loop: VirtualLoop) -> None:
        breaker = Breaker("qwen", clock=loop.time)
        guarded = GuardedSynthesizer(service, breaker)
        synthesizer = RetryingSynthesizer(guarded, breaker, chance=random.Random(18))

        async def say() -> None:
            came.append(isinstance(await outcome(synthesizer, REQUEST), bytes))

        sayings = []
        for _ in range(wanted):
            sayings.append(asyncio.create_task(say()))
            await asyncio.sleep(1 / 3)
        await asyncio.gather(*sayings)

    on_virtual_time(test)
    assert came.count(False) <= wanted * 0.01
    assert len(service.sent_at) <= wanted * 1.25


class Flaky(Scripted):
    """Fails at once, by chance, and else takes a second to speak."""

    def __init__(self, *, share_failing: float) -> None:
        super().__init__(SPOKEN)
        self._share_failing = share_failing
        self._chance = random.Random(20)

    def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        fails = self._chance.random() < self._share_failing
        self.script = [Step(DOWN) if fails else Step(takes_s=1.0, pieces=2)]
        return super().stream(request)


async def test_t18_what_broke_after_its_first_sound_is_not_paid_for_again(route: Route) -> None:
    route.qwen.faults.next(faults.Cut(after_event=3))
    assert await route.outcome() is ProviderFault.TRUNCATED
    assert len(route.qwen.requests) == 1


FILE_FAULTS = [faults.FILE_FORBIDDEN, faults.FILE_MISSING, faults.FILE_HOST_DOWN]


@pytest.mark.parametrize("fault", FILE_FAULTS, ids=["403", "404", "500"])
async def test_t20_a_file_that_cannot_be_had_is_made_twice_at_most(
    route: Route, fault: Fault
) -> None:
    route.qwen.faults.always(fault)
    with pytest.raises(ProviderError) as caught:
        await sound(route.speaking_through(mode=Mode.PLAIN))
    assert caught.value.fault is ProviderFault.PROTOCOL
    assert len(route.qwen.requests) == 2


@pytest.mark.parametrize("fault", FILE_FAULTS[:2], ids=["403", "404"])
async def test_t20_a_file_that_has_expired_is_made_once_more(route: Route, fault: Fault) -> None:
    route.qwen.faults.next(fault)
    assert await sound(route.speaking_through(mode=Mode.PLAIN))
    assert len(route.qwen.requests) == len(route.qwen.downloads) == 2


class HostDownTwice(Fault):
    """Fails the first two downloads of a file."""

    def __init__(self) -> None:
        self._failures_left = 2

    async def download(self, reply: Reply) -> Reply:
        self._failures_left -= 1
        return reply if self._failures_left < 0 else Reply(503)


async def test_t20_a_host_of_files_that_fails_is_asked_again_first(route: Route) -> None:
    route.qwen.faults.next(HostDownTwice())
    assert await sound(route.speaking_through(mode=Mode.PLAIN))
    assert len(route.qwen.requests) == 1
    assert len(route.qwen.downloads) == 3
