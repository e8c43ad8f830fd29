"""Use cases: what moderators choose for the voices of their server is checked and saved."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from bot.models import Language, Source, VoiceSettings
from bot.tts.wishes import NOTHING

if TYPE_CHECKING:
    from bot.models import Voice
    from bot.settings.guild import GuildSettings
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.tts.speaker import Speaker


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """What moderators choose at once for the voices of their server.

    Args:
        settings: How to speak; what is `None` stays as it was.
        only_for: The language whose messages alone the voice is for.
        forces_voice: Whether all members speak with the voice of the server.
        is_reset: Whether all that was chosen before is forgotten.
    """

    settings: VoiceSettings = NOTHING
    only_for: Language | None = None
    forces_voice: bool | None = None
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class ServerVoice:
    """Who speaks with what was chosen.

    `instead_of` is the voice that was chosen before and gave way, for it does not speak with the
    model that was chosen now.
    """

    speaker: Speaker
    instead_of: str | None = None


class ServerVoices:
    """What moderators decide about the voices of their server."""

    def __init__(self, *, speech: SpeechService, settings: SettingsRepository) -> None:
        self._speech = speech
        self._settings = settings

    async def choose(self, guild_id: int, choice: ServerChoice, *, by: int) -> ServerVoice:
        """Save what is chosen, over what was chosen before or instead of it.

        Raises:
            UserError: Model, voice and style do not go together, or a number is out of range;
                nothing was changed.
        """
        saved = (await self._settings.fetch_guild(guild_id)).voice_settings
        before = NOTHING if choice.is_reset else saved
        wanted = choice.settings
        speaker = await self._speech.check(wanted, guild_id=guild_id, saved=before)
        gave_way = wanted.voice is None and before.voice not in (None, speaker.voice.id)
        if wanted.voice is not None or gave_way:
            wanted = replace(wanted, voice=speaker.voice.id)
        if wanted.style is not None:
            wanted = replace(wanted, style=speaker.style)
        choice = replace(choice, settings=wanted)
        await self._settings.change_guild(guild_id, lambda now: _with_choice(now, choice), by=by)
        return ServerVoice(speaker, before.voice if gave_way else None)

    async def leave_language(self, guild_id: int, language: Language, *, by: int) -> None:
        """Let those who speak everything else speak what is written in a language, too.

        Raises:
            UserError: Nothing was changed.
        """
        await self._settings.change_guild(
            guild_id, lambda now: _with_language(now, language, None), by=by
        )

    async def find_voice(self, guild_id: int, written: str) -> Voice:
        """Return the voice that `written` means, of the server's model or else of any other.

        Raises:
            UserError: There is none.
        """
        catalog = await self._speech.catalog(guild_id)
        model = (await self._speech.speaker(Source(guild_id=guild_id))).model
        voices = (catalog.get_voice(each, written) for each in (model.id, *catalog.models))
        return next(filter(None, voices), None) or catalog.find_voice(model.id, written)


def _with_choice(now: GuildSettings, choice: ServerChoice) -> GuildSettings:
    settings = choice.settings
    if choice.is_reset:
        now = _with_settings(replace(now, voices=(), forces_voice=False), NOTHING)
    if choice.only_for is not None:
        now = _with_language(now, choice.only_for, settings.voice)
        settings = replace(settings, voice=None)
    if choice.forces_voice is not None:
        now = replace(now, forces_voice=choice.forces_voice)
    return _with_settings(now, settings.over(now.voice_settings))


def _with_settings(now: GuildSettings, settings: VoiceSettings) -> GuildSettings:
    return replace(
        now, **{each.name: getattr(settings, each.name) for each in fields(VoiceSettings)}
    )


def _with_language(now: GuildSettings, language: Language, voice: str | None) -> GuildSettings:
    chosen = dict(now.voices) | {language: voice or ""}
    return replace(now, voices=tuple((each, chosen[each]) for each in Language if chosen.get(each)))
