"""The whole way of a request to one key of a loopback Qwen-TTS, over real sockets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest
from bot.sandbox.qwen import QwenOptions, SandboxQwen
from bot.tts._sessions import Connections
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.catalog import VOICES
from bot.tts.limited import Desk, LimitedSynthesizer
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session
from bot.tts.retrying import RetryingSynthesizer
from bot.tts.synthesizer import Synthesizer

MODEL = "qwen3-tts-flash"
REQUEST = SpeechRequest(
    "The harbour is open today, and the ferry leaves at nine.",
    MODEL,
    VOICES["Cherry"],
    origin=Origin(guild_id=1, member_id=7),
)


def from_guilds(count: int, text: str = REQUEST.text) -> list[SpeechRequest]:
    """Return one request from each of several guilds."""
    return [replace(REQUEST, text=text, origin=Origin(guild, 1)) for guild in range(count)]


@dataclass
class Clock:
    """What the breaker takes for the time."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Route:
    """Retries over admission over the breaker over the endpoint, as the bot puts them together."""

    qwen: SandboxQwen
    http: Connections
    clock: Clock = field(default_factory=Clock)
    is_limited: bool = True

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin anew, with a breaker that has seen nothing and a desk that has admitted nobody."""
        self.breaker = Breaker("qwen", clock=self.clock)
        self.desk = Desk()
        self.synthesizer = self.speaking_through()

    def speaking_through(self, **changes: Any) -> Synthesizer:
        """Return the route, with another endpoint than the usual one."""
        inner: Synthesizer = GuardedSynthesizer(self.endpoint(**changes), self.breaker)
        if self.is_limited:
            inner = LimitedSynthesizer(inner, self.desk)
        return RetryingSynthesizer(inner, self.breaker, chance=random.Random(1))

    def endpoint(self, **changes: Any) -> Synthesizer:
        """Return the bare endpoint, which tries once."""
        endpoint = {"api_key": self.qwen.key, "base_url": self.qwen.base_url} | changes
        return QwenSynthesizer(self.http, QwenEndpoint(**endpoint))

    async def outcomes(
        self, requests: Iterable[SpeechRequest], synthesizer: Synthesizer | None = None
    ) -> list[bytes | ProviderFault]:
        """Return what all these come to when they are asked for at once."""
        chosen = synthesizer or self.synthesizer
        return await asyncio.gather(*(outcome(chosen, request) for request in requests))

    async def outcome(self, synthesizer: Synthesizer | None = None) -> bytes | ProviderFault:
        """Return what the usual request comes to."""
        return await outcome(synthesizer or self.synthesizer, REQUEST)

    @property
    def open_connections(self) -> int:
        """How many requests hold a connection."""
        sessions = (self.http.api, self.http.files)
        return sum(len(session.connector._acquired) for session in sessions if session.connector)


async def outcome(synthesizer: Synthesizer, request: SpeechRequest) -> bytes | ProviderFault:
    try:
        return await sound(synthesizer, request)
    except ProviderError as error:
        return error.fault


async def sound(synthesizer: Synthesizer, request: SpeechRequest = REQUEST) -> bytes:
    async with aclosing(synthesizer.stream(request)) as pieces:
        return b"".join([pcm async for pcm in pieces])


@asynccontextmanager
async def open_route(*, is_limited: bool = True, **options: Any) -> AsyncIterator[Route]:
    chosen = QwenOptions(**{"throttle": None, "piece_ms": 100} | options)
    async with (
        SandboxQwen(chosen) as qwen,
        open_session(QwenEndpoint(qwen.key, qwen.base_url)) as http,
    ):
        yield Route(qwen, http, is_limited=is_limited)
