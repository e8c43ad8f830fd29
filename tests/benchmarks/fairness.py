"""E7: what 20 guilds wait while another one is raided, and what each gets when all want more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from random import Random

from bot.tts.limited import Desk, LimitedSynthesizer, StaleError
from bot.tts.synthesizer import Synthesizer
from tests.benchmarks._figures import Figure, Findings, spread
from tests.tts._rush import (
    GUILDS,
    CountingService,
    OneQueue,
    Rush,
    in_virtual_time,
    request_of,
    rush,
    text_of,
)

SECONDS = 300.0
SPACING_S = 60 / 180

GREEDY = 1
"""The guild with nine people who talk without a pause, where the others have two."""

Policy = Callable[[CountingService], Synthesizer]


def run(_seconds: float) -> Findings:
    """Let guilds chat in virtual time: with a raid, without, and all without a pause."""
    findings = Findings()
    waits = {}
    for name, policy in (("fair turns", _fair), ("one queue for all", _one_queue)):
        for is_raided in (False, True):
            result = in_virtual_time(_chat(policy, is_raided=is_raided))
            what = f"{name}, {'raid' if is_raided else 'no raid'}"
            waits[what] = spread(result.normal_waits_s())
            findings.notes.append(
                f"{what}: normal guilds wait {waits[what]} s; {result.normal(result.refused)} "
                f"refused, {result.normal(result.waiting)} still waiting after {SECONDS:.0f} s"
            )
    ours, usual = waits["fair turns, raid"], waits["one queue for all, raid"]
    findings.figures += [
        Figure(
            id="E7",
            what=f"wait of normal guilds in a raid, {name}",
            unit="s",
            target=target,
            ours=getattr(ours, name),
            usual=getattr(usual, name),
        )
        for name, target in (("p50", 0.5), ("p95", 2.5), ("p99", 4.0))
    ]
    findings.figures.append(
        Figure(
            id="E7",
            what="1 - Jain's index of characters, all backlogged",
            unit="",
            target=0.02,
            ours=1 - in_virtual_time(_jain(_fair)),
            usual=1 - in_virtual_time(_jain(_one_queue)),
        )
    )
    return findings


def _fair(service: CountingService) -> Synthesizer:
    return LimitedSynthesizer(service, Desk())


def _one_queue(service: CountingService) -> Synthesizer:
    return OneQueue(service, spacing_s=SPACING_S)


async def _chat(policy: Policy, *, is_raided: bool) -> Rush:
    service = CountingService(None)
    return await rush(policy(service), service, seconds=SECONDS, is_raided=is_raided)


async def _jain(policy: Policy) -> float:
    """Return how evenly the guilds are served if all always have something waiting."""
    service, random = CountingService(None), Random(1)
    door = policy(service)

    async def chatter(guild: int, member: int) -> None:
        while True:
            request = request_of(guild, member, text_of(random))
            with suppress(StaleError):  # whose guild wants more than its part; they ask again
                async with aclosing(door.stream(request)) as pcm:
                    async for _ in pcm:
                        pass

    people = [
        asyncio.create_task(chatter(guild, 100 * guild + member))
        for guild in GUILDS
        for member in range(9 if guild == GREEDY else 2)
    ]
    await asyncio.sleep(SECONDS)
    assert not any(task.done() for task in people)
    for task in people:
        task.cancel()
    await asyncio.wait(people)
    served = [service.characters[guild] for guild in GUILDS]
    return sum(served) ** 2 / (len(served) * sum(each**2 for each in served))
