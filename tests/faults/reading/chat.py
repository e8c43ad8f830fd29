"""The chat of guild A's call, and what the bot asked to have spoken of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.faults.place import ANSWER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from tests.faults.place import Place
    from tests.faults.scene import Scene

POLL_S = 0.01
PER_S = 50


class Chat:
    """What people write next to a call, and what of it is asked for from now on."""

    def __init__(self, scene: Scene, place: Place | None = None) -> None:
        self.scene = scene
        self.place = place or scene.a
        self._since = len(scene.loopback.qwen.requests)

    @property
    def asked(self) -> list[str]:
        """What was to be spoken, in all guilds, oldest first."""
        return [str(each.text) for each in self.scene.loopback.qwen.requests[self._since :]]

    async def write(self, text: str, *, by: Member | None = None) -> Message:
        """Write something next to the call."""
        self.place.want()
        return await (by or self.place.speaker).send(self.place.lounge, text)

    async def write_and_wait(self, text: str, *, by: Member | None = None) -> Message:
        """Write something, and wait until it was accepted."""
        before = (await self.scene.look()).count(self.place.id, "accepted")
        message = await self.write(text, by=by)
        await self.scene.until(lambda seen: seen.count(self.place.id, "accepted") > before)
        return message

    async def until_asked(self, text: str, *, timeout_s: float = ANSWER_S) -> float:
        """Wait until something is to be spoken; return when that was (monotonic seconds)."""
        async with asyncio.timeout(timeout_s):
            while not any(text in each for each in self.asked):
                await asyncio.sleep(POLL_S)
        return time.monotonic()

    async def flood(self, writers: Iterable[Member], *, texts: Iterable[str]) -> None:
        """Let people write by turns, fifty messages a second."""
        began = time.monotonic()
        for number, (writer, text) in enumerate(zip(writers, texts, strict=False)):
            await asyncio.sleep(began + number / PER_S - time.monotonic())
            await self.write(text, by=writer)
