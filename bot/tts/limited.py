"""Admission to a speech service: every request waits for its turn, within the service's limits."""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts.catalog import MODELS, weighted_characters
from bot.tts.condition import Rest
from bot.tts.limiter import Attempt, Pace
from bot.tts.scheduler import Scheduler
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from bot.models import SpeechRequest

MAX_CONCURRENT: Final = 6
"""Requests of one key under way at once."""

MAX_WAIT_S: Final = 20.0
"""Nobody expects an answer to what was written longer ago."""


class StaleError(ProviderError):
    """A request has waited until nobody expected it any more."""

    def __init__(self) -> None:
        super().__init__(
            f"it waited longer than {MAX_WAIT_S:g} s for its turn",
            fault=ProviderFault.STALE,
            retryable=False,
        )


@dataclass(eq=False, slots=True)
class _Waiter:
    """A request before it is let through."""

    admitted: asyncio.Future[Pass]

    @property
    def is_admitted(self) -> bool:
        """Whether it was given a place."""
        future = self.admitted
        return future.done() and not future.cancelled() and future.exception() is None


class _Lane:
    """The requests for one model."""

    def __init__(self, requests_per_minute: float, now: float) -> None:
        self.pace = Pace(requests_per_minute, now)
        self.waiting: Scheduler[_Waiter] = Scheduler()


class Pass:
    """One request's leave to go; the desk wants to know how it went."""

    def __init__(self, pace: Pace, attempt: Attempt, on_answer: Callable[[], None]) -> None:
        self._pace = pace
        self._attempt = attempt
        self._on_answer = on_answer
        self._is_answered = False

    def succeed(self) -> None:
        """Note that the service answers."""
        if not self._is_answered:
            self._is_answered = True
            self._pace.succeed(self._attempt)
            self._on_answer()

    def throttle(self, retry_after_s: float | None) -> None:
        """Note a 429, which may name a time to wait in seconds."""
        now = asyncio.get_running_loop().time()
        self._pace.throttle(self._attempt, now, retry_after_s)

    def end(self) -> None:
        """Note that the request is over."""
        self._pace.end(self._attempt)


class Desk:
    """Admits the requests of one key: in fair order, at each model's pace, a few at once.

    Args:
        max_concurrent: How many may be under way at once.
        requests_per_minute: The operator's own limit for every model, where it is lower than that
            of the catalogue. A model the catalogue does not know has no other.
    """

    def __init__(
        self, *, max_concurrent: int = MAX_CONCURRENT, requests_per_minute: float | None = None
    ) -> None:
        self._max_concurrent = max_concurrent
        self._requests_per_minute = requests_per_minute or math.inf
        self._lanes: dict[str, _Lane] = {}
        self._under_way = 0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def under_way(self) -> int:
        """How many requests were let through and are not over."""
        return self._under_way

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    def rest(self, model: str) -> Rest | None:
        """Return for how long the service wants to be left alone with requests for `model`.

        A pause that requests only wait for is none: they are admitted, if a little later.
        """
        lane = self._lanes.get(model)
        left_s = lane.pace.paused_until - asyncio.get_running_loop().time() if lane else 0.0
        return Rest(ProviderFault.THROTTLED, left_s) if left_s > MAX_WAIT_S else None

    @asynccontextmanager
    async def admit(self, request: SpeechRequest) -> AsyncIterator[Pass]:
        """Wait for the turn of `request`; its place is kept until the context is left.

        Raises:
            CrowdedError: Too much of its guild or member waits already.
            ProviderError: The service wants to be left alone for longer than anyone would wait.
            StaleError: Its turn has not come in time.
        """
        leave = await self._wait(request)
        try:
            yield leave
        finally:
            self._end(leave)

    async def _wait(self, request: SpeechRequest) -> Pass:
        loop = asyncio.get_running_loop()
        lane = self._lane(request.model, loop.time())
        waiter = _Waiter(loop.create_future())
        lane.waiting.put(
            waiter, origin=request.origin, characters=weighted_characters(request.text)
        )
        self._serve()
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                return await waiter.admitted
        except BaseException as error:
            lane.waiting.remove(waiter, origin=request.origin)
            # Whoever is let through at the moment they give up has a place to give back.
            if waiter.is_admitted:
                self._end(waiter.admitted.result())
            if isinstance(error, TimeoutError):
                raise StaleError from None
            raise

    def _lane(self, model: str, now: float) -> _Lane:
        lane = self._lanes.get(model)
        if lane is None:
            known = MODELS.get(model)
            documented = known.requests_per_minute if known else math.inf
            lane = self._lanes[model] = _Lane(min(documented, self._requests_per_minute), now)
        return lane

    def _serve(self) -> None:
        """Let through who may go now, and look again when the next one may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        loop = asyncio.get_running_loop()
        self._send_away(loop.time())
        while self._under_way < self._max_concurrent:
            wanted = [lane for lane in self._lanes.values() if lane.waiting]
            if not wanted:
                return
            lane = min(wanted, key=lambda each: each.pace.ready_at)
            if lane.pace.ready_at > loop.time():
                if math.isfinite(lane.pace.ready_at):
                    self._alarm = loop.call_at(lane.pace.ready_at, self._serve)
                return
            self._let_through(lane, loop.time())

    def _send_away(self, now: float) -> None:
        """Refuse at once what would only wait to become stale."""
        for lane in self._lanes.values():
            if lane.pace.paused_until > now + MAX_WAIT_S:
                while lane.waiting:
                    waiter = lane.waiting.take()
                    if not waiter.admitted.done():
                        waiter.admitted.set_exception(_left_alone())

    def _let_through(self, lane: _Lane, now: float) -> None:
        waiter = lane.waiting.take()
        if waiter.admitted.done():  # cancelled, and has not run since
            return
        self._under_way += 1
        waiter.admitted.set_result(Pass(lane.pace, lane.pace.send(now), self._serve))

    def _end(self, leave: Pass) -> None:
        leave.end()
        self._under_way -= 1
        self._serve()


class LimitedSynthesizer(Synthesizer):
    """Lets another synthesizer speak when a desk admits it."""

    def __init__(self, inner: Synthesizer, desk: Desk) -> None:
        self._inner = inner
        self._desk = desk

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM once the request's turn has come.

        Raises:
            ProviderError: See `Desk.admit`; or the service failed.
        """
        async with self._desk.admit(request) as leave, aclosing(self._inner.stream(request)) as pcm:
            try:
                async for piece in pcm:
                    leave.succeed()
                    yield piece
            except ProviderError as error:
                if error.fault is ProviderFault.THROTTLED:
                    leave.throttle(error.retry_after_s)
                raise


def _left_alone() -> ProviderError:
    return ProviderError(
        "the speech service asked to be left alone for a while",
        fault=ProviderFault.THROTTLED,
        retryable=False,
    )
