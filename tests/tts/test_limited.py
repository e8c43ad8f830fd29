"""Admission: a crowd, a limit, and everybody's turn, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest
from bot.sandbox.qwen.options import Throttle
from bot.tts.limited import MAX_CONCURRENT, MAX_WAIT_S, Desk, LimitedSynthesizer, StaleError
from bot.tts.scheduler import CrowdedError
from bot.tts.synthesizer import Synthesizer
from tests.tts._rush import CountingService, in_virtual_time, request_of, rush, text_of

STRICT = Throttle(burst=1)
SLOW_MODEL = "qwen-tts"
"""Ten requests a minute."""


async def hear(door: Synthesizer, request: SpeechRequest) -> None:
    async with aclosing(door.stream(request)) as pcm:
        async for _ in pcm:
            pass


def hello(guild: int, member: int = 1, *, model: str = "qwen3-tts-flash") -> SpeechRequest:
    return replace(request_of(guild, member, "Hello"), model=model)


async def all_of(*work: Coroutine[Any, Any, None]) -> list[BaseException | None]:
    return await asyncio.gather(*work, return_exceptions=True)


class Gated(Synthesizer):
    """Says nothing until it is told to; notes who is with it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.present: list[SpeechRequest] = []

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.present.append(request)
        try:
            await self.gate.wait()
            yield b"\0\0"
        finally:
            self.present.remove(request)


def test_a_single_request_does_not_wait() -> None:
    async def scenario() -> None:
        service = CountingService(STRICT)
        began = service.loop.time()
        await hear(LimitedSynthesizer(service, Desk()), hello(1))
        assert service.asked_at[0] - began < 0.001

    in_virtual_time(scenario())


def test_no_more_than_six_are_under_way_at_once() -> None:
    async def scenario() -> None:
        service, desk = Gated(), Desk()
        door = LimitedSynthesizer(service, desk)
        people = [asyncio.create_task(hear(door, hello(guild))) for guild in range(10)]
        await asyncio.sleep(10)
        assert len(service.present) == desk.under_way == MAX_CONCURRENT
        service.gate.set()
        await asyncio.gather(*people)
        assert (desk.under_way, desk.waiting) == (0, 0)

    in_virtual_time(scenario())


def test_each_model_has_its_own_pace() -> None:
    async def scenario() -> None:
        service = CountingService(STRICT, takes_s=0.1)
        door = LimitedSynthesizer(service, Desk())
        began = service.loop.time()
        slow = [hear(door, hello(guild, model=SLOW_MODEL)) for guild in (1, 2)]
        await all_of(*slow, hear(door, hello(3)))
        arrivals = [round(at - began, 1) for at in service.asked_at]
        assert arrivals[:2] == [0.0, 0.0]
        assert 6.0 <= arrivals[2] <= 12.1
        assert not service.refused_at

    in_virtual_time(scenario())


def test_the_operator_can_lower_the_rate_and_not_raise_it() -> None:
    async def scenario(limit: float) -> float:
        service = CountingService(None, takes_s=0.1)
        door = LimitedSynthesizer(service, Desk(requests_per_minute=limit))
        await asyncio.gather(*(hear(door, hello(guild)) for guild in (1, 2)))
        first, second = service.asked_at
        return second - first

    assert in_virtual_time(scenario(30)) >= 2.0
    assert 60 / 180 <= in_virtual_time(scenario(100_000)) < 1.0


def test_an_unknown_model_is_held_to_the_operators_limit_alone() -> None:
    async def scenario(limit: float | None) -> float:
        service = Gated()
        service.gate.set()
        door = LimitedSynthesizer(service, Desk(requests_per_minute=limit))
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(hear(door, hello(guild, model="our-own")) for guild in range(6)))
        return loop.time() - began

    assert in_virtual_time(scenario(None)) < 0.1
    assert in_virtual_time(scenario(60)) >= 5.0


def test_what_waited_too_long_is_dropped_as_stale() -> None:
    async def scenario() -> None:
        service, desk = Gated(), Desk(max_concurrent=1)
        door = LimitedSynthesizer(service, desk)
        loop = asyncio.get_running_loop()
        first = asyncio.create_task(hear(door, hello(1)))
        await asyncio.sleep(0)
        began = loop.time()
        with pytest.raises(StaleError) as caught:
            await hear(door, hello(2))
        assert loop.time() - began == pytest.approx(MAX_WAIT_S, abs=0.01)
        assert (caught.value.fault, caught.value.retryable) == (ProviderFault.STALE, False)
        assert [request.origin.guild_id for request in service.present] == [1]
        service.gate.set()
        await first
        assert (desk.under_way, desk.waiting) == (0, 0)

    in_virtual_time(scenario())


def test_too_much_of_one_guild_is_refused_at_once() -> None:
    async def scenario() -> None:
        service, desk = Gated(), Desk(max_concurrent=1)
        door = LimitedSynthesizer(service, desk)
        people = [asyncio.create_task(hear(door, hello(1, member))) for member in range(11)]
        await asyncio.sleep(1)
        with pytest.raises(CrowdedError):
            await hear(door, hello(1, 99))
        service.gate.set()
        await asyncio.gather(*people)

    in_virtual_time(scenario())


@pytest.mark.parametrize("turns", range(12))
def test_t27_a_cancelled_request_leaves_no_place_taken_at_any_await(turns: int) -> None:
    async def scenario() -> None:
        service, desk = Gated(), Desk(max_concurrent=2)
        door = LimitedSynthesizer(service, desk)
        people = [asyncio.create_task(hear(door, hello(guild))) for guild in range(4)]
        # A rung of the ladder: before it runs, while it waits, as it is let through, in flight.
        await asyncio.sleep(turns // 3 * 0.67)
        for _ in range(turns % 3):
            await asyncio.sleep(0)
        for task in people:
            task.cancel()
        await asyncio.wait(people)
        assert (desk.under_way, desk.waiting, service.present) == (0, 0, [])
        service.gate.set()
        await hear(door, hello(9))

    in_virtual_time(scenario())


def test_t27_who_is_let_through_in_the_moment_of_leaving_gives_the_place_back() -> None:
    async def scenario() -> None:
        service, desk = Gated(), Desk(max_concurrent=1)
        door = LimitedSynthesizer(service, desk)
        service.gate.set()
        first = door.stream(hello(1))
        await anext(first)
        second = asyncio.create_task(hear(door, hello(2)))
        third = asyncio.create_task(hear(door, hello(3)))
        await asyncio.sleep(5)
        await first.aclose()  # lets the second through, which has not run since
        assert desk.under_way == 1
        second.cancel()
        await third
        assert (desk.under_way, desk.waiting) == (0, 0)

    in_virtual_time(scenario())


def test_a_closed_stream_gives_its_place_back() -> None:
    async def scenario() -> None:
        service, desk = CountingService(None), Desk()
        stream = LimitedSynthesizer(service, desk).stream(hello(1))
        await anext(stream)
        assert desk.under_way == 1
        await stream.aclose()
        assert desk.under_way == 0

    in_virtual_time(scenario())


def test_t16_after_a_429_one_request_tries_alone_until_it_sounds() -> None:
    async def scenario() -> None:
        service, desk = CountingService(None, takes_s=9.0), Desk()
        door = LimitedSynthesizer(service, desk)
        await asyncio.sleep(60)
        service.refuse_next(2, retry_after_s=5.0)
        await all_of(*(hear(door, hello(guild)) for guild in range(6)))
        refused, arrivals = service.refused_at[-1], service.asked_at[2:]
        assert arrivals[0] - refused >= 5.0
        # It begins to sound after a third of its 9 s; then the others follow at half the rate.
        gaps = [later - earlier for earlier, later in pairwise(arrivals)]
        assert gaps[0] == pytest.approx(3.0, abs=0.01)
        assert gaps[1:] == pytest.approx([2 / 3] * 2, abs=0.02)

    in_virtual_time(scenario())


def test_a_long_pause_sends_everyone_away_at_once() -> None:
    async def scenario() -> None:
        service, desk = CountingService(Throttle(requests_per_minute=1, burst=1)), Desk()
        service.retry_after_s = 60.0
        door = LimitedSynthesizer(service, desk)
        began = service.loop.time()
        outcomes = await all_of(*(hear(door, hello(guild)) for guild in range(5)))
        assert service.loop.time() - began < 5.0
        errors = [error for error in outcomes if isinstance(error, ProviderError)]
        assert [error.fault for error in errors] == [ProviderFault.THROTTLED] * 4
        with pytest.raises(ProviderError) as caught:
            await hear(door, hello(9))
        assert not caught.value.retryable
        assert len(service.asked_at) == 2

    in_virtual_time(scenario())


def test_e6_a_backlogged_limit_is_used_to_98_percent_without_a_refusal() -> None:
    """E6: 30 minutes at 180 a minute, against a service that allows no burst at all."""

    async def scenario() -> tuple[CountingService, float]:
        service = CountingService(STRICT)
        door = LimitedSynthesizer(service, Desk())
        random, minutes = Random(1), 30

        async def chatter(guild: int) -> None:
            while True:
                await hear(door, request_of(guild, guild, text_of(random)))

        people = [asyncio.create_task(chatter(guild)) for guild in range(20)]
        await asyncio.sleep(minutes * 60)
        assert not any(task.done() for task in people)
        for task in people:
            task.cancel()
        await asyncio.wait(people)
        return service, len(service.asked_at) / (minutes * 180)

    service, utilisation = in_virtual_time(scenario())
    assert service.refused_at == []
    assert 0.98 <= utilisation <= 1.0


@pytest.mark.parametrize("text", ["a chat", "x", "x" * 600], ids=["chat", "short", "long"])
def test_e7_a_raid_delays_no_other_guild(text: str) -> None:
    """E7: 20 guilds with a message every 12 s, and one with 50 a second for a minute."""

    async def scenario() -> Any:
        service = CountingService(STRICT)
        door = LimitedSynthesizer(service, Desk())
        said = text_of if text == "a chat" else lambda _: text
        return service, await rush(door, service, seconds=300, raid_text=said)

    service, result = in_virtual_time(scenario())
    waits = sorted(result.normal_waits_s())
    quantile = [waits[round(share * (len(waits) - 1))] for share in (0.5, 0.95, 0.99)]
    assert [wait <= limit for wait, limit in zip(quantile, (0.5, 2.5, 4.0), strict=True)] == (
        [True] * 3
    ), quantile
    assert result.normal(result.refused) == 0
    assert service.refused_at == []


def test_how_long_the_service_wants_to_be_left_alone_can_be_looked_up() -> None:
    pause_s = MAX_WAIT_S + 5.0

    async def scenario() -> None:
        service, desk = CountingService(None), Desk()
        door = LimitedSynthesizer(service, desk)
        service.refuse_next(1, retry_after_s=pause_s)
        assert desk.rest(hello(1).model) is None
        await all_of(hear(door, hello(1)))
        rest = desk.rest(hello(1).model)
        assert rest is not None
        assert rest.fault is ProviderFault.THROTTLED
        assert rest.left_s == pytest.approx(pause_s)
        assert desk.rest(SLOW_MODEL) is None
        await asyncio.sleep(5.0)
        assert desk.rest(hello(1).model) is None

    in_virtual_time(scenario())


def test_a_pause_that_is_only_waited_for_is_no_rest() -> None:
    async def scenario() -> None:
        service, desk = CountingService(None), Desk()
        door = LimitedSynthesizer(service, desk)
        service.refuse_next(1, retry_after_s=5.0)
        await all_of(hear(door, hello(1)))
        assert desk.rest(hello(1).model) is None
        began_at = asyncio.get_running_loop().time()
        [error] = await all_of(hear(door, hello(1)))
        assert error is None
        assert 5.0 <= asyncio.get_running_loop().time() - began_at < MAX_WAIT_S

    in_virtual_time(scenario())
