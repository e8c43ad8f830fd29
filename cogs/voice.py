"""The voice of a member: chosen, shown, listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import models
from bot.consent import fetch_consent
from bot.errors import UserError
from bot.i18n import _
from bot.models import Source, VoiceSettings
from bot.own_name import OwnNames
from bot.own_voice import OWN, Explanation, OwnVoices
from bot.permit import require
from bot.speech import SpeechService
from bot.storage.settings import SettingsRepository
from bot.tts.wishes import Level
from cogs._arguments import LanguageArg, PermittedVoiceArg, SpeedArg, StyleArg
from cogs._call import place_of, source_of
from cogs._preview import send_preview
from cogs._voice_words import (
    how_i_call_you,
    obstacles,
    ruled,
    summary,
    values,
    whether_i_read_you,
)
from cogs.views.dynamic import Pressed, item_for
from cogs.views.voice_picker import TEMPLATE, Action, Browsing, Offer, VoicePicker, key

if TYPE_CHECKING:
    from bot.client import Bot


class Voice(commands.GroupCog, name="voice", description="The voice that speaks for you"):
    """What members decide about how they are spoken for."""

    def __init__(
        self,
        *,
        speech: SpeechService,
        own_voices: OwnVoices,
        names: OwnNames,
        settings: SettingsRepository,
    ) -> None:
        self._speech = speech
        self._own_voices = own_voices
        self._names = names
        self._settings = settings
        self.presses = item_for(TEMPLATE, self._press)

    @app_commands.command()
    @app_commands.describe(
        voice="Who speaks for you",
        language="The language you write in",
        style="How to speak, for models that follow instructions",
        speed="How fast: 1 is the usual speed, 0.5 half of it, 2 twice",
        everywhere="For all servers instead of this one",
    )
    async def set(
        self,
        interaction: discord.Interaction[Bot],
        voice: PermittedVoiceArg | None = None,
        language: LanguageArg | None = None,
        style: StyleArg | None = None,
        speed: SpeedArg | None = None,
        everywhere: bool = False,
    ) -> None:
        """Choose the voice that speaks for you."""
        await interaction.response.defer(ephemeral=True)
        choice = VoiceSettings(voice=voice, language=language, style=style, speed=speed)
        place = place_of(interaction, everywhere=everywhere)
        explanation = await self._own_voices.save(source_of(interaction), choice, guild_id=place)
        await interaction.followup.send(_outcome(_saved(place), explanation, place))

    @app_commands.command()
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """See who speaks for you here, and who has decided that."""
        await interaction.response.defer(ephemeral=True)
        member_id, guild_id = interaction.user.id, interaction.guild_id
        explanation = await self._own_voices.explain(source_of(interaction))
        consent = await fetch_consent(self._settings, member_id, guild_id)
        lines = (
            *values(explanation.speaker),
            *obstacles(explanation),
            how_i_call_you(await self._names.fetch(member_id, guild_id)),
            whether_i_read_you(consent),
        )
        title = "### " + _("How I speak for you here")
        await interaction.followup.send("\n- ".join((title, *lines)))

    @app_commands.command()
    @app_commands.describe(everywhere="For all servers instead of this one")
    async def reset(self, interaction: discord.Interaction[Bot], everywhere: bool = False) -> None:
        """Forget the voice, language, style and speed you have chosen."""
        await interaction.response.defer(ephemeral=True)
        place = place_of(interaction, everywhere=everywhere)
        explanation = await self._own_voices.reset(source_of(interaction), guild_id=place)
        done = _("Forgotten for all servers.") if place is None else _("Forgotten for this server.")
        await interaction.followup.send(_outcome(done, explanation, place))

    @app_commands.command()
    @app_commands.describe(
        voice="Who to listen to",
        language="In which language; yours if you leave this out",
        style="How to speak, for models that follow instructions",
    )
    async def preview(
        self,
        interaction: discord.Interaction[Bot],
        voice: PermittedVoiceArg,
        language: LanguageArg | None = None,
        style: StyleArg | None = None,
    ) -> None:
        """Listen to a voice; only you hear it."""
        await interaction.response.defer(ephemeral=True)
        choice = VoiceSettings(voice=voice, language=language, style=style)
        await send_preview(interaction, self._speech, source_of(interaction), choice)

    @app_commands.command()
    async def browse(self, interaction: discord.Interaction[Bot]) -> None:
        """Look through the voices, listen to them and choose one."""
        await interaction.response.defer(ephemeral=True)
        is_for_all = interaction.guild_id is None
        browsing = Browsing(interaction.user.id, is_for_all)
        await interaction.followup.send(view=await self._picker(interaction, browsing))

    async def _press(self, interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        browsing = Browsing.read(pressed.fields)
        if browsing.owner_id != interaction.user.id:
            raise UserError(
                _("Only who opened this list can use it. Open your own with /voice browse.")
            )
        await require(interaction, "voice browse")
        match Action(pressed.fields["action"]):
            case Action.HEAR:
                await interaction.response.defer(ephemeral=True, thinking=True)
                voice = await self._find(interaction, browsing, pressed.fields["voice"])
                source = _source_of(interaction, browsing)
                await send_preview(interaction, self._speech, source, VoiceSettings(voice=voice.id))
            case Action.CHOOSE:
                note = await self._choose(interaction, browsing, pressed.values[0])
                view = await self._picker(interaction, browsing, note)
                await interaction.response.edit_message(view=view)
            case action:
                view = await self._picker(interaction, browsing.after(action, pressed.values))
                await interaction.response.edit_message(view=view)

    async def _picker(
        self, interaction: discord.Interaction[Bot], browsing: Browsing, note: str = ""
    ) -> VoicePicker:
        source = _source_of(interaction, browsing)
        explanation = await self._own_voices.explain(source)
        speaker = explanation.speaker
        offer = Offer(
            voices=await self._speech.voices(source),
            current=speaker.voice,
            may_move=interaction.guild_id is not None,
            note=note or ruled(speaker),
        )
        return VoicePicker(browsing, offer)

    async def _choose(
        self, interaction: discord.Interaction[Bot], browsing: Browsing, wanted: str
    ) -> str:
        voice = await self._find(interaction, browsing, wanted)
        place = place_of(interaction, everywhere=browsing.is_for_all)
        choice = VoiceSettings(voice=voice.id)
        explanation = await self._own_voices.save(source_of(interaction), choice, guild_id=place)
        return _outcome(_saved(place), explanation, place)

    async def _find(
        self, interaction: discord.Interaction[Bot], browsing: Browsing, wanted: str
    ) -> models.Voice:
        voices = await self._speech.voices(_source_of(interaction, browsing))
        voice = next((voice for voice in voices if key(voice) == wanted), None)
        if voice is None:
            raise UserError(
                _("That voice may not be chosen any more. Look again with /voice browse.")
            )
        return voice


def _source_of(interaction: discord.Interaction[Bot], browsing: Browsing) -> Source:
    """Return whose voice is chosen, and where: servers have rules and voices of their own."""
    return Source(interaction.user.id) if browsing.is_for_all else source_of(interaction)


def _saved(place: int | None) -> str:
    return _("Saved for all servers.") if place is None else _("Saved for this server.")


def _outcome(done: str, explanation: Explanation, place: int | None) -> str:
    """Say what was done, who speaks here now, and what of it is not heard here."""
    speaker = explanation.speaker
    lines = [done, _("I speak for you as {speaker}.").format(speaker=summary(speaker))]
    is_of_server = any(speaker.levels[name] is Level.HERE for name in OWN)
    if place is None and is_of_server:
        lines.append(_("What you chose for this server alone still holds here: see /voice show."))
    return "\n".join((*lines, *obstacles(explanation)))


async def setup(bot: Bot) -> None:
    """Add the commands, and listen to what is pressed."""
    cog = Voice(
        speech=bot.speech,
        own_voices=OwnVoices(speech=bot.speech, settings=bot.settings),
        names=OwnNames(settings=bot.settings, lexicons=bot.lexicons),
        settings=bot.settings,
    )
    await bot.add_cog(cog)
    bot.add_dynamic_items(cog.presses)
