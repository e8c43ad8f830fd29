"""Which channels are read aloud, and why a message was not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import _
from bot.models import Source
from bot.plain import plain
from bot.read_channels import ReadChannels
from bot.reading.service import ReadingService
from bot.settings.channel import ChannelSettings
from bot.settings.choices import NameReading
from bot.settings.pages.limits import MAX_CHARACTERS
from bot.speech import SpeechService
from bot.storage.settings import SettingsRepository
from bot.voice.registry import SessionRegistry
from cogs._arguments import LanguageArg, VoiceArg
from cogs._read_channels import Readable, no_content
from cogs._why import Why
from cogs.views.dynamic import item_for
from cogs.views.list_bot import TEMPLATE

if TYPE_CHECKING:
    from bot.client import Bot

MIN_CHARACTERS = 10
MAX_PAGE_CHARACTERS = 2_000

_MESSAGE = re.compile(r"(?:https?://[\w.]*discord(?:app)?\.com/channels/\d+/\d+/)?(\d{15,20})/?")
"""The link to a message, or its id alone."""


@app_commands.guild_only()
class Read(commands.GroupCog, name="read", description="What I read aloud"):
    """What is read aloud, where and when."""

    def __init__(
        self,
        *,
        reading: ReadingService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        speech: SpeechService,
    ) -> None:
        self._reading = reading
        self._settings = settings
        self._channels = ReadChannels(settings=settings)
        self._sessions = sessions
        self._speech = speech
        self._why = Why(reading=reading, settings=settings)
        self.presses = (item_for(TEMPLATE, self._why.list_bot),)
        # The library has no way to declare a menu in a class body.
        self.menu = app_commands.ContextMenu(
            name="Why was this not read?",
            callback=self._explain_message,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
        )

    @app_commands.command()
    async def here(self, interaction: discord.Interaction[Bot]) -> None:
        """Read this channel aloud, in your voice channel if you are in one."""
        await interaction.response.defer(ephemeral=True)
        channel = interaction.channel
        if not isinstance(channel, Readable):
            raise UserError(_("I cannot read this place. Use a text channel or a thread."))
        await self._save(interaction, channel, lambda now: replace(now, is_read=True))
        sentences = [_("I read {channel} aloud.").format(channel=channel.mention)]
        voice = interaction.user.voice if isinstance(interaction.user, discord.Member) else None
        if voice and isinstance(voice.channel, discord.VoiceChannel | discord.StageChannel):
            session = await self._sessions.join(voice.channel, home_id=channel.id)
            sentences.append(_("I am in {channel}.").format(channel=session.channel.mention))
        else:
            sentences.append(_("Call me into a voice channel with /join."))
        await interaction.followup.send(" ".join([*sentences, *self._warnings(channel)]))

    @app_commands.command()
    @app_commands.describe(
        channel="The text channel, thread, forum or voice channel whose chat I read",
        call="The voice channel where I read it; any if you leave this out",
        voice="Who speaks there for those who have chosen no voice",
        language="The language most people write in there",
        only_in_call="Whether I read only people in my voice channel",
        role="The role one needs to be read there",
        names="When I say who wrote",
        characters="How much of one message I read",
    )
    async def add(
        self,
        interaction: discord.Interaction[Bot],
        channel: Readable,
        call: discord.VoiceChannel | discord.StageChannel | None = None,
        voice: VoiceArg | None = None,
        language: LanguageArg | None = None,
        only_in_call: bool | None = None,
        role: discord.Role | None = None,
        names: NameReading | None = None,
        characters: app_commands.Range[int, MIN_CHARACTERS, MAX_CHARACTERS] | None = None,
    ) -> None:
        """Read a channel aloud, with rules of its own if you like."""
        await interaction.response.defer(ephemeral=True)
        if voice is not None:
            guild_id = interaction.guild_id
            model = (await self._speech.speaker(Source(guild_id=guild_id))).model
            voice = (await self._speech.catalog(guild_id)).find_voice(model.id, voice).id
        options: dict[str, Any] = {
            "voice_channel_id": call and call.id,
            "voice": voice,
            "language": language,
            "only_in_call": only_in_call,
            "required_role_id": role and role.id,
            "name_reading": names,
            "max_characters": characters,
        }
        chosen = {name: value for name, value in options.items() if value is not None}
        await self._save(interaction, channel, lambda now: replace(now, is_read=True, **chosen))
        sentences = [_("I read {channel} aloud.").format(channel=channel.mention)]
        if call is not None:
            sentences.append(_("I do so in {channel}.").format(channel=call.mention))
        await interaction.followup.send(" ".join([*sentences, *self._warnings(channel)]))

    @app_commands.command()
    @app_commands.describe(channel="Which channel; this one if you leave it out")
    async def remove(
        self, interaction: discord.Interaction[Bot], channel: Readable | None = None
    ) -> None:
        """Read a channel aloud no more."""
        await interaction.response.defer(ephemeral=True)
        place = channel or interaction.channel
        if not isinstance(place, Readable):
            raise UserError(_("I do not read this place anyway."))
        before = await self._settings.fetch_channel(interaction.guild_id or 0, place.id)
        is_chat = isinstance(place, discord.VoiceChannel | discord.StageChannel)
        is_thread = isinstance(place, discord.Thread)
        if not before.is_read and not is_chat and not is_thread:
            raise UserError(
                _("I do not read {channel}. See what I read with /read list.").format(
                    channel=place.mention
                )
            )
        await self._channels.leave(
            interaction.guild_id or 0,
            place.id,
            is_read_anyway=is_chat or is_thread,
            by=interaction.user.id,
        )
        await interaction.followup.send(
            _("I do not read {channel} any more.").format(channel=place.mention)
        )

    @app_commands.command(name="list")
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """Show which channels I read aloud."""
        await interaction.response.defer(ephemeral=True)
        guild_id = interaction.guild_id or 0
        channels = await self._settings.fetch_channels(guild_id)
        server = await self._settings.fetch_guild(guild_id)
        lines = [
            _line(channel_id, settings)
            for channel_id, settings in channels.items()
            if settings.is_read
        ]
        lines += [
            _("{channel}: not read").format(channel=f"<#{channel_id}>")
            for channel_id, settings in channels.items()
            if settings.is_read is False
        ]
        if server.reads_voice_chat:
            lines.append(_("The chat of the voice channel I am in."))
        if not lines:
            lines.append(_("I read nothing aloud. Add a channel with /read add."))
        if not self._reading.reads_content:
            lines.append(no_content())
        for page in _pages(lines):
            await interaction.followup.send(page, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(message="The link to the message, or its id; your last one if left out")
    async def why(self, interaction: discord.Interaction[Bot], message: str | None = None) -> None:
        """Tell why a message was not read."""
        message_id = None
        if message is not None:
            if (found := _MESSAGE.fullmatch(message.strip())) is None:
                raise UserError(
                    _("That is no message. Copy its link from the menu of the message.")
                )
            message_id = int(found[1])
        await self._why.explain(interaction, message_id)

    async def _explain_message(
        self, interaction: discord.Interaction[Bot], message: discord.Message
    ) -> None:
        await self._why.explain(interaction, message.id)

    async def _save(
        self,
        interaction: discord.Interaction[Bot],
        channel: Readable,
        change: Callable[[ChannelSettings], ChannelSettings],
    ) -> None:
        guild_id, by = interaction.guild_id or 0, interaction.user.id
        await self._channels.change(guild_id, channel.id, change, by=by)

    def _warnings(self, channel: Readable) -> list[str]:
        """Say what keeps the bot from reading a channel although it is to be read."""
        warnings = []
        if not self._reading.reads_content:
            warnings.append(no_content())
        if not channel.permissions_for(channel.guild.me).view_channel:
            warnings.append(
                _("I cannot see it yet: grant me View Channel in {channel}.").format(
                    channel=channel.mention
                )
            )
        return warnings


def _line(channel_id: int, settings: ChannelSettings) -> str:
    parts = [f"<#{channel_id}>"]
    if settings.voice_channel_id:
        parts.append(_("in {channel}").format(channel=f"<#{settings.voice_channel_id}>"))
    if settings.voice:
        parts.append(_("voice {voice}").format(voice=plain(settings.voice)))
    if settings.language:
        parts.append(settings.language.value)
    if settings.only_in_call is not None:
        parts.append(_("only people in the call") if settings.only_in_call else _("everyone"))
    if settings.required_role_id:
        parts.append(_("role {role}").format(role=f"<@&{settings.required_role_id}>"))
    if settings.name_reading:
        parts.append(_("names: {when}").format(when=settings.name_reading.value))
    if settings.max_characters:
        parts.append(_("{count} characters").format(count=settings.max_characters))
    return " · ".join(parts)


def _pages(lines: list[str]) -> list[str]:
    pages = [""]
    for line in lines:
        if len(pages[-1]) + len(line) >= MAX_PAGE_CHARACTERS:
            pages.append("")
        pages[-1] += f"{line}\n"
    return [page.rstrip() for page in pages]


async def setup(bot: Bot) -> None:
    """Add the commands and the message menu."""
    cog = Read(reading=bot.reading, settings=bot.settings, sessions=bot.sessions, speech=bot.speech)
    await bot.add_cog(cog)
    bot.tree.add_command(cog.menu)
    bot.add_dynamic_items(*cog.presses)
