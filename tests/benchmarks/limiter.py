"""E6: how much of the endpoint's limit is used when more is wanted, and how often it refuses."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from random import Random

from bot.errors import ProviderError
from bot.sandbox.qwen.options import Throttle
from bot.tts.limited import Desk, LimitedSynthesizer
from bot.tts.limiter import FIRST_PAUSE_S
from bot.tts.synthesizer import Synthesizer
from tests.benchmarks._figures import Figure, Findings
from tests.tts._rush import CountingService, in_virtual_time, request_of, text_of

MINUTES = 30
REQUESTS_PER_MINUTE = 180
CHATTERS = 20
STRICT = Throttle(burst=1)


def run(_seconds: float) -> Findings:
    """Want more than there is for 30 minutes of virtual time."""
    ours = in_virtual_time(_ours())
    usual = in_virtual_time(_usual())
    findings = Findings(
        notes=[_line("ours", ours), _line("usual way (ask, and again 1 s after a 429)", usual)]
    )
    findings.figures += [
        Figure(
            id="E6",
            what="share of the limit that is not used",
            unit="%",
            target=2,
            ours=_unused_percent(ours),
            usual=_unused_percent(usual),
        ),
        Figure(
            id="E6",
            what="share of requests refused by 429",
            unit="%",
            target=0.5,
            ours=_refused_percent(ours),
            usual=_refused_percent(usual),
        ),
    ]
    return findings


async def _ours() -> CountingService:
    service = CountingService(STRICT)
    await _crowd(LimitedSynthesizer(service, Desk()))
    return service


async def _usual() -> CountingService:
    service = CountingService(STRICT)
    await _crowd(service)
    return service


async def _crowd(door: Synthesizer) -> None:
    random = Random(1)

    async def chatter(guild: int) -> None:
        while True:
            try:
                async with aclosing(door.stream(request_of(guild, guild, text_of(random)))) as pcm:
                    async for _ in pcm:
                        pass
            except ProviderError:
                await asyncio.sleep(FIRST_PAUSE_S)

    people = [asyncio.create_task(chatter(guild)) for guild in range(CHATTERS)]
    await asyncio.sleep(MINUTES * 60)
    for task in people:
        task.cancel()
    await asyncio.wait(people)


def _unused_percent(service: CountingService) -> float:
    served = len(service.asked_at) - len(service.refused_at)
    return 100 - served * 100 / (MINUTES * REQUESTS_PER_MINUTE)


def _refused_percent(service: CountingService) -> float:
    return len(service.refused_at) * 100 / len(service.asked_at)


def _line(name: str, service: CountingService) -> str:
    refused = len(service.refused_at)
    return (
        f"{name}: {len(service.asked_at) - refused} of {MINUTES * REQUESTS_PER_MINUTE} served, "
        f"{refused} refused"
    )
