"""Where the caller of a command is, and what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.models import Source
from bot.voice.client import CallChannel

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.voice.session import VoiceSession


def source_of(interaction: discord.Interaction[Bot]) -> Source:
    """Return whose words a command brings, and where."""
    channel = interaction.channel
    return Source(
        member_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def place_of(interaction: discord.Interaction[Bot], *, everywhere: bool) -> int | None:
    """Return the server a member decides something for, or nothing if for all of them."""
    return None if everywhere else interaction.guild_id


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
    """Return the session of the guild, wherever the caller is.

    Raises:
        UserError: The bot is in no call.
    """
    session = interaction.client.sessions.get(interaction.guild_id or 0)
    if session is None:
        raise UserError(_("I am in no voice channel. Call me with /join."))
    return session


def outside(session: VoiceSession) -> UserError:
    """Return what someone who is not in the call is told."""
    return UserError(
        _("Only people in {channel} can do that. Join it first.").format(
            channel=session.channel.mention
        )
    )
