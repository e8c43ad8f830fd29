"""Let somebody listen to a voice, in private."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.i18n import _
from bot.models import NOBODY, Language, Origin
from bot.plain import plain
from cogs._arguments import label

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.models import Source, VoiceSettings
    from bot.speech import SpeechService
    from bot.tts.catalog import Model
    from bot.tts.speaker import Speaker

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

USUAL_SPEED = 1.0


def sample(speaker: Speaker, language: Language) -> str:
    """Return a few words by which a voice makes itself known."""
    words = SAMPLES.get(language, SAMPLES[Language.ENGLISH])
    return words.format(voice=speaker.voice.short_name)


def spoken_language(speaker: Speaker, locale: discord.Locale) -> Language:
    """Return the language that is chosen, or else that of whoever listens."""
    if speaker.language is not Language.AUTO:
        return speaker.language
    return _language_of(locale, speaker.model)


async def send_preview(
    interaction: discord.Interaction[Bot],
    speech: SpeechService,
    source: Source,
    choice: VoiceSettings,
) -> None:
    """Answer a deferred interaction with how `choice` would sound to `source`.

    All hear the same few sentences at the usual speed, so that what one has listened to is kept for
    the next.

    Raises:
        UserError: The voice is not free to choose.
        ProviderError: The speech service failed.
    """
    choice = replace(choice, speed=USUAL_SPEED)
    speaker = await speech.speaker(source, choice)
    language = choice.language or _language_of(interaction.locale, speaker.model)
    text = sample(speaker, language)
    utterance = await speech.prepare(
        text, source, replace(choice, language=language), origin=_origin(interaction, speaker)
    )
    audio = await speech.render(utterance, max_bytes=interaction.filesize_limit)
    await interaction.followup.send(
        _("This is {voice}.").format(voice=plain(label(speaker.voice))),
        file=discord.File(io.BytesIO(audio.content), audio.name, description=text),
        ephemeral=True,
    )


def _origin(interaction: discord.Interaction[Bot], speaker: Speaker) -> Origin:
    # What is asked for outside of servers is private and never kept. A sentence of our own is not,
    # as long as it has no style that somebody has thought of.
    if interaction.guild_id is None and speaker.style is None:
        return NOBODY
    return Origin(interaction.guild_id, interaction.user.id)


def _language_of(locale: discord.Locale, model: Model) -> Language:
    language = LANGUAGE_OF_LOCALE.get(locale.value.partition("-")[0], Language.ENGLISH)
    return language if language in model.languages else Language.ENGLISH
