"""Bring the bot into a call, and stop it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _, ngettext
from bot.voice.registry import SessionRegistry
from cogs._call import require_call, require_session

if TYPE_CHECKING:
    from bot.client import Bot


class Call(commands.Cog):
    """What everyone in a call may do with the bot."""

    def __init__(self, *, sessions: SessionRegistry) -> None:
        self._sessions = sessions

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(channel="Where to; your own voice channel if you leave this out")
    async def join(
        self,
        interaction: discord.Interaction[Bot],
        channel: discord.VoiceChannel | discord.StageChannel | None = None,
    ) -> None:
        """Call me into a voice channel."""
        await interaction.response.defer(ephemeral=True)
        session = await self._sessions.join(channel or require_call(interaction), may_move=True)
        await interaction.followup.send(
            _("I am in {channel}. Let me speak with /say.").format(channel=session.channel.mention)
        )

    @app_commands.command()
    @app_commands.guild_only()
    async def leave(self, interaction: discord.Interaction[Bot]) -> None:
        """Send me out of the voice channel."""
        await interaction.response.defer(ephemeral=True)
        if not await self._sessions.leave(interaction.guild_id or 0):
            raise UserError(_("I am in no voice channel. Call me with /join."))
        await interaction.followup.send(_("I left the voice channel."))

    @app_commands.command()
    @app_commands.guild_only()
    async def skip(self, interaction: discord.Interaction[Bot]) -> None:
        """Cut off what is being said now."""
        if not require_session(interaction).skip():
            raise UserError(_("Nothing is being said right now."))
        await interaction.response.send_message(_("Skipped."), ephemeral=True)

    @app_commands.command()
    @app_commands.guild_only()
    async def stop(self, interaction: discord.Interaction[Bot]) -> None:
        """Cut off what is being said and forget what waits."""
        count = require_session(interaction).clear()
        if not count:
            raise UserError(_("Nothing is being said right now."))
        stopped = ngettext("Stopped {count} message.", "Stopped {count} messages.", count)
        await interaction.response.send_message(stopped.format(count=count), ephemeral=True)


async def setup(bot: Bot) -> None:
    """Add the commands."""
    await bot.add_cog(Call(sessions=bot.sessions))
