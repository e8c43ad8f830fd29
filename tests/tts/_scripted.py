"""A speech service that does what it is told, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest, Voice
from bot.tts.synthesizer import Synthesizer
from tests.voice._virtual import VirtualLoop, virtual_loop

REQUEST = SpeechRequest("Good morning.", "qwen3-tts-flash", Voice("Cherry"))
SOUND = b"\1\0" * 480


def error(
    fault: ProviderFault,
    *,
    retryable: bool = True,
    status: int | None = None,
    code: str | None = None,
    retry_after_s: float | None = None,
) -> ProviderError:
    return ProviderError(
        "for operators",
        fault=fault,
        retryable=retryable,
        status=status,
        code=code,
        retry_after_s=retry_after_s,
    )


DOWN = error(ProviderFault.UNAVAILABLE, status=503)


@dataclass
class Step:
    """What becomes of one request: it takes its time, makes some sound, and may fail."""

    error: ProviderError | None = None
    takes_s: float = 0.0
    pieces: int = 0


SPOKEN = Step(pieces=2)


class Scripted(Synthesizer):
    """Follows a script, then repeats its last step; `sent_at` is when it was asked what."""

    def __init__(self, *script: Step | ProviderError) -> None:
        self.script = [step if isinstance(step, Step) else Step(step) for step in script]
        self.sent_at: list[float] = []
        self.under_way = 0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.sent_at.append(asyncio.get_running_loop().time())
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.under_way += 1
        try:
            await asyncio.sleep(step.takes_s)
            for _ in range(step.pieces):
                yield SOUND
            if step.error is not None:
                raise step.error
        finally:
            self.under_way -= 1


async def hear(synthesizer: Synthesizer, request: SpeechRequest = REQUEST) -> bytes:
    async with aclosing(synthesizer.stream(request)) as pieces:
        return b"".join([pcm async for pcm in pieces])


async def outcomes_of(
    synthesizer: Synthesizer, requests: Iterable[SpeechRequest]
) -> list[ProviderFault | None]:
    """Return what became of requests that are made at once; `None` for speech."""

    async def outcome(request: SpeechRequest) -> ProviderFault | None:
        try:
            await hear(synthesizer, request)
        except ProviderError as failure:
            return failure.fault
        return None

    return await asyncio.gather(*map(outcome, requests))


def on_virtual_time(test: Callable[[VirtualLoop], Awaitable[None]]) -> None:
    """Run `test` on a loop that waits for nothing."""
    with virtual_loop() as loop:
        loop.run_until_complete(asyncio.ensure_future(test(loop), loop=loop))
