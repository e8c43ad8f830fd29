"""Members who speak through the bot, and what is waited for meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from simcord import ChannelHandle, InteractionResult, MemberActor

from bot.voice.queue import Turn
from tests.cogs.fakes import AttentiveSynthesizer

PATIENCE_S = 5


class Speak(Protocol):
    """Lets members say something; what comes first never ends."""

    def __call__(self, *said: tuple[MemberActor, str]) -> Awaitable[list[Turn]]: ...


async def until(claim: Callable[[], bool]) -> None:
    """Let the bot work until a claim holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not claim():
            await asyncio.sleep(0.001)  # the database works in threads, which a busy loop starves


async def begin_to_say(
    synthesizer: AttentiveSynthesizer, member: MemberActor, chat: ChannelHandle
) -> asyncio.Task[InteractionResult]:
    """Use `/say`, and return once the endless speech is asked for."""
    synthesizer.hold("Hello")
    saying = asyncio.create_task(member.slash(chat, "say", text="Hello"))
    await synthesizer.was_asked.wait()
    return saying
