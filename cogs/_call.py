"""Where the caller of a command is, as far as calls are concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.voice.client import CallChannel

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.voice.session import VoiceSession


def require_call(interaction: discord.Interaction[Bot]) -> CallChannel:
    """Return the voice channel the caller is in.

    Raises:
        UserError: They are in none.
    """
    voice = interaction.user.voice if isinstance(interaction.user, discord.Member) else None
    if voice is None or voice.channel is None:
        raise UserError(_("You are not in a voice channel. Join one first, then try again."))
    return voice.channel


def require_session(interaction: discord.Interaction[Bot]) -> VoiceSession:
    """Return the session of the call the caller shares with the bot.

    Raises:
        UserError: The bot is in no call, or in another one.
    """
    session = interaction.client.sessions.get(interaction.guild_id or 0)
    if session is None:
        raise UserError(_("I am in no voice channel. Call me with /join."))
    if require_call(interaction).id != session.channel.id:
        raise UserError(
            _("Only people in {channel} can do that. Join it first.").format(
                channel=session.channel.mention
            )
        )
    return session
