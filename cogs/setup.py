"""The first steps of a server: what the bot needs, what is missing, and whether it is heard."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _
from bot.permit import require
from bot.read_channels import ReadChannels
from bot.reading.service import ReadingService
from bot.speech import SpeechService
from bot.storage.settings import SettingsRepository
from bot.voice.registry import SessionRegistry
from cogs._checklist import checklist, next_step
from cogs._circumstances import Lookout, guild_of
from cogs._read_channels import Readable
from cogs._sound_check import News, SoundCheck
from cogs.views.dynamic import Pressed, item_for
from cogs.views.setup import TEMPLATE, SetupView

if TYPE_CHECKING:
    from bot.client import Bot


NO_NEWS = News("")


class Setup(commands.Cog):
    """Shows moderators what is missing, and lets them try whether the bot is heard."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        reading: ReadingService,
        guide_url: str | None,
    ) -> None:
        self._lookout = Lookout(
            speech=speech, settings=settings, sessions=sessions, reading=reading
        )
        self._guide_url = guide_url
        self._channels = ReadChannels(settings=settings)
        self._sound_check = SoundCheck(speech=speech, settings=settings, sessions=sessions)
        self.presses = item_for(TEMPLATE, self._press)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def setup(self, interaction: discord.Interaction[Bot]) -> None:
        """Check what I need here, step by step."""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(view=await self._view(interaction))

    async def _press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        await require(interaction, "setup")
        match pressed.fields["action"]:
            case "test":
                await require(interaction, "say")
                await interaction.response.defer()
                async with aclosing(self._sound_check.say(interaction)) as told:
                    async for news in told:
                        await self._show(interaction, news)
            case "read":
                await require(interaction, "read add")
                await interaction.response.defer()
                note = await self._read(interaction, int(pressed.values[0]))
                await self._show(interaction, News(note))
            case _:
                await interaction.response.defer()
                await self._show(interaction)

    async def _read(self, interaction: discord.Interaction[Bot], channel_id: int) -> str:
        """Read a channel aloud from now on."""
        guild = guild_of(interaction)
        channel = guild.get_channel_or_thread(channel_id)
        if not isinstance(channel, Readable):
            raise UserError(_("I cannot read this place. Use a text channel or a thread."))
        await self._channels.change(
            guild.id,
            channel.id,
            lambda now: replace(now, is_read=True),
            by=interaction.user.id,
        )
        return _("✅ Saved. I read {channel} aloud.").format(channel=channel.mention)

    async def _show(self, interaction: discord.Interaction[Bot], news: News = NO_NEWS) -> None:
        await interaction.edit_original_response(view=await self._view(interaction, news))

    async def _view(self, interaction: discord.Interaction[Bot], news: News = NO_NEWS) -> SetupView:
        now = replace(await self._lookout.look(interaction), is_heard=news.is_spoken)
        checks = checklist(now)
        return SetupView(checks, next_step(now, checks), news.text, guide_url=self._guide_url)


async def setup(bot: Bot) -> None:
    """Add the command, and listen to what is pressed."""
    cog = Setup(
        speech=bot.speech,
        settings=bot.settings,
        sessions=bot.sessions,
        reading=bot.reading,
        guide_url=bot.guide_url,
    )
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)
