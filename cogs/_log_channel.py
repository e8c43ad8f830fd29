"""The channel in which moderators are told who changed what, and warned."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.errors import UserError
from bot.i18n import ngettext, use_locale
from bot.settings.change import Scope
from bot.tasks import Tasks
from cogs._settings_words import change_in_words
from cogs.views.log import fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.client import Bot
    from bot.settings.change import AuditEntry

log = logging.getLogger(__name__)

MAX_NOTE_CHARACTERS: Final = 1_900
"""Of the 2,000 Discord takes in any other message."""

GATHER_S: Final = 1.0
"""What a moderator changes at once, such as with a file, is told at once."""

MAX_TOLD: Final = 100
"""No more changes are put into words for one message, which holds fewer anyway."""


class LogChannel:
    """Writes what moderators have to know into the channel that their server has for it."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._pending: dict[int, list[AuditEntry]] = {}
        self._tasks = Tasks()

    async def close(self) -> None:
        """Write nothing any more."""
        await self._tasks.close()

    def note(self, entries: Sequence[AuditEntry]) -> None:
        """Remember what was changed, and tell it in a moment."""
        for entry in entries:
            if entry.scope is Scope.MEMBER or not entry.guild_id:
                continue  # what members decide for themselves is theirs alone
            if entry.guild_id not in self._pending:
                self._pending[entry.guild_id] = []
                self._tasks.start(self._tell(entry.guild_id), name=f"log of guild {entry.guild_id}")
            self._pending[entry.guild_id].append(entry)

    def announce(self, guild_id: int, word: Callable[[], str]) -> None:
        """Tell moderators what `word` says in the language of their server."""
        self._tasks.start(self._write(guild_id, word), name=f"note to guild {guild_id}")

    async def _tell(self, guild_id: int) -> None:
        await asyncio.sleep(GATHER_S)
        entries = self._pending.pop(guild_id)
        await self._write(guild_id, lambda: _note(entries))

    async def _write(self, guild_id: int, word: Callable[[], str]) -> None:
        with contextlib.suppress(UserError):  # that the database does not answer is logged there
            settings = await self._bot.settings.fetch_guild(guild_id)
            channel = self._channel(guild_id, settings.log_channel_id)
            if channel is not None:
                use_locale(settings.bot_language or str(channel.guild.preferred_locale))
                await _send(channel, word())

    def _channel(self, guild_id: int, channel_id: int | None) -> discord.abc.GuildChannel | None:
        """Return the channel if there is one in which the bot may write."""
        guild = self._bot.get_guild(guild_id)
        channel = guild.get_channel(channel_id) if guild and channel_id else None
        if guild is None or channel is None:
            return None
        allowed = channel.permissions_for(guild.me)
        if allowed.view_channel and allowed.send_messages:
            return channel
        log.info("may not write in the log channel %s of guild %s", channel_id, guild_id)
        return None


def _note(entries: Sequence[AuditEntry]) -> str:
    lines = fitting(map(change_in_words, entries[:MAX_TOLD]), MAX_NOTE_CHARACTERS)
    more = len(entries) - len(lines)
    if more:
        lines.append(
            ngettext(
                "and {count} more change: see /server log",
                "and {count} more changes: see /server log",
                more,
            ).format(count=more)
        )
    return "\n".join(lines)


async def _send(channel: discord.abc.GuildChannel, note: str) -> None:
    if not isinstance(channel, discord.abc.Messageable):
        return
    try:
        await channel.send(note, silent=True, suppress_embeds=True)
    except (discord.HTTPException, aiohttp.ClientError) as failure:
        log.info("no note in the log channel %s: %s", channel.id, type(failure).__name__)
