"""T-26, T-27: a clock that jumps, and a request that is given up at any moment."""

from __future__ import annotations

import ast
import asyncio
import itertools
import time
import types
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.sandbox.qwen import faults
from bot.tts import _qwen_watch, breaker, limited, limiter, muting, retrying
from bot.tts.qwen import Mode
from tests.faults.tts.route import MODEL, Route, sound

RELEASED_S = 0.1
MOST_AWAITS = 2_000


@types.coroutine
def cancelled_at(number: int, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, bool]:
    """Do `work`, cancelled at its await of this number; return whether it was done before."""
    error: BaseException | None = None
    awaits = 0
    while True:
        try:
            awaited = work.send(None) if error is None else work.throw(error)
        except StopIteration:
            return True
        if awaits == number:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        awaits += 1
        error = None
        try:
            yield awaited
        except BaseException as thrown:
            error = thrown


async def give_up(number: int, work: Coroutine[Any, Any, Any]) -> bool:
    """Cancel `work` at its await of this number; return whether it was over before."""

    async def task() -> bool:
        return await cancelled_at(number, work)

    try:
        return await asyncio.create_task(task())
    except asyncio.CancelledError:
        return False
    except ProviderError:
        return True


@pytest.mark.parametrize(
    ("mode", "fault"),
    [
        (Mode.STREAMING, None),
        (Mode.PLAIN, None),
        (Mode.STREAMING, faults.UNAVAILABLE),
        (Mode.STREAMING, faults.Cut(after_event=3)),
    ],
    ids=["stream", "file", "retry", "cut"],
)
async def test_t27_a_request_given_up_at_any_await_leaves_nothing_behind(
    route: Route, mode: Mode, fault: faults.Fault | None
) -> None:
    for number in range(MOST_AWAITS):
        route.renew()
        route.qwen.faults.next(fault)
        is_over = await give_up(number, sound(route.speaking_through(mode=mode)))
        released_by = time.monotonic() + RELEASED_S
        while route.desk.under_way or route.open_connections:
            assert time.monotonic() < released_by, f"held after await {number}"
            await asyncio.sleep(0.001)
        assert route.desk.waiting == 0
        route.qwen.faults.clear()
        if is_over:
            break
    assert 4 < number < MOST_AWAITS - 1
    assert isinstance(await route.outcome(), bytes)


async def test_t27_a_probe_given_up_at_any_await_blocks_nobody(route: Route) -> None:
    for number in range(MOST_AWAITS):
        route.renew()
        route.qwen.faults.always(faults.UNAUTHORIZED)
        assert await route.outcome() is ProviderFault.BAD_KEY
        route.qwen.faults.clear()
        route.clock.now += 60
        is_over = await give_up(number, sound(route.synthesizer))
        route.breaker.check(MODEL)
        if is_over:
            break
    assert 4 < number < MOST_AWAITS - 1


async def test_t26_a_wall_clock_that_jumps_changes_nothing(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour forwards or back at every look, through retries, a stall, an outage and its end."""
    jumps = itertools.cycle([0.0, 3_600.0, -3_600.0])
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0 + next(jumps))
    whole = await sound(route.synthesizer)
    began = time.monotonic()
    route.qwen.faults.next(faults.UNAVAILABLE, faults.Stall(after_event=3, seconds=0.5))
    assert await sound(route.synthesizer) == whole
    assert time.monotonic() - began < 10

    route.qwen.faults.next(faults.UNAUTHORIZED)
    assert await route.outcome() is ProviderFault.BAD_KEY
    assert await route.outcome() is ProviderFault.BAD_KEY
    route.clock.now += 60
    assert await sound(route.synthesizer) == whole


@pytest.mark.parametrize("module", [breaker, limited, limiter, muting, retrying, _qwen_watch])
def test_t26_nothing_that_waits_looks_at_the_wall_clock(module: types.ModuleType) -> None:
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not (names | imported) & {"time", "datetime"}
