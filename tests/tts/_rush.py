"""A crowd in front of a speech service that counts requests, in virtual time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest, Voice
from bot.sandbox.qwen.errors import RATE_QUOTA, RefusalError
from bot.sandbox.qwen.options import Throttle
from bot.sandbox.qwen.throttle import RateLimiter
from bot.tts.catalog import DEFAULT_MODEL, find_model, weighted_characters
from bot.tts.synthesizer import Synthesizer
from tests.voice._virtual import virtual_loop

RAID = 0
"""The guild that is raided."""

GUILDS = range(1, 21)
EVERY_S = 12.0
"""From one message of a normal guild to the next, on average."""

RAIDERS = 200
RAID_PER_S = 50
RAID_S = 60.0
BEFORE_S = 60.0

WORDS = ("quick brown foxes", "jump over", "the lazy dog", "while", "everybody else", "is asleep")


class CountingService(Synthesizer):
    """Speaks for a while, and refuses what comes too early, by the rule of the sandbox."""

    def __init__(self, throttle: Throttle | None, *, takes_s: float = 1.2) -> None:
        self.loop = asyncio.get_running_loop()
        self._limiter = RateLimiter(throttle, clock=self.loop.time)
        self._takes_s = takes_s
        self._refusals = 0
        self.asked_at: list[float] = []
        self.begun: dict[int, float] = {}
        """When each request arrived, by its identity."""
        self.refused_at: list[float] = []
        self.retry_after_s: float | None = None
        self.characters: dict[int | None, int] = defaultdict(int)

    def refuse_next(self, count: int, *, retry_after_s: float | None) -> None:
        """Answer the next `count` requests with 429."""
        self._refusals, self.retry_after_s = count, retry_after_s

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.asked_at.append(self.loop.time())
        self.begun[id(request)] = self.loop.time()
        try:
            self._admit(request)
        except RefusalError:
            self.refused_at.append(self.loop.time())
            raise ProviderError(
                "429",
                fault=ProviderFault.THROTTLED,
                retryable=True,
                retry_after_s=self.retry_after_s,
            ) from None
        self.characters[request.origin.guild_id] += weighted_characters(request.text)
        await asyncio.sleep(self._takes_s / 3)
        yield b"\0\0"
        await asyncio.sleep(self._takes_s * 2 / 3)

    def _admit(self, request: SpeechRequest) -> None:
        if self._refusals:
            self._refusals -= 1
            raise RefusalError(RATE_QUOTA)
        self._limiter.admit(find_model(request.model))


class OneQueue(Synthesizer):
    """The usual way: one queue for everybody, served at the same pace."""

    def __init__(self, inner: Synthesizer, *, spacing_s: float) -> None:
        self._inner = inner
        self._spacing_s = spacing_s
        self._line = asyncio.Lock()
        self._due = 0.0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        async with self._line:  # first come, first served
            await asyncio.sleep(self._due - loop.time())
            self._due = loop.time() + self._spacing_s
        async with aclosing(self._inner.stream(request)) as pcm:
            async for piece in pcm:
                yield piece


@dataclass
class Rush:
    """What became of everybody's messages, by guild."""

    waits_s: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """From being sent to its request's arrival at the service."""
    refused: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    waiting: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """What was still waiting at the end."""

    def normal_waits_s(self) -> list[float]:
        return [wait for guild in GUILDS for wait in self.waits_s[guild]]

    def normal(self, counts: dict[int, int]) -> int:
        return sum(counts[guild] for guild in GUILDS)


def text_of(random: Random, *, least: int = 10, most: int = 140) -> str:
    """Return words of a chat, `least` to `most` characters long."""
    length = random.randint(least, most)
    return " ".join(random.choice(WORDS) for _ in range(length))[:length]


def request_of(guild: int | None, member: int, text: str) -> SpeechRequest:
    return SpeechRequest(text, DEFAULT_MODEL, Voice("Cherry"), origin=Origin(guild, member))


async def rush(
    door: Synthesizer,
    service: CountingService,
    *,
    seconds: float,
    is_raided: bool = True,
    raid_text: Callable[[Random], str] = text_of,
    seed: int = 1,
) -> Rush:
    """Let 20 guilds chat for a while, and one be raided for a minute from the start.

    They have chatted for a minute before that: the bot has not just been started.
    """
    random, loop, result = Random(seed), asyncio.get_running_loop(), Rush()
    begin = loop.time() + BEFORE_S
    people: set[asyncio.Task[None]] = set()

    async def ask(guild: int, member: int, text: str) -> None:
        request, sent_at = request_of(guild, member, text), loop.time()
        try:
            async with aclosing(door.stream(request)) as pcm:
                async for _ in pcm:
                    pass
        except ProviderError:
            if sent_at >= begin:
                result.refused[guild] += 1
        except asyncio.CancelledError:
            result.waiting[guild] += id(request) not in service.begun
            raise
        finally:
            if (begun := service.begun.pop(id(request), None)) and sent_at >= begin:
                result.waits_s[guild].append(begun - sent_at)

    def send(guild: int, member: int, text: str) -> None:
        task = asyncio.create_task(ask(guild, member, text))
        people.add(task)
        task.add_done_callback(people.discard)

    async def chat(guild: int) -> None:
        while True:
            await asyncio.sleep(random.expovariate(1 / EVERY_S))
            send(guild, guild * 1_000 + random.randrange(5), text_of(random))

    async def raid() -> None:
        for _ in range(round(RAID_PER_S * RAID_S)):
            send(RAID, random.randrange(RAIDERS), raid_text(random))
            await asyncio.sleep(1 / RAID_PER_S)

    crowd = [asyncio.create_task(chat(guild)) for guild in GUILDS]
    await asyncio.sleep(BEFORE_S)
    if is_raided:
        crowd.append(asyncio.create_task(raid()))
    await asyncio.sleep(seconds)
    for task in [*crowd, *people]:
        task.cancel()
    await asyncio.gather(*crowd, *people, return_exceptions=True)
    return result


def in_virtual_time(scenario: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in no time; what nobody caught fails it."""
    with virtual_loop() as loop:
        return loop.run_until_complete(scenario)
