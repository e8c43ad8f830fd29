"""Use cases: what members choose for themselves is checked, saved and explained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.errors import UserError
from bot.i18n import _
from bot.models import VoiceSettings
from bot.plain import plain
from bot.text.clean import one_line
from bot.tts.speaker import choose_speaker, is_permitted
from bot.tts.wishes import NOTHING, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models import Source
    from bot.settings.member import MemberSettings
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.tts.offered import Catalog
    from bot.tts.speaker import Speaker
    from bot.tts.wishes import Wishes

OWN: Final = ("voice", "language", "style", "speed")
"""The settings of a voice that members choose, by their names in `VoiceSettings`."""


class Obstacle(StrEnum):
    """Why what a member has chosen does not hold where they are."""

    LOCKED = "locked"
    """Moderators chose a voice for this member."""
    FORCED = "forced"
    """Moderators chose one for everyone."""
    NOT_PERMITTED = "not permitted"
    MODEL = "model"
    """The model that speaks there has not this voice or language, or follows no style."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A choice of a member that does not hold; `name` is that of the setting."""

    name: str
    value: str
    level: Level
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who speaks for a member somewhere, and which of their choices do not hold there."""

    speaker: Speaker
    unheard: tuple[Unheard, ...] = ()


class OwnVoices:
    """What members decide about how they are spoken for."""

    def __init__(self, *, speech: SpeechService, settings: SettingsRepository) -> None:
        self._speech = speech
        self._settings = settings

    async def explain(self, source: Source) -> Explanation:
        """Return who speaks for `source`, and what of their choices does not hold.

        Raises:
            UserError: The database does not answer.
        """
        wishes = await self._speech.wishes(source)
        catalog = await self._speech.catalog(source.guild_id)
        speaker = choose_speaker(wishes, catalog)
        return Explanation(speaker, tuple(_unheard(wishes, speaker, catalog)))

    async def save(
        self, source: Source, choice: VoiceSettings, *, guild_id: int | None
    ) -> Explanation:
        """Keep what the member of `source` chooses for a server, or for all where that is `None`.

        Raises:
            UserError: Nothing was chosen, or something that does not go together or is not free to
                choose; nothing was saved.
        """
        choice = _cleaned(choice)
        if guild_id is None:
            speaker = await self._require_for_all(source, choice)
        else:
            speaker = await self._speech.speaker(source, choice)
        if choice.voice is not None:
            choice = replace(choice, voice=speaker.voice.id)
        chosen = {name: value for name in OWN if (value := getattr(choice, name)) is not None}
        await self._change(source, guild_id, chosen)
        return await self.explain(source)

    async def reset(self, source: Source, *, guild_id: int | None) -> Explanation:
        """Forget what the member of `source` has chosen for a server, or for all.

        Raises:
            UserError: Nothing was changed.
        """
        await self._change(source, guild_id, dict.fromkeys(OWN))
        return await self.explain(source)

    async def _change(self, source: Source, guild_id: int | None, chosen: dict[str, Any]) -> None:
        def change(now: MemberSettings) -> MemberSettings:
            return replace(now, **chosen)

        await self._settings.change_member(source.member_id or 0, guild_id, change)

    async def _require_for_all(self, source: Source, choice: VoiceSettings) -> Speaker:
        """Return a speaker with all that is chosen, of whatever model can have it.

        Servers choose their models, so what is chosen for all of them needs only one that can.
        """
        everybody = await self._speech.catalog(None)
        usual = (await self._speech.speaker(replace(source, guild_id=None))).model.id
        refusal: UserError | None = None
        for model in sorted(everybody.models, key=lambda each: each != usual):
            try:
                return await self._speech.check(
                    replace(choice, model=model), guild_id=None, saved=NOTHING
                )
            except UserError as error:
                refusal = refusal or error
        if await self._is_of_server(source, choice.voice):
            raise UserError(
                _("{voice} belongs to this server, so it speaks for you only here.").format(
                    voice=plain(choice.voice or "")
                )
            )
        raise refusal or UserError(_("There is no voice to choose."))

    async def _is_of_server(self, source: Source, voice: str | None) -> bool:
        everybody = await self._speech.catalog(None)
        here = await self._speech.catalog(source.guild_id)
        return _has(here, voice) and not _has(everybody, voice)


def _has(catalog: Catalog, voice: str | None) -> bool:
    return any(catalog.get_voice(model, voice) for model in catalog.models)


def _cleaned(choice: VoiceSettings) -> VoiceSettings:
    """Return what is chosen of what members may choose, without what cannot be seen."""
    style = one_line(choice.style or "")
    if choice.style and not style:
        raise UserError(_("A style needs words. Write a few, such as: calm and slow."))
    own = VoiceSettings(
        voice=choice.voice or None,
        language=choice.language,
        style=style or None,
        speed=choice.speed,
    )
    if own == NOTHING:
        raise UserError(_("Choose at least one option, such as voice or speed."))
    return own


def _unheard(wishes: Wishes, speaker: Speaker, catalog: Catalog) -> Iterator[Unheard]:
    for name in OWN:
        for level, settings in ((Level.HERE, wishes.here), (Level.EVERYWHERE, wishes.everywhere)):
            value = getattr(settings, name)
            if value is None:
                continue
            if (obstacle := _obstacle(name, value, wishes, speaker, catalog)) is None:
                break  # it holds, or is the reason why one beneath it does not
            yield Unheard(name, str(value), level, obstacle)


def _obstacle(
    name: str, value: str, wishes: Wishes, speaker: Speaker, catalog: Catalog
) -> Obstacle | None:
    model = speaker.model
    match name:
        case "voice":
            return _obstacle_of_voice(value, wishes, speaker, catalog)
        case "language":
            return None if value in model.languages else Obstacle.MODEL
        case "style":
            return None if model.accepts_style else Obstacle.MODEL
    return None


def _obstacle_of_voice(
    wanted: str, wishes: Wishes, speaker: Speaker, catalog: Catalog
) -> Obstacle | None:
    voice = catalog.get_voice(speaker.model.id, wanted)
    level = speaker.levels["voice"]
    if level is Level.LOCKED:
        return None if voice == speaker.voice else Obstacle.LOCKED
    if level is Level.FORCED:
        return None if voice == speaker.voice else Obstacle.FORCED
    if voice is None:
        return Obstacle.MODEL
    return None if is_permitted(wishes.server, voice) else Obstacle.NOT_PERMITTED
