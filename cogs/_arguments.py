"""What people type into options, and what the client suggests while they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.models import MAX_PAUSE_MS, MAX_SPEED, MAX_VOLUME, MIN_SPEED, Language, Source, Voice
from bot.settings.member import MAX_NAME_CHARACTERS, MAX_STYLE_CHARACTERS
from bot.speech import MAX_TEXT_CHARACTERS
from bot.tts.catalog import MAX_STYLE_TOKENS
from bot.tts.offered import Catalog
from bot.tts.voice_search import best_first

if TYPE_CHECKING:
    from bot.client import Bot

MAX_CHOICES = 25
"""Discord shows no more suggestions than this."""

MAX_CHOICE_CHARACTERS = 100
"""Of what a suggestion shows, and of what it stands for."""

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
        catalog = await catalog_of(interaction)
        model = await _model_in_question(interaction, catalog)
        voices = catalog.search_voices(str(value), model)[:MAX_CHOICES]
        return [voice_choice(voice) for voice in voices]


class PermittedVoiceTransformer(VoiceTransformer):
    """Takes the id of a voice that a member wants for themselves."""

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest the voices the member may choose here, or for all servers if that is wanted."""
        is_for_all = getattr(interaction.namespace, "everywhere", None) is True
        place = None if is_for_all else interaction.guild_id
        source = Source(interaction.user.id, place, interaction.channel_id)
        voices = best_first(str(value), await interaction.client.speech.voices(source))
        return [voice_choice(voice) for voice in voices[:MAX_CHOICES]]


class ModelTransformer(app_commands.Transformer["Bot"]):
    """Takes the id of a model; whether it is offered is checked where it is used."""

    async def transform(self, interaction: discord.Interaction[Bot], value: str, /) -> str:
        """Return the id without the spaces around it."""
        return value.strip()

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest the models that are offered, by a part of their ids."""
        models = (await catalog_of(interaction)).search_models(str(value))
        return [Choice(name=model.id, value=model.id) for model in models[:MAX_CHOICES]]


async def catalog_of(interaction: discord.Interaction[Bot]) -> Catalog:
    """Return what can be chosen where a command is used."""
    return await interaction.client.speech.catalog(interaction.guild_id)


async def _model_in_question(interaction: discord.Interaction[Bot], catalog: Catalog) -> str:
    model = catalog.get_model(getattr(interaction.namespace, "model", None))
    if model is None:
        model = (
            await interaction.client.speech.speaker(Source(guild_id=interaction.guild_id))
        ).model
    return model.id


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
    parts = (voice.short_name, voice.id, voice.name, voice.dialect, voice.character)
    return " · ".join(dict.fromkeys(filter(None, parts)))[:MAX_CHOICE_CHARACTERS]


def voice_choice(voice: Voice) -> Choice:
    """Suggest a voice; by its name if its id is too long for that."""
    is_short = len(voice.id) <= MAX_CHOICE_CHARACTERS
    return Choice(name=label(voice), value=voice.id if is_short else voice.name)


TextArg = app_commands.Range[str, 1, MAX_TEXT_CHARACTERS]
VoiceArg = app_commands.Transform[str, VoiceTransformer]
PermittedVoiceArg = app_commands.Transform[str, PermittedVoiceTransformer]
LanguageArg = app_commands.Transform[Language, LanguageTransformer]
ModelArg = app_commands.Transform[str, ModelTransformer]
StyleArg = app_commands.Range[str, 1, MAX_STYLE_CHARACTERS]
NameArg = app_commands.Range[str, 1, MAX_NAME_CHARACTERS]
ServerStyleArg = app_commands.Range[str, 1, MAX_STYLE_TOKENS]
SpeedArg = app_commands.Range[float, MIN_SPEED, MAX_SPEED]
VolumeArg = app_commands.Range[int, 0, MAX_VOLUME_PERCENT]
PauseArg = app_commands.Range[int, 0, MAX_PAUSE_MS]
