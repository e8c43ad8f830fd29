"""An event loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.voice import (
    link,
    memory,
    narrator,
    notices,
    outage,
    place,
    presence,
    registry,
    retry,
    wishes,
)
from bot.voice.pacer import Track
from bot.voice.playback import Playback
from bot.voice.timetable import FRAME_S

STARTED_AT = 1000.0
"""Of a computer that has been up for a while: a zero in the bot's code means "never"."""


TURN_S = 1e-6
"""What a turn of the loop takes: a clock that stood still would never pass a deadline."""

MAX_TURNS = 20_000
"""One after the other without a pause, or something is done again and again."""


class StuckError(RuntimeError):
    """Nothing can happen any more, or nothing else."""


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop without sockets and signals; when nothing is ready, time passes in no time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = STARTED_AT
        self._selector = self
        self._turns_in_a_row = 0
        self.failures: list[dict[str, Any]] = []
        """What nobody caught: asyncio only logs it, a test must fail for it."""
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        """Return the seconds since the computer was started, as `time.monotonic` does."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Let `timeout` seconds pass (the part of a selector that asyncio asks for)."""
        self._turns_in_a_row = 0 if timeout else self._turns_in_a_row + 1
        if timeout is None or self._turns_in_a_row > MAX_TURNS:
            raise StuckError("nothing is scheduled" if timeout is None else "it runs in a circle")
        self._now += timeout + TURN_S
        return []

    def _process_events(self, _event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


@contextmanager
def virtual_loop() -> Iterator[VirtualLoop]:
    """Open a loop for as long as this is; what nobody caught in it fails the test."""
    loop = VirtualLoop()
    try:
        yield loop
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
    assert not loop.failures, loop.failures


class LoopPacer:
    """Ticks tracks on the loop, as a `Pacer` does on its thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def add(self, track: Track) -> None:
        """Tick `track` from now on until its `tick` returns False."""
        self._loop.call_soon(self._tick, track)

    def _tick(self, track: Track) -> None:
        try:
            goes_on = track.tick()
        except Exception:
            track.abort()
            raise
        if goes_on:
            self._loop.call_later(FRAME_S, self._tick, track)


@contextmanager
def virtual_clock(loop: VirtualLoop) -> Iterator[pytest.MonkeyPatch]:
    """Show the bot's voice the loop's time for as long as this is open."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (link, memory, notices, outage, place, presence, registry, retry, wishes):
            patch.setattr(module, "monotonic", loop.time)
        playback = functools.partial(Playback, monotonic=loop.time)
        patch.setattr(narrator, "Playback", playback)
        yield patch
