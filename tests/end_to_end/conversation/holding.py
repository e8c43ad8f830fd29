"""Holds a conversation: a house for it, and all that is heard there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions
from tests.end_to_end.conversation.cast import SERVER_VOICE
from tests.end_to_end.conversation.hearing import VOICE
from tests.end_to_end.conversation.performance import open_performance
from tests.end_to_end.conversation.script import Scene
from tests.end_to_end.conversation.verdict import Evidence
from tests.end_to_end.stage import Stage
from tests.variables import NO_CACHE

ENDPOINT = QwenOptions(first_audio_delay_s=0.1, real_time_factor=0.02, throttle=None)
"""Far ahead of what sounds: a pause within a line, for want of more of it, has tests of its own."""


@asynccontextmanager
async def open_house(data_dir: Path) -> AsyncIterator[Stage]:
    """Start the services and the bot that a conversation is held with."""
    async with (
        open_loopback(ENDPOINT, voice=VOICE) as world,
        BotProcess(world, data_dir, **NO_CACHE, TTS_VOICE=SERVER_VOICE) as bot,
    ):
        yield Stage(world, bot)


async def hold(stage: Stage, scenes: Sequence[Scene]) -> Evidence:
    """Play scenes in the open house.

    To judge what was heard takes a while in which nothing else is done: close the house first.

    Raises:
        TimeoutError: The bot does not fall silent.
    """
    async with open_performance(stage) as performance:
        since_ns, asked = time.monotonic_ns(), len(stage.loopback.qwen.requests)
        for scene in scenes:
            await performance.play(scene)
    return Evidence(
        scenes=scenes,
        record=performance.record,
        recording=stage.ear.heard(stage.bot_id),
        requests=stage.loopback.qwen.requests[asked:],
        since_ns=since_ns,
    )
