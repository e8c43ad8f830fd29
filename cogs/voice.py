"""The voice of a member: chosen, shown, listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.i18n import _
from bot.models import VoiceSettings
from bot.own_voice import OWN, Explanation, OwnVoices
from bot.speech import SpeechService
from bot.tts.speaker import Level
from cogs._arguments import LanguageArg, PermittedVoiceArg, SpeedArg, StyleArg
from cogs._call import place_of, source_of
from cogs._preview import send_preview
from cogs._voice_words import obstacles, summary, values

if TYPE_CHECKING:
    from bot.client import Bot


class Voice(commands.GroupCog, name="voice", description="The voice that speaks for you"):
    """What members decide about how they are spoken for."""

    def __init__(self, *, speech: SpeechService, own_voices: OwnVoices) -> None:
        self._speech = speech
        self._own_voices = own_voices

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
        saved = _("Saved for all servers.") if place is None else _("Saved for this server.")
        await interaction.followup.send(_outcome(saved, explanation, place))

    @app_commands.command()
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """See who speaks for you here, and who has decided that."""
        await interaction.response.defer(ephemeral=True)
        explanation = await self._own_voices.explain(source_of(interaction))
        lines = ["### " + _("How I speak for you here")]
        lines += [f"- {line}" for line in values(explanation.speaker)]
        lines += obstacles(explanation)
        await interaction.followup.send("\n".join(lines))

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


def _outcome(done: str, explanation: Explanation, place: int | None) -> str:
    """Say what was done, who speaks here now, and what of it is not heard here."""
    speaker = explanation.speaker
    lines = [done, _("I speak for you as {speaker}.").format(speaker=summary(speaker))]
    is_of_server = any(speaker.levels[name] is Level.HERE for name in OWN)
    if place is None and is_of_server:
        lines.append(_("What you chose for this server alone still holds here: see /voice show."))
    return "\n".join((*lines, *obstacles(explanation)))


async def setup(bot: Bot) -> None:
    """Add the commands."""
    own_voices = OwnVoices(speech=bot.speech, settings=bot.settings)
    await bot.add_cog(Voice(speech=bot.speech, own_voices=own_voices))
