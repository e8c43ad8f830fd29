"""How the bot comes back to calls by itself: after a restart, an outage, or when somebody comes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.voice.client import CallChannel, people_in

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    import discord

    from bot.storage.calls import WantedCall
    from bot.tasks import Tasks
    from bot.voice.memory import CallMemory

log = logging.getLogger(__name__)

RESTORE_INTERVAL_S: Final = 0.5
"""Between the calls that are joined again after a start: Discord takes 120 wishes a minute."""


class Returns:
    """Goes back to the calls of a memory, to those from before the last start one by one.

    Args:
        memory: Where to return to.
        enter: Wants to be in a channel, with a home if one is known; `UserError` if it cannot be.
        tasks: What runs for it.
    """

    def __init__(
        self,
        memory: CallMemory,
        enter: Callable[[CallChannel, int | None], Coroutine[Any, Any, Any]],
        tasks: Tasks,
    ) -> None:
        self._memory = memory
        self._enter = enter
        self._tasks = tasks
        self._turn = asyncio.Lock()

    async def restore(self, guild_of: Callable[[int], discord.Guild | None]) -> None:
        """Return to the calls of before the last start where somebody listens."""
        for guild_id in await self._memory.load():
            if guild := guild_of(guild_id):
                await self._return_in_turn(guild)

    def on_guild_available(self, guild: discord.Guild) -> None:
        """Return to a guild that was out of order when the others were returned to."""
        if self._memory.awaits(guild.id):
            self._tasks.start(self._return_in_turn(guild), name="return to a call")

    def on_arrival(self, guild: discord.Guild, channel_id: int) -> None:
        """Return to a call that was left because nobody was there."""
        if self._memory.wakes(guild.id, channel_id):
            channel = guild.get_channel(channel_id)
            if isinstance(channel, CallChannel):
                self._return_to(channel, home_id=None)

    async def _return_in_turn(self, guild: discord.Guild) -> None:
        """Return to a guild's call of before the last start; a guild out of order keeps it."""
        async with self._turn:
            if guild.unavailable:
                return
            call = self._memory.take(guild.id)
            if call is not None and self._restore(call, guild):
                await asyncio.sleep(RESTORE_INTERVAL_S)

    def _restore(self, call: WantedCall, guild: discord.Guild) -> bool:
        """Go back to a call; return whether Discord is asked for it."""
        if self._memory.is_wanted_in(guild.id):
            return False
        channel = guild.get_channel(call.channel_id)
        if not isinstance(channel, CallChannel):
            self._memory.save(guild.id)  # deleted meanwhile
            return False
        if call.is_dormant or not people_in(channel):
            self._memory.doze(guild.id, channel.id)
            return False
        self._return_to(channel, home_id=call.home_id)
        return True

    def _return_to(self, channel: CallChannel, *, home_id: int | None) -> None:
        self._tasks.start(self._try_to_enter(channel, home_id), name="return to a call")

    async def _try_to_enter(self, channel: CallChannel, home_id: int | None) -> None:
        try:
            await self._enter(channel, home_id)
        except UserError as error:
            log.info("cannot return to channel %s: %s", channel.id, type(error).__name__)
