"""What a server is told when the bot is new in it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _, use_locale
from bot.storage.app_state import AppStateRepository, greeted

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.tree import Tree

log = logging.getLogger(__name__)

NEW: Final = timedelta(minutes=10)
"""Who has joined longer ago hears of an outage that is over, whatever the event is called."""


class Greeting(commands.Cog):
    """Says hello to a server, once."""

    def __init__(self, *, tree: Tree, state: AppStateRepository) -> None:
        self._tree = tree
        self._state = state

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say hello where people read it."""
        channel = _place(guild)
        if channel is None or not _is_new(guild):
            return
        key = greeted(guild.id)
        try:
            if await self._state.fetch(key) is not None:
                return
            # Kept first: better no greeting than two.
            await self._state.save(key, datetime.now(UTC).isoformat())
        except UserError:  # that the database does not answer is logged there
            return
        use_locale(guild.preferred_locale.value)
        try:
            await channel.send(self._words(), silent=True)
        except (discord.HTTPException, aiohttp.ClientError) as failure:
            log.info("no greeting in guild %s: %s", guild.id, type(failure).__name__)

    def _words(self) -> str:
        names = {"join": "join", "setup": "setup", "help": "help", "privacy": "privacy show"}
        mentions = {field: self._tree.mention(name) for field, name in names.items()}
        lines = [
            _("Hello! Join a voice channel, call me with {join} and write in its chat: I say it."),
            _("Moderators: {setup} checks what I need here. Everyone: {help} says what I can do."),
            _("See what I keep about you, and delete it, with {privacy}."),
        ]
        return "\n".join(lines).format(**mentions)


def _is_new(guild: discord.Guild) -> bool:
    joined_at = guild.me.joined_at
    return joined_at is None or discord.utils.utcnow() - joined_at < NEW


def _place(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the first channel where a greeting may be sent, that for such news before others."""
    channels = [guild.system_channel, *guild.text_channels]
    return next((each for each in channels if each is not None and _may_write(each)), None)


def _may_write(channel: discord.TextChannel) -> bool:
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.send_messages


async def setup(bot: Bot) -> None:
    """Begin to greet."""
    await bot.add_cog(Greeting(tree=bot.tree, state=bot.state_of_app))
