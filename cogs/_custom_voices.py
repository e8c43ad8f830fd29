"""The voices a server had made for itself: `/server customvoice`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.errors import UserError
from bot.i18n import _
from bot.models import Source, Voice
from bot.plain import plain
from bot.speech import SpeechService
from bot.storage.custom_voices import CustomVoiceRepository
from bot.text.clean import one_line
from bot.tts.catalog import is_custom_voice_id
from bot.tts.offered import CustomVoice
from bot.tts.voice_search import best_first
from cogs._arguments import (
    MAX_CHOICES,
    Choice,
    LanguageArg,
    ModelTransformer,
    VoiceTransformer,
    catalog_of,
    voice_choice,
)

if TYPE_CHECKING:
    from bot.client import Bot

MAX_ID_CHARACTERS = 128
MAX_NAME_CHARACTERS = 32
MAX_MESSAGE_CHARACTERS = 2_000
"""Discord's limit."""


class OwnModelTransformer(ModelTransformer):
    """Takes the id of a model that speaks with voices of one's own."""

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest the models that speak with voices of one's own."""
        models = (await catalog_of(interaction)).search_models(str(value))
        return [
            Choice(name=each.id, value=each.id) for each in models if each.accepts_custom_voices
        ]


class OwnVoiceTransformer(VoiceTransformer):
    """Takes a voice of this server."""

    async def autocomplete(
        self, interaction: discord.Interaction[Bot], value: float | str, /
    ) -> list[Choice]:
        """Suggest the voices this server has added."""
        added = await interaction.client.custom_voices.fetch(interaction.guild_id or 0)
        found = best_first(str(value), [each.voice for each in added])
        return [voice_choice(voice) for voice in found[:MAX_CHOICES]]


class CustomVoices(app_commands.Group):
    """What members with Manage Server do with cloned and designed voices."""

    def __init__(self, *, speech: SpeechService, voices: CustomVoiceRepository) -> None:
        super().__init__(name="customvoice", description="Voices made for this server")
        self._speech = speech
        self._voices = voices

    @app_commands.command()
    @app_commands.rename(voice_id="id")
    @app_commands.describe(
        voice_id="The id the speech service gave the voice when it was made",
        model="The model it was made for",
        name="What people here call it",
        language="The language it was made for",
    )
    async def add(
        self,
        interaction: discord.Interaction[Bot],
        voice_id: app_commands.Range[str, 1, MAX_ID_CHARACTERS],
        model: app_commands.Transform[str, OwnModelTransformer],
        name: app_commands.Range[str, 1, MAX_NAME_CHARACTERS],
        language: LanguageArg | None = None,
    ) -> None:
        """Let this server speak with a voice that was made for it."""
        await interaction.response.defer(ephemeral=True)
        guild_id = interaction.guild_id or 0
        known = (await self._speech.catalog(guild_id)).find_model(model)
        if not known.accepts_custom_voices:
            raise UserError(
                _("{model} speaks only with its own voices. Pick a model from the list.").format(
                    model=known.id
                )
            )
        voice = Voice(_checked_id(voice_id), _checked_name(name))
        await self._voices.add(
            guild_id, CustomVoice(known.id, voice, language), by=interaction.user.id
        )
        await interaction.followup.send(
            _("Added {voice}. To hear it, choose {model} and {voice} with /server voice.").format(
                voice=plain(voice.name), model=known.id
            )
        )

    @app_commands.command()
    @app_commands.describe(voice="Which voice")
    async def remove(
        self,
        interaction: discord.Interaction[Bot],
        voice: app_commands.Transform[str, OwnVoiceTransformer],
    ) -> None:
        """Let this server speak with one of its voices no more."""
        await interaction.response.defer(ephemeral=True)
        guild_id = interaction.guild_id or 0
        removed = _find(await self._voices.fetch(guild_id), voice)
        before = await self._speech.speaker(Source(guild_id=guild_id))
        await self._voices.remove(guild_id, removed.voice.id, by=interaction.user.id)
        now = await self._speech.speaker(Source(guild_id=guild_id))
        sentences = [_("Removed {voice}.").format(voice=plain(removed.voice.name))]
        if now.voice != before.voice:
            successor = plain(now.voice.short_name)
            sentences.append(_("{voice} speaks here now.").format(voice=successor))
        await interaction.followup.send(" ".join(sentences))

    @app_commands.command(name="list")
    async def show(self, interaction: discord.Interaction[Bot]) -> None:
        """Show the voices that were made for this server."""
        await interaction.response.defer(ephemeral=True)
        added = await self._voices.fetch(interaction.guild_id or 0)
        for page in _pages(added):
            await interaction.followup.send(page, ephemeral=True)


def _checked_id(voice_id: str) -> str:
    if not is_custom_voice_id(voice_id.strip()):
        raise UserError(
            _("That is not the id of a voice. Copy it from the speech service as it is there.")
        )
    return voice_id.strip()


def _checked_name(name: str) -> str:
    cleaned = one_line(name)[:MAX_NAME_CHARACTERS]
    if not cleaned:
        raise UserError(_("A voice needs a name that people can see. Write a short one."))
    return cleaned


def _find(added: tuple[CustomVoice, ...], written: str) -> CustomVoice:
    folded = written.casefold()
    for each in added:
        if written == each.voice.id or folded == each.voice.name.casefold():
            return each
    raise UserError(
        _("This server has no such voice. /server customvoice list shows those it has.")
    )


def _pages(added: tuple[CustomVoice, ...]) -> list[str]:
    """Return one line for each voice, on as few messages as hold them."""
    if not added:
        return [_("This server has no voices of its own. Add one with /server customvoice add.")]
    pages = [""]
    for each in added:
        parts = (plain(each.voice.name), each.model, each.language, f"`{each.voice.id}`")
        line = " · ".join(filter(None, parts))
        if len(pages[-1]) + len(line) >= MAX_MESSAGE_CHARACTERS:
            pages.append("")
        pages[-1] += f"{line}\n"
    return [page.rstrip() for page in pages]
