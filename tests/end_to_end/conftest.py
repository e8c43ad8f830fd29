"""The real bot in its own process, between a loopback Discord and a loopback Qwen-TTS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import Loopback, open_loopback
from bot.sandbox.qwen import QwenOptions
from tests.end_to_end.stage import Stage
from tests.variables import NO_CACHE

ENDPOINT = QwenOptions(first_audio_delay_s=0.1, real_time_factor=0.3, piece_ms=200, throttle=None)

OpenWorld = Callable[..., Awaitable[Loopback]]
StartBot = Callable[..., Awaitable[Stage]]


@pytest.fixture(autouse=True)
def _marked(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("end_to_end"), "mark this file end_to_end"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for all tests of a file."""
    data_dir = tmp_path_factory.mktemp("data")
    async with (
        open_loopback(ENDPOINT) as loopback,
        BotProcess(loopback, data_dir, **NO_CACHE) as bot,
    ):
        yield Stage(loopback, bot)


@pytest_asyncio.fixture(loop_scope="module")
async def stage(running: Stage) -> AsyncIterator[Stage]:
    """The running bot in no call, Ann and Ben in the lounge, and no trace of the test before."""
    await running.reset()
    yield running
    running.assert_no_secrets_in_log()


@pytest_asyncio.fixture(loop_scope="module")
async def open_world() -> AsyncIterator[OpenWorld]:
    """Open services that outlive the bots of `start_bot`: without Discord they take long to end."""
    async with AsyncExitStack() as stack:

        async def open_it(*options: Any, **more: Any) -> Loopback:
            return await stack.enter_async_context(open_loopback(*options, **more))

        yield open_it


@pytest_asyncio.fixture(loop_scope="module")
async def start_bot(tmp_path: Path, open_world: OpenWorld) -> AsyncIterator[StartBot]:
    """Start further bots, each with its own services unless given some, ended after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            loopback: Loopback | None = None, *, data_dir: Path | None = None, **settings: str
        ) -> Stage:
            world = loopback or await open_world(ENDPOINT)
            bot = BotProcess(world, data_dir or tmp_path / "data", **{**NO_CACHE, **settings})
            await stack.enter_async_context(bot)
            return Stage(world, bot)

        yield start
