"""Who speaks: what the wishes of everyone who has a say in it make together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.i18n import _
from bot.models import (
    MAX_PAUSE_MS,
    MAX_SPEED,
    MAX_VOLUME,
    MIN_SPEED,
    Language,
    VoiceSettings,
)
from bot.plain import plain
from bot.text.clean import one_line
from bot.tts.catalog import DEFAULT_MODEL, MAX_STYLE_TOKENS, weighted_characters
from bot.tts.wishes import OF_MEMBERS, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.models import Voice
    from bot.settings.guild import GuildSettings
    from bot.tts.catalog import Model
    from bot.tts.offered import Catalog
    from bot.tts.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Speaker:
    """All that belongs to a request but the text; `levels` says who decided each of it."""

    model: Model
    voice: Voice
    language: Language
    style: str | None
    speed: float
    volume: float
    pause_ms: int
    levels: Mapping[str, Level] = field(compare=False, default_factory=dict)


def choose_speaker(wishes: Wishes, catalog: Catalog) -> Speaker:
    """Return the speaker that all wishes together make.

    What a command asks for holds or is refused. What was saved gives way where the catalogue has
    changed since, where it does not go with what is stronger, or where moderators do not allow it.

    Raises:
        UserError: Model, voice, language and style do not go together, something is too much, or
            the voice is not free to choose here.
    """
    _require_range(wishes.command)
    chosen: dict[str, tuple[Level, Any]] = {"model": _model(wishes, catalog)}
    model: Model = chosen["model"][1]
    wanted = _wanted_language(wishes, model)
    spoken = wanted[1] if wanted[1] is not Language.AUTO else wishes.words or Language.AUTO
    chosen["voice"] = _voice(wishes, spoken, model, catalog)
    chosen["language"] = _language(wishes, wanted, chosen["voice"][1], model, catalog)
    chosen["style"] = _style(wishes, model)
    chosen |= {name: wishes.first(name) for name in ("speed", "volume", "pause_ms")}
    return Speaker(
        **{name: value for name, (_level, value) in chosen.items()},
        levels={name: level for name, (level, _value) in chosen.items()},
    )


def permitted_voices(server: GuildSettings, voices: Sequence[Voice]) -> list[Voice]:
    """Return which of `voices` members of a server may choose."""
    return [voice for voice in voices if is_permitted(server, voice)]


def is_permitted(server: GuildSettings, voice: Voice) -> bool:
    """Return whether members of a server may choose a voice."""
    is_allowed = not server.allowed_voices or _is_among(server.allowed_voices, voice)
    return is_allowed and not _is_among(server.banned_voices, voice)


def own_voice(identity: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice of `voices` that belongs to `identity`, always the same.

    Where others are added or taken away, most keep theirs (rendezvous hashing).
    """

    def weight(voice: Voice) -> bytes:
        return hashlib.blake2b(f"{identity}\0{voice.id}".encode(), digest_size=8).digest()

    return max(voices, key=weight, default=None)


def _is_among(written: Sequence[str], voice: Voice) -> bool:
    # Settings come from files too, where people write ids as they like, or names.
    names = {voice.id.casefold(), voice.name.casefold()} - {""}
    return any(each.casefold() in names for each in written)


def _model(wishes: Wishes, catalog: Catalog) -> tuple[Level, Model]:
    if wishes.command.model:
        return Level.COMMAND, catalog.find_model(wishes.command.model)
    kept = catalog.get_model(wishes.server.model)
    if kept and catalog.voices_of(kept.id):
        return Level.SERVER, kept
    return Level.OPERATOR, catalog.find_model(wishes.defaults.filled.model or DEFAULT_MODEL)


def _wanted_language(wishes: Wishes, model: Model) -> tuple[Level, Language]:
    asked = wishes.command.language
    if asked is None and wishes.command.model:
        asked = wishes.server.language  # the model is chosen for everyone, their language included
    if asked and asked not in model.languages:
        raise UserError(
            _("{model} does not speak {language}. Choose another language or model.").format(
                model=model.id, language=asked.value
            )
        )
    spoken = ((level, each) for level, each in wishes.of("language") if each in model.languages)
    level, language = next(spoken, (Level.OPERATOR, Language.AUTO))
    found = wishes.message
    if level in OF_MEMBERS and language is Language.AUTO and found in model.languages:
        return Level.MESSAGE, found  # "find it out" is a wish that has been granted already
    return level, language


def _voice(
    wishes: Wishes, language: Language, model: Model, catalog: Catalog
) -> tuple[Level, Voice]:
    """Return the first voice that is wanted, allowed and speaks with `model`."""
    ruled = _ruled_voice(wishes, language, model, catalog)
    if wishes.command.voice:
        voice = catalog.find_voice(model.id, wishes.command.voice)
        _require_free(wishes, voice, ruled)
        return Level.COMMAND, voice
    if ruled:
        return ruled
    for level, wanted in _voices_of_members(wishes):
        own = catalog.get_voice(model.id, wanted)
        if own and is_permitted(wishes.server, own):
            return level, own
    if in_channel := catalog.get_voice(model.id, wishes.channel.voice):
        return Level.CHANNEL, in_channel
    if given := _given_voice(wishes, model, catalog):
        return Level.GIVEN, given
    return _voice_of_all(wishes, language, model, catalog)


def _voices_of_members(wishes: Wishes) -> Iterator[tuple[Level, str | None]]:
    yield Level.HERE, wishes.here.voice
    yield Level.EVERYWHERE, wishes.everywhere.voice


def _voice_of_all(
    wishes: Wishes, language: Language, model: Model, catalog: Catalog
) -> tuple[Level, Voice]:
    """Return who speaks for those who have chosen nobody; there is always somebody."""
    wanted = (
        (Level.SERVER_LANGUAGE, dict(wishes.server.voices).get(language)),
        (Level.SERVER, wishes.server.voice),
        (Level.OPERATOR_LANGUAGE, wishes.defaults.voices.get(language)),
        (Level.OPERATOR, wishes.defaults.settings.voice),
    )
    for level, name in wanted:
        if voice := catalog.get_voice(model.id, name):
            return level, voice
    voices = catalog.voices_of(model.id)
    return Level.OPERATOR, voices[0] if voices else catalog.find_voice(model.id, "")


def _given_voice(wishes: Wishes, model: Model, catalog: Catalog) -> Voice | None:
    if not wishes.identity or not (wishes.is_given or wishes.server.gives_voices):
        return None
    permitted = permitted_voices(wishes.server, catalog.voices_of(model.id))
    # A dialect is something people choose.
    usual = [voice for voice in permitted if voice.dialect is None]
    return own_voice(wishes.identity, usual or permitted)


def _ruled_voice(
    wishes: Wishes, language: Language, model: Model, catalog: Catalog
) -> tuple[Level, Voice] | None:
    """Return the voice that moderators want for the member or for everyone, if they do.

    Where the model has not the voice they wanted, the choice still is not the member's.
    """
    if not (wishes.rules.voice or wishes.server.forces_voice):
        return None
    if locked := catalog.get_voice(model.id, wishes.rules.voice):
        return Level.LOCKED, locked
    _level, of_all = _voice_of_all(wishes, language, model, catalog)
    return Level.FORCED if wishes.server.forces_voice else Level.LOCKED, of_all


def _require_free(wishes: Wishes, voice: Voice, ruled: tuple[Level, Voice] | None) -> None:
    """Raise where moderators do not let the author of a command choose `voice`."""
    if ruled and ruled[1] != voice:
        level, wanted = ruled
        sentence = _("Everyone speaks as {voice} in this server. Leave the voice out.")
        if level is Level.LOCKED:
            sentence = _("Moderators chose {voice} for you in this server. Leave the voice out.")
        raise UserError(sentence.format(voice=plain(wanted.short_name)))
    if ruled is None and not is_permitted(wishes.server, voice):
        raise UserError(
            _("{voice} may not be chosen in this server. Pick another voice from the list.").format(
                voice=plain(voice.short_name)
            )
        )


def _language(
    wishes: Wishes, wanted: tuple[Level, Language], voice: Voice, model: Model, catalog: Catalog
) -> tuple[Level, Language]:
    made_for = catalog.language_of(model.id, voice)
    is_open = wanted[0] is Level.OPERATOR
    if is_open and made_for in model.languages:
        return Level.VOICE, made_for
    return wanted


def _style(wishes: Wishes, model: Model) -> tuple[Level, str | None]:
    if wishes.command.style and not model.accepts_style:
        raise UserError(
            _(
                "{model} does not follow a style. "
                "A moderator can choose an instruct model with /server voice."
            ).format(model=model.id)
        )
    if not model.accepts_style:
        return Level.OPERATOR, None
    cleaned = ((level, one_line(style)) for level, style in wishes.of("style"))
    return next(((level, style) for level, style in cleaned if style), (Level.OPERATOR, None))


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
    # A Han character may take two tokens, any other about one at most.
    if choice.style and weighted_characters(choice.style) > MAX_STYLE_TOKENS:
        raise UserError(
            _("The style is too long. Describe it in {most} characters.").format(
                most=MAX_STYLE_TOKENS
            )
        )
