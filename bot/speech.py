"""Use cases: text to an utterance for a call, or to a file to keep."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from bot.audio import files
from bot.errors import UserError
from bot.i18n import _
from bot.models import (
    MAX_PAUSE_MS,
    MAX_SPEED,
    MAX_VOLUME,
    MIN_SPEED,
    AudioFormat,
    Language,
    Origin,
    SpeechRequest,
    Utterance,
    VoiceSettings,
)
from bot.text.filename import filename_for
from bot.text.segment import is_speakable, split
from bot.tts.catalog import (
    DEFAULT_MODEL,
    DEFAULT_VOICE,
    Model,
    find_model,
    find_voice,
    weighted_characters,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import Voice
    from bot.storage.guild_settings import GuildSettingsRepository

T = TypeVar("T")

MAX_TEXT_CHARACTERS: Final = 4_000
"""The longest message Discord lets anyone write."""

FIRST_PIECE_CHARACTERS: Final = 120
"""API characters of the first piece: the endpoint's first audio is sooner for a short text."""

FORMAT: Final = AudioFormat()

NO_CHOICE: Final = VoiceSettings()

DEFAULT_SPEED: Final = 1.0
DEFAULT_VOLUME: Final = 1.0
DEFAULT_PAUSE_MS: Final = 200
BASE: Final = VoiceSettings(
    DEFAULT_MODEL,
    DEFAULT_VOICE,
    Language.AUTO,
    style=None,
    speed=DEFAULT_SPEED,
    volume=DEFAULT_VOLUME,
    pause_ms=DEFAULT_PAUSE_MS,
)
"""What holds where not even the operator has chosen."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """All that belongs to a request but the text."""

    model: Model
    voice: Voice
    language: Language
    style: str | None
    speed: float
    volume: float
    pause_ms: int


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A finished file; `is_smaller_format` says that the wanted one would not have fitted."""

    name: str
    content: bytes
    is_smaller_format: bool = False


class SpeechSource(Protocol):
    """Who speaks: a synthesizer, or the recorder that adds the effects to it."""

    def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM of the default `AudioFormat`; `ProviderError` if the service fails."""


class SpeechService:
    """Turns text into utterances and files, with the voice the server has chosen.

    Without `settings` the operator's `defaults` hold everywhere.
    """

    def __init__(
        self,
        *,
        synthesizer: SpeechSource,
        defaults: VoiceSettings,
        settings: GuildSettingsRepository | None = None,
    ) -> None:
        self._synthesizer = synthesizer
        self._settings = settings
        self._defaults = defaults.over(BASE)

    async def effective(self, guild_id: int | None) -> VoiceSettings:
        """Return the settings that hold in a guild, or outside of any, defaults filled in."""
        if guild_id is None or self._settings is None:
            return self._defaults
        return (await self._settings.fetch(guild_id)).over(self._defaults)

    async def speaker(self, guild_id: int | None, choice: VoiceSettings = NO_CHOICE) -> Speaker:
        """Return who speaks in a guild if `choice` is made for this one time.

        Raises:
            UserError: Model, voice and style do not go together.
        """
        return self.check(choice, await self.effective(guild_id))

    def check(self, choice: VoiceSettings, below: VoiceSettings) -> Speaker:
        """Return the speaker that `choice` over `below` makes.

        Raises:
            UserError: Model, voice and style do not go together, or a number is out of range.
        """
        _require_range(choice)
        settings = choice.over(below).over(self._defaults)
        model = find_model(settings.model or DEFAULT_MODEL)
        if choice.style and not model.accepts_style:
            raise UserError(
                _(
                    "{model} does not follow a style. "
                    "A moderator can choose an instruct model with /server voice."
                ).format(model=model.id)
            )
        language = settings.language or Language.AUTO
        if language not in model.languages:
            raise UserError(
                _("{model} does not speak {language}. Choose another language or model.").format(
                    model=model.id, language=language.value
                )
            )
        return Speaker(
            model=model,
            voice=find_voice(model.id, settings.voice or DEFAULT_VOICE),
            language=language,
            style=settings.style if model.accepts_style else None,
            speed=_chosen(settings.speed, DEFAULT_SPEED),
            volume=_chosen(settings.volume, DEFAULT_VOLUME),
            pause_ms=_chosen(settings.pause_ms, DEFAULT_PAUSE_MS),
        )

    async def prepare(
        self,
        text: str,
        *,
        speaker_id: int,
        guild_id: int | None,
        choice: VoiceSettings = NO_CHOICE,
    ) -> Utterance:
        """Return what to say, cut into requests the endpoint accepts.

        Raises:
            UserError: There is nothing to say, or nobody to say it.
        """
        if not is_speakable(text):
            raise UserError(_("There is nothing to say in that text. Write a few words."))
        speaker = await self.speaker(guild_id, choice)
        pieces = split(
            text,
            limit=speaker.model.input_limit,
            first_limit=FIRST_PIECE_CHARACTERS,
            measure=weighted_characters,
            language=speaker.language,
        )
        # A piece of nothing but punctuation would cost a request and may fail.
        return Utterance(
            speaker_id,
            tuple(
                _request(piece.strip(), speaker, Origin(guild_id, speaker_id))
                for piece in pieces
                if is_speakable(piece)
            ),
            pause_ms=speaker.pause_ms,
        )

    async def stream(self, utterance: Utterance) -> AsyncGenerator[bytes, None]:
        """Yield the PCM of the whole utterance as it arrives.

        Raises:
            ProviderError: The speech service failed.
        """
        for request in utterance.requests:
            async with aclosing(self._synthesizer.stream(request)) as stream:
                async for pcm in stream:
                    yield pcm

    async def render(self, utterance: Utterance, *, max_bytes: int) -> AudioFile:
        """Return the utterance as a WAV file, or as Ogg where a WAV would exceed `max_bytes`.

        Raises:
            ProviderError: The speech service failed.
            UserError: Not even Ogg fits.
        """
        pcm = bytearray()
        async with aclosing(self.stream(utterance)) as stream:
            async for piece in stream:
                pcm += piece
        return await asyncio.to_thread(_pack, bytes(pcm), utterance.requests[0].text, max_bytes)


def _pack(pcm: bytes, title: str, max_bytes: int) -> AudioFile:
    if files.wav_size(len(pcm)) <= max_bytes:
        content = files.wav(pcm, FORMAT)
        return AudioFile(filename_for(title, "wav"), content)
    file = AudioFile(
        filename_for(title, "ogg"),
        files.ogg(pcm, FORMAT),
        is_smaller_format=True,
    )
    if len(file.content) > max_bytes:
        raise UserError(_("The audio is too long for an attachment here. Shorten the text."))
    return file


def _chosen(value: T | None, default: T) -> T:
    return default if value is None else value


def _require_range(choice: VoiceSettings) -> None:
    # Written so that "not a number" is refused too.
    if choice.speed is not None and not MIN_SPEED <= choice.speed <= MAX_SPEED:
        raise UserError(
            _("The speed must be from {least} to {most}. 1 is the usual one.").format(
                least=MIN_SPEED, most=MAX_SPEED
            )
        )
    if choice.volume is not None and not 0 <= choice.volume <= MAX_VOLUME:
        raise UserError(
            _("The volume must be from 0 to {most} percent. 100 is the usual one.").format(
                most=round(MAX_VOLUME * 100)
            )
        )
    if choice.pause_ms is not None and not 0 <= choice.pause_ms <= MAX_PAUSE_MS:
        raise UserError(
            _("The pause must be from 0 to {most} milliseconds.").format(most=MAX_PAUSE_MS)
        )


def _request(text: str, speaker: Speaker, origin: Origin) -> SpeechRequest:
    return SpeechRequest(
        text,
        speaker.model.id,
        speaker.voice,
        speaker.language,
        speaker.style,
        speed=speaker.speed,
        volume=speaker.volume,
        origin=origin,
    )
