"""Get to know the voices."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import escape_markdown

from bot.i18n import _
from bot.models import Language, VoiceSettings
from bot.speech import SpeechService
from bot.tts.catalog import Model
from cogs._arguments import LanguageArg, StyleArg, VoiceArg, label
from cogs._call import source_of

if TYPE_CHECKING:
    from bot.client import Bot

SAMPLES = {
    Language.CHINESE: "你好，我是{voice}。我说话就是这个样子。",
    Language.ENGLISH: "Hello, I am {voice}. This is how I sound.",
    Language.GERMAN: "Hallo, ich bin {voice}. So klinge ich.",
    Language.ITALIAN: "Ciao, sono {voice}. La mia voce è questa.",
    Language.PORTUGUESE: "Olá, eu sou {voice}. A minha voz é assim.",
    Language.SPANISH: "Hola, soy {voice}. Así suena mi voz.",
    Language.JAPANESE: "こんにちは、{voice}です。こんな声で話します。",
    Language.KOREAN: "안녕하세요, {voice}입니다. 제 목소리는 이렇습니다.",
    Language.FRENCH: "Bonjour, je suis {voice}. Voilà comment je parle.",
    Language.RUSSIAN: "Здравствуйте, я {voice}. Вот так я звучу.",
}

LANGUAGE_OF_LOCALE = {
    "zh": Language.CHINESE,
    "de": Language.GERMAN,
    "it": Language.ITALIAN,
    "pt": Language.PORTUGUESE,
    "es": Language.SPANISH,
    "ja": Language.JAPANESE,
    "ko": Language.KOREAN,
    "fr": Language.FRENCH,
    "ru": Language.RUSSIAN,
}


class Voice(commands.GroupCog, name="voice", description="Voices to choose from"):
    """What a member can do with voices."""

    def __init__(self, *, speech: SpeechService) -> None:
        self._speech = speech

    @app_commands.command()
    @app_commands.describe(
        voice="Who to listen to",
        language="In which language; yours if you leave this out",
        style="How to speak, for models that follow instructions",
    )
    async def preview(
        self,
        interaction: discord.Interaction[Bot],
        voice: VoiceArg,
        language: LanguageArg | None = None,
        style: StyleArg | None = None,
    ) -> None:
        """Listen to a voice; only you hear it."""
        await interaction.response.defer(ephemeral=True)
        choice = VoiceSettings(voice=voice, language=language, style=style)
        speaker = await self._speech.speaker(source_of(interaction), choice)
        language = language or _language_of(interaction.locale, speaker.model)
        choice = VoiceSettings(voice=voice, language=language, style=style)
        sample = SAMPLES.get(language, SAMPLES[Language.ENGLISH]).format(
            voice=speaker.voice.short_name
        )
        utterance = await self._speech.prepare(sample, source_of(interaction), choice)
        audio = await self._speech.render(utterance, max_bytes=interaction.filesize_limit)
        await interaction.followup.send(
            _("This is {voice}.").format(voice=escape_markdown(label(speaker.voice))),
            file=discord.File(io.BytesIO(audio.content), audio.name, description=sample),
        )


def _language_of(locale: discord.Locale, model: Model) -> Language:
    language = LANGUAGE_OF_LOCALE.get(locale.value.partition("-")[0], Language.ENGLISH)
    return language if language in model.languages else Language.ENGLISH


async def setup(bot: Bot) -> None:
    """Add the commands."""
    await bot.add_cog(Voice(speech=bot.speech))
