"""The voice of a server, chosen by its moderators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from bot.exchange.service import ExchangeService
from bot.i18n import _
from bot.models import Source, VoiceSettings
from bot.permit import require
from bot.plain import plain
from bot.policy.admission import Silence
from bot.report import budget_sentence
from bot.rulings import Rulings
from bot.server_voice import ServerChoice, ServerVoice, ServerVoices
from bot.settings.change import AuditEntry, Scope
from bot.settings.declare import settings_of
from bot.settings.guild import GuildSettings
from bot.speech import SpeechService
from bot.storage.audit import AuditRepository
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
from cogs._exchange import Exchange
from cogs._log_channel import LogChannel
from cogs._panel import Panel
from cogs._panel_changes import PanelChanges
from cogs._panel_facts import PanelFacts
from cogs._settings_words import in_words
from cogs.views import dynamic, forms, log
from cogs.views import exchange as exchange_view
from cogs.views.dynamic import Pressed
from cogs.views.panel import spot

if TYPE_CHECKING:
    from bot.client import Bot

OF_PATIENCE = ("leave_when_alone_s", "leave_when_idle_s")
"""Settings that a call there is must hear of."""

OF_READING = (Scope.GUILD, Scope.CHANNEL)
"""Whose settings decide what is read of that which waits."""

MUTED = ("is_muted", "true")
"""What is written when moderators mute somebody, by whatever way: nothing of theirs is said on."""

MORE_OF_VOICES = ("voices", "forces_voice", "gives_voices", "allowed_voices", "banned_voices")
"""Settings that are shown with the voice of a server where somebody has set them."""


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Server(commands.GroupCog, name="server", description="How I speak in this server"):
    """What members with Manage Server decide for everyone."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        audit: AuditRepository,
        voices: ServerVoices,
        panel: Panel,
        exchange: Exchange,
        log_channel: LogChannel,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._audit = audit
        self._voices = voices
        self._panel = panel
        self._exchange = exchange
        self._log_channel = log_channel
        self.presses = (
            dynamic.item_for(log.TEMPLATE, self._turn_log),
            dynamic.item_for(spot.TEMPLATE, panel.press),
            dynamic.item_for(exchange_view.TEMPLATE, exchange.press),
        )

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Bot]) -> None:
        """Hear the dialogs of the panel."""
        await forms.hear(interaction, spot.TEMPLATE, self._panel.submit)

    async def cog_unload(self) -> None:
        """Tell of no changes any more."""
        await self._log_channel.close()

    @app_commands.command()
    @app_commands.describe(
        model="The model of the speech service",
        voice="Who speaks",
        language="The language most people here write in",
        style="How to speak, for models that follow instructions",
        speed="How fast: 1 is the usual speed, 0.5 half of it, 2 twice",
        volume="How loud, in percent: 100 is the usual volume",
        pause="Silence between two messages, in milliseconds",
        only_for="Let the voice speak only what is written in this language",
        everyone="Whether all members speak with the voice of the server",
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
        only_for: LanguageArg | None = None,
        everyone: bool | None = None,
        reset: bool = False,
    ) -> None:
        """Choose the voice of this server."""
        await interaction.response.defer(ephemeral=True)
        settings = VoiceSettings(
            model=model,
            voice=voice,
            language=language,
            style=style,
            speed=speed,
            volume=None if volume is None else volume / 100,
            pause_ms=pause,
        )
        choice = ServerChoice(settings, only_for, forces_voice=everyone, is_reset=reset)
        if choice == ServerChoice():
            raise UserError(_("Choose at least one option, such as voice or speed."))
        if only_for and not voice:
            raise UserError(
                _("Choose the voice that is to speak {language}.").format(language=_(only_for))
            )
        guild_id = interaction.guild_id or 0
        chosen = await self._voices.choose(guild_id, choice, by=interaction.user.id)
        now = await self._speech.speaker(Source(guild_id=guild_id))
        answer = _("Saved. {voice}").format(
            voice=_describe(now, await self._settings.fetch_guild(guild_id))
        )
        await interaction.followup.send("\n".join(filter(None, (answer, _taken_instead(chosen)))))

    @app_commands.command()
    async def panel(self, interaction: discord.Interaction[Bot]) -> None:
        """See and change how I work in this server."""
        await self._panel.open(interaction)

    @app_commands.command()
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """Show how I speak in this server."""
        await interaction.response.defer(ephemeral=True)
        guild_id = interaction.guild_id or 0
        speaker = await self._speech.speaker(Source(guild_id=guild_id))
        settings = await self._settings.fetch_guild(guild_id)
        await interaction.followup.send(_describe(speaker, settings))

    @app_commands.command(name="log")
    async def log_(self, interaction: discord.Interaction[Bot]) -> None:
        """See who changed what in this server."""
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(
            view=await log.log_view(self._audit, interaction.guild_id or 0)
        )

    @app_commands.command()
    async def export(self, interaction: discord.Interaction[Bot]) -> None:
        """Take along all that is decided for this server, as a file."""
        await self._exchange.export(interaction)

    @app_commands.command(name="import")
    @app_commands.describe(file="What /server export gave you, perhaps changed by hand")
    async def import_(
        self, interaction: discord.Interaction[Bot], file: discord.Attachment
    ) -> None:
        """Bring back what is in a file; you see what would change, and are asked first."""
        await self._exchange.bring(interaction, file)

    async def _turn_log(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        await require(interaction, "server log")
        view = await log.log_view(
            self._audit, interaction.guild_id or 0, int(pressed.fields["skip"])
        )
        await interaction.response.edit_message(view=view)


def _taken_instead(chosen: ServerVoice) -> str | None:
    """Say who speaks where the voice of before does not go with what is chosen now."""
    if chosen.instead_of is None:
        return None
    return _("{before} does not speak with {model}, so {voice} does.").format(
        before=plain(chosen.instead_of),
        model=chosen.speaker.model.id,
        voice=plain(chosen.speaker.voice.short_name),
    )


def _describe(speaker: Speaker, settings: GuildSettings) -> str:
    lines = [
        _("Voice: {voice}").format(voice=plain(label(speaker.voice))),
        _("Model: {model}").format(model=speaker.model.id),
        _("Language: {language}").format(language=speaker.language.value),
    ]
    if speaker.style:
        lines.append(_("Style: {style}").format(style=plain(speaker.style)))
    lines += [
        _("Speed: {speed:g}").format(speed=speaker.speed),
        _("Volume: {volume} percent").format(volume=round(speaker.volume * 100)),
        _("Pause between messages: {pause} ms").format(pause=speaker.pause_ms),
    ]
    lines += [
        f"{_(setting.label)}: {in_words(setting, value)}"
        for setting in settings_of(GuildSettings).values()
        if setting.name in MORE_OF_VOICES
        and (value := getattr(settings, setting.name)) != setting.default
    ]
    return "\n".join(lines)


def _tell_of_changes(bot: Bot, log_channel: LogChannel) -> None:
    """Let moderators and calls hear of what is changed, and moderators of a budget that ends."""
    told_in_call = bot.usage.on_warning

    def on_change(entries: Sequence[AuditEntry]) -> None:
        log_channel.note(entries)
        for guild_id in {each.guild_id for each in entries if each.name in OF_PATIENCE}:
            bot.sessions.on_patience_changed(guild_id)
        for each in entries:
            if each.scope is Scope.RULES and (each.name, each.new) == MUTED:
                bot.reading.hush(each.subject_id, each.guild_id, why=Silence.MUTED)
        for guild_id in {each.guild_id for each in entries if each.scope in OF_READING}:
            bot.reading.reconsider(guild_id)

    def on_warning(guild_id: int, share: float) -> None:
        told_in_call(guild_id, share)
        log_channel.announce(guild_id, lambda: budget_sentence(share))

    for repository in (bot.settings, bot.lexicons, bot.custom_voices):
        repository.on_change = on_change
    bot.usage.on_warning = on_warning


async def setup(bot: Bot) -> None:
    """Add the commands, and tell of what is changed."""
    log_channel = LogChannel(bot)
    _tell_of_changes(bot, log_channel)
    voices = ServerVoices(speech=bot.speech, settings=bot.settings)
    rulings = Rulings(settings=bot.settings, voices=voices)
    server = Server(
        speech=bot.speech,
        settings=bot.settings,
        audit=bot.audit,
        voices=voices,
        panel=Panel(
            settings=bot.settings,
            facts=PanelFacts(
                speech=bot.speech, settings=bot.settings, audit=bot.audit, lexicons=bot.lexicons
            ),
            changes=PanelChanges(
                settings=bot.settings, lexicons=bot.lexicons, voices=voices, rulings=rulings
            ),
        ),
        exchange=Exchange(service=ExchangeService(settings=bot.settings, lexicons=bot.lexicons)),
        log_channel=log_channel,
    )
    assert server.app_command is not None  # noqa: S101 (for mypy: every GroupCog has one)
    server.app_command.add_command(CustomVoices(speech=bot.speech, voices=bot.custom_voices))
    await bot.add_cog(server)
    bot.add_dynamic_items(*server.presses)
