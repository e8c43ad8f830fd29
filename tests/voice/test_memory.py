"""The calls the bot is to come back to."""

from __future__ import annotations

import asyncio

from bot.storage.calls import WantedCall
from bot.voice.memory import CallMemory
from tests.voice._world import FakeCalls

HERE, ELSEWHERE = 1, 2


async def test_who_leaves_while_the_calls_of_before_are_read_is_not_returned_to() -> None:
    calls = FakeCalls()
    calls.wanted = {
        guild_id: WantedCall(guild_id, 10, None, is_dormant=False) for guild_id in (HERE, ELSEWHERE)
    }
    memory = CallMemory(calls, lambda _guild_id: None)
    loading = asyncio.create_task(memory.load())
    await asyncio.sleep(0)
    memory.forget(HERE)

    assert await loading == [ELSEWHERE]
    assert not memory.awaits(HERE)
