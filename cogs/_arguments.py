"""What people type into options, and what the client suggests while they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.models import MAX_PAUSE_MS, MAX_SPEED, MAX_VOLUME, MIN_SPEED, Language, Voice
from bot.speech import MAX_TEXT_CHARACTERS
from bot.tts.catalog import DEFAULT_MODEL, MODELS, search_voices

if TYPE_CHECKING:
    from bot.client import Bot

MAX_CHOICES = 25
"""Discord shows no more suggestions than this."""

MAX_CHOICE_NAME_CHARACTERS = 100
MAX_STYLE_CHARACTERS = 500
MAX_VOLUME_PERCENT = round(MAX_VOLUME * 100)


# discord.py types a suggestion by every kind of value it may have.
Choice = app_commands.Choice[int | float | str]


class VoiceTransformer(app_commands.Transformer["Bot"]):
    """Takes a voice id as typed; whether the model knows it is known only when both are chosen."""

    async def transform(self, interaction: discord.Interaction[Bot], value: str, /) -> str:
        """Return the id without the spaces around it."""
        return value.strip()

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest voices of the chosen model by id, Chinese name, character or dialect."""
        model = await _model_in_question(interaction)
        voices = search_voices(str(value), model)[:MAX_CHOICES]
        return [Choice(name=label(voice), value=voice.id) for voice in voices]


async def _model_in_question(interaction: discord.Interaction[Bot]) -> str:
    model = getattr(interaction.namespace, "model", None)
    if model in MODELS:
        return str(model)
    settings = await interaction.client.speech.effective(interaction.guild_id)
    return settings.model or DEFAULT_MODEL


class LanguageTransformer(app_commands.Transformer["Bot"]):
    """One of the languages of the endpoint."""

    @property
    def choices(self) -> list[Choice]:
        """Offer every language by its name."""
        return [Choice(name=each.value, value=each.value) for each in Language]

    async def transform(self, interaction: discord.Interaction[Bot], value: str, /) -> Language:
        """Return the language of that name."""
        return Language(value)


def label(voice: Voice) -> str:
    """Describe a voice in one line."""
    parts = (voice.id, voice.name, voice.dialect, voice.character)
    return " · ".join(part for part in parts if part)[:MAX_CHOICE_NAME_CHARACTERS]


TextArg = app_commands.Range[str, 1, MAX_TEXT_CHARACTERS]
VoiceArg = app_commands.Transform[str, VoiceTransformer]
LanguageArg = app_commands.Transform[Language, LanguageTransformer]
StyleArg = app_commands.Range[str, 1, MAX_STYLE_CHARACTERS]
SpeedArg = app_commands.Range[float, MIN_SPEED, MAX_SPEED]
VolumeArg = app_commands.Range[int, 0, MAX_VOLUME_PERCENT]
PauseArg = app_commands.Range[int, 0, MAX_PAUSE_MS]
