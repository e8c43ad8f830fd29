"""The voice of a server, chosen by its moderators."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import escape_markdown

from bot.errors import UserError
from bot.i18n import _
from bot.models import VoiceSettings
from bot.settings.guild import GuildSettings
from bot.speech import Source, SpeechService
from bot.storage.settings import SettingsRepository
from bot.tts.speaker import Speaker
from cogs._arguments import (
    LanguageArg,
    ModelArg,
    PauseArg,
    ServerStyleArg,
    SpeedArg,
    VoiceArg,
    VolumeArg,
    label,
)
from cogs._custom_voices import CustomVoices

if TYPE_CHECKING:
    from bot.client import Bot


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Server(commands.GroupCog, name="server", description="How I speak in this server"):
    """What members with Manage Server decide for everyone."""

    def __init__(self, *, speech: SpeechService, settings: SettingsRepository) -> None:
        self._speech = speech
        self._settings = settings

    @app_commands.command()
    @app_commands.describe(
        model="The model of the speech service",
        voice="Who speaks",
        language="The language most people here write in",
        style="How to speak, for models that follow instructions",
        speed="How fast: 1 is the usual speed, 0.5 half of it, 2 twice",
        volume="How loud, in percent: 100 is the usual volume",
        pause="Silence between two messages, in milliseconds",
        reset="Forget what was set before",
    )
    async def voice(
        self,
        interaction: discord.Interaction[Bot],
        model: ModelArg | None = None,
        voice: VoiceArg | None = None,
        language: LanguageArg | None = None,
        style: ServerStyleArg | None = None,
        speed: SpeedArg | None = None,
        volume: VolumeArg | None = None,
        pause: PauseArg | None = None,
        reset: bool = False,
    ) -> None:
        """Choose the voice of this server."""
        await interaction.response.defer(ephemeral=True)
        choice = VoiceSettings(
            model=model,
            voice=voice,
            language=language,
            style=style,
            speed=speed,
            volume=None if volume is None else volume / 100,
            pause_ms=pause,
        )
        guild_id = interaction.guild_id or 0
        if choice == VoiceSettings() and not reset:
            raise UserError(_("Choose at least one option, such as voice or speed."))
        saved = (await self._settings.fetch_guild(guild_id)).voice_settings
        before = VoiceSettings() if reset else saved
        speaker = await self._speech.check(choice, guild_id=guild_id, saved=before)
        taken = _taken_instead(choice, before, speaker)
        if voice is not None or taken is not None:
            choice = replace(choice, voice=speaker.voice.id)
        if style is not None:
            choice = replace(choice, style=speaker.style)
        await self._settings.change_guild(
            guild_id,
            lambda now: _with_voice(now, choice, is_reset=reset),
            by=interaction.user.id,
        )
        answer = _("Saved. {voice}").format(voice=_describe(speaker))
        await interaction.followup.send("\n".join(filter(None, (answer, taken))))

    @app_commands.command()
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """Show how I speak in this server."""
        await interaction.response.defer(ephemeral=True)
        speaker = await self._speech.speaker(Source(guild_id=interaction.guild_id))
        await interaction.followup.send(_describe(speaker))


def _with_voice(now: GuildSettings, choice: VoiceSettings, *, is_reset: bool) -> GuildSettings:
    settings = choice if is_reset else choice.over(now.voice_settings)
    return replace(
        now, **{each.name: getattr(settings, each.name) for each in fields(VoiceSettings)}
    )


def _taken_instead(choice: VoiceSettings, before: VoiceSettings, speaker: Speaker) -> str | None:
    """Say who speaks where the voice of before does not go with what is chosen now."""
    if choice.voice or before.voice in (None, speaker.voice.id):
        return None
    return _("{before} does not speak with {model}, so {voice} does.").format(
        before=escape_markdown(before.voice or ""),
        model=speaker.model.id,
        voice=escape_markdown(speaker.voice.short_name),
    )


def _describe(speaker: Speaker) -> str:
    lines = [
        _("Voice: {voice}").format(voice=escape_markdown(label(speaker.voice))),
        _("Model: {model}").format(model=speaker.model.id),
        _("Language: {language}").format(language=speaker.language.value),
    ]
    if speaker.style:
        lines.append(_("Style: {style}").format(style=speaker.style))
    lines += [
        _("Speed: {speed:g}").format(speed=speaker.speed),
        _("Volume: {volume} percent").format(volume=round(speaker.volume * 100)),
        _("Pause between messages: {pause} ms").format(pause=speaker.pause_ms),
    ]
    return "\n".join(lines)


async def setup(bot: Bot) -> None:
    """Add the commands."""
    server = Server(speech=bot.speech, settings=bot.settings)
    assert server.app_command is not None  # noqa: S101 (for mypy: every GroupCog has one)
    server.app_command.add_command(CustomVoices(speech=bot.speech, voices=bot.custom_voices))
    await bot.add_cog(server)
