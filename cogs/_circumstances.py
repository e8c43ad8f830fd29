"""Gathers what a checklist asks for, around whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.models import Source
from cogs._checklist import Circumstances, Place

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.reading.service import ReadingService
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.voice.registry import SessionRegistry


class Lookout:
    """Looks around in a server."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        reading: ReadingService,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._sessions = sessions
        self._reading = reading

    def glance(self, interaction: discord.Interaction[Bot]) -> Circumstances:
        """Return what is known at once: where the bot and whoever asks are.

        Raises:
            UserError: The bot is not in the server any more.
        """
        guild, here, user = guild_of(interaction), interaction.channel, interaction.user
        voice = user.voice if isinstance(user, discord.Member) else None
        session = self._sessions.get(guild.id)
        return Circumstances(
            guild,
            here=here if isinstance(here, Place) else None,
            call=voice.channel if voice else None,
            bot_call=session.channel if session else None,
            reads_content=self._reading.reads_content,
        )

    async def look(self, interaction: discord.Interaction[Bot]) -> Circumstances:
        """Return that, and what moderators have decided.

        Raises:
            UserError: The bot is not in the server any more, or the database does not answer.
        """
        now = self.glance(interaction)
        now = replace(
            now,
            settings=await self._settings.fetch_guild(now.guild.id),
            channels=await self._settings.fetch_channels(now.guild.id),
        )
        try:
            return replace(now, speaker=await self._speech.speaker(Source(guild_id=now.guild.id)))
        except UserError as error:  # nobody can speak, which is one of the points
            return replace(now, trouble=str(error))


def guild_of(interaction: discord.Interaction[Bot]) -> discord.Guild:
    """Return the server of an interaction.

    Raises:
        UserError: The bot is not in it any more.
    """
    if interaction.guild is None:
        raise UserError(_("I am no member of this server any more. Invite me again."))
    return interaction.guild
