"""Use cases: text to an utterance for a call, or to a file to keep."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import aclosing
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from bot import attachment
from bot.errors import UserError
from bot.i18n import _
from bot.models import (
    Introduction,
    Language,
    Origin,
    Source,
    SpeechRequest,
    Utterance,
)
from bot.policy.budget import NO_ID
from bot.settings.choices import BlockedReading, NameReading
from bot.settings.guild import GuildSettings
from bot.settings.member import MAX_STYLE_CHARACTERS
from bot.text.message import ChatMessage
from bot.text.numbers import spell_out
from bot.text.segment import is_speakable, split
from bot.tts.catalog import weighted_characters
from bot.tts.condition import Condition
from bot.tts.offered import offered
from bot.tts.speaker import choose_speaker, permitted_voices
from bot.tts.wishes import FREE, NOTHING, OF_RULES, UNDECIDED, Defaults, Wishes
from bot.wording import Wording

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from bot.attachment import AudioFile, FileFormat
    from bot.models import Voice, VoiceSettings
    from bot.storage.custom_voices import CustomVoiceRepository
    from bot.storage.settings import SettingsRepository
    from bot.text.pipeline import Words
    from bot.tts.offered import Catalog
    from bot.tts.speaker import Speaker

MAX_TEXT_CHARACTERS: Final = 4_000
"""The longest message Discord lets anyone write."""

FIRST_PIECE_CHARACTERS: Final = 120
"""API characters of the first piece: the endpoint's first audio is sooner for a short text."""


class SpeechSource(Protocol):
    """Who speaks: a synthesizer, or the recorder that adds the effects to it."""

    def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM of the default `AudioFormat`; `ProviderError` if the service fails."""


class SpeechService:
    """Turns text into utterances and files, with the voice the server has chosen.

    Without `settings` the operator's `defaults` hold everywhere, with `voices` for single
    languages; without `custom_voices` no server has voices of its own. `condition_of` tells what
    would become of a request.
    """

    def __init__(
        self,
        *,
        synthesizer: SpeechSource,
        defaults: VoiceSettings,
        voices: Mapping[Language, str] = MappingProxyType({}),
        catalog: Catalog | None = None,
        settings: SettingsRepository | None = None,
        wording: Wording | None = None,
        custom_voices: CustomVoiceRepository | None = None,
        condition_of: Callable[[SpeechRequest], Condition] = lambda _request: Condition(),
    ) -> None:
        self._synthesizer = synthesizer
        self._defaults = Defaults(defaults, voices)
        self._catalog = catalog or offered()
        self._settings = settings
        self.wording = wording or Wording(settings)
        self._custom_voices = custom_voices
        self._condition_of = condition_of

    async def catalog(self, guild_id: int | None) -> Catalog:
        """Return what can be chosen in a guild: what is offered, and no voices but its own.

        Raises:
            UserError: The database does not answer.
        """
        if guild_id is None or self._custom_voices is None:
            return self._catalog
        return self._catalog.with_voices(await self._custom_voices.fetch(guild_id))

    async def speaker(self, source: Source, choice: VoiceSettings = NOTHING) -> Speaker:
        """Return who speaks for `source` if `choice` is made for this one time.

        Raises:
            UserError: Model, voice and style do not go together, the style is too long, or the
                voice is not free to choose.
        """
        if choice.style and len(choice.style) > MAX_STYLE_CHARACTERS:
            raise UserError(
                _("The style is too long. Describe it in {most} characters.").format(
                    most=MAX_STYLE_CHARACTERS
                )
            )
        catalog = await self.catalog(source.guild_id)
        return choose_speaker(await self.wishes(source, choice), catalog)

    def condition(self, speaker: Speaker, origin: Origin) -> Condition:
        """Return what would become of words of `origin` that `speaker` says; nobody is asked."""
        return self._condition_of(_request("", speaker, origin))

    async def check(
        self, choice: VoiceSettings, *, guild_id: int | None, saved: VoiceSettings
    ) -> Speaker:
        """Return who would speak in a guild if moderators made `choice` over what is `saved`.

        Raises:
            UserError: Model, voice and style do not go together, or a number is out of range.
        """
        server = GuildSettings(
            **{each.name: getattr(saved, each.name) for each in dataclasses.fields(saved)}
        )
        wishes = Wishes(command=choice, server=server, defaults=self._defaults)
        return choose_speaker(wishes, await self.catalog(guild_id))

    async def wishes(self, source: Source, choice: VoiceSettings = NOTHING) -> Wishes:
        """Return what everyone wants who has a say in who speaks for `source`.

        Raises:
            UserError: The database does not answer.
        """
        everywhere = here = channel = NOTHING
        server, rules = UNDECIDED, FREE
        settings, guild_id, member_id = self._settings, source.guild_id, source.member_id
        if settings and member_id is not None:
            everywhere = (await settings.fetch_member(member_id, None)).voice_settings
        if settings and guild_id is not None:
            server = await settings.fetch_guild(guild_id)
            if source.channel_id is not None:
                kept = await settings.fetch_channel(guild_id, source.channel_id, source.parent_id)
                channel = kept.voice_settings
            if member_id is not None:
                here = (await settings.fetch_member(member_id, guild_id)).voice_settings
                rules = await settings.fetch_rules(guild_id, member_id)
        return Wishes(
            command=choice,
            here=here,
            everywhere=everywhere,
            message=source.language if source.is_chat else None,
            words=source.language,
            channel=channel,
            server=server,
            rules=rules,
            defaults=self._defaults,
            identity=source.identity or str(member_id or ""),
            is_given=bool(source.identity),
        )

    async def voices(self, source: Source) -> list[Voice]:
        """Return who may speak for `source`, as far as that is the member's choice.

        Raises:
            UserError: The database does not answer.
        """
        wishes, catalog = await self.wishes(source), await self.catalog(source.guild_id)
        speaker = choose_speaker(wishes, catalog)
        if speaker.levels["voice"] in OF_RULES:
            return [speaker.voice]
        return permitted_voices(wishes.server, catalog.voices_of(speaker.model.id))

    async def prepare(
        self,
        message: ChatMessage | str,
        source: Source,
        choice: VoiceSettings = NOTHING,
        *,
        origin: Origin | None = None,
    ) -> Utterance:
        """Return what a command is to say, cut into requests the endpoint accepts.

        `origin` is whom it is counted and kept for, if that is not its source.

        Raises:
            UserError: There is nothing to say, nobody to say it, or it must not be said.
        """
        if isinstance(message, str):
            message = ChatMessage(message)
        language = None if choice.language is Language.AUTO else choice.language
        words = await self.wording.of_message(message, source, language=language)
        if not words.text:
            raise UserError(_("There is nothing to say in that text. Write a few words."))
        if words.is_blocked and await self._skips_blocked(source):
            raise UserError(
                _("There is a word in that which is never spoken here. Say it in other words.")
            )
        return await self.say(words, source, choice, origin=origin)

    async def say(
        self,
        words: Words,
        source: Source,
        choice: VoiceSettings = NOTHING,
        *,
        origin: Origin | None = None,
    ) -> Utterance:
        """Return how words are said, cut into requests the endpoint accepts.

        `origin` is whom it is counted and kept for, if that is not its source.

        Raises:
            UserError: There is nobody to say it.
        """
        speaker = await self.speaker(_in_language(source, words), choice)
        return Utterance(
            source.member_id or NO_ID,
            _requests(words.text, speaker, origin or source.origin),
            pause_ms=speaker.pause_ms,
        )

    async def introduce(
        self,
        words: Words,
        source: Source,
        *,
        reading: NameReading,
        display: str,
        username: str,
    ) -> Introduction | None:
        """Return what is said before somebody's words: whose they are.

        Args:
            words: What is said then.
            source: Who says it, and where.
            reading: When moderators want to hear it.
            display: The name people see in the server.
            username: The name of the account.

        Raises:
            UserError: There is nobody to say it.
        """
        if reading is NameReading.OFF:
            return None
        said = await self.wording.of_author(words, source, display=display, username=username)
        speaker = await self.speaker(_in_language(source, words))
        requests = _requests(said, speaker, source.origin)
        if not requests:  # a template may be nothing but signs
            return None
        identity = source.identity or str(source.member_id)
        return Introduction(requests[0], identity, is_always=reading is NameReading.ALWAYS)

    async def _skips_blocked(self, source: Source) -> bool:
        if self._settings is None or source.guild_id is None:
            return False
        server = await self._settings.fetch_guild(source.guild_id)
        return server.on_blocked is BlockedReading.SKIP

    async def stream(self, utterance: Utterance) -> AsyncGenerator[bytes, None]:
        """Yield the PCM of the whole utterance as it arrives.

        Raises:
            ProviderError: The speech service failed.
        """
        for request in utterance.requests:
            async with aclosing(self._synthesizer.stream(request)) as stream:
                async for pcm in stream:
                    yield pcm

    async def render(
        self, utterance: Utterance, *, max_bytes: int, wanted: FileFormat = "wav"
    ) -> AudioFile:
        """Return the utterance as a file, as Ogg where a WAV would exceed `max_bytes`.

        Raises:
            ProviderError: The speech service failed.
            UserError: Not even Ogg fits.
        """
        pcm = bytearray()
        async with aclosing(self.stream(utterance)) as stream:
            async for piece in stream:
                pcm += piece
        title = utterance.requests[0].text
        return await asyncio.to_thread(
            attachment.pack, bytes(pcm), wanted, title=title, max_bytes=max_bytes
        )


def _in_language(source: Source, words: Words) -> Source:
    """Return a source with the language that was found in its words, if one was."""
    found = None if words.language is Language.AUTO else words.language
    return replace(source, language=found)


def _requests(text: str, speaker: Speaker, origin: Origin) -> tuple[SpeechRequest, ...]:
    if speaker.model.misreads_digits:
        text = spell_out(text, speaker.language, max_characters=MAX_TEXT_CHARACTERS)
    pieces = split(
        text,
        limit=speaker.model.input_limit,
        first_limit=FIRST_PIECE_CHARACTERS,
        measure=weighted_characters,
        language=speaker.language,
    )
    # A piece of nothing but punctuation would cost a request and may fail.
    return tuple(
        _request(piece.strip(), speaker, origin) for piece in pieces if is_speakable(piece)
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
