"""Who speaks: the choice for one time over that of the server over that of the operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from bot.errors import UserError
from bot.i18n import _
from bot.models import MAX_PAUSE_MS, MAX_SPEED, MAX_VOLUME, MIN_SPEED, Language, VoiceSettings
from bot.text.clean import one_line
from bot.tts.catalog import DEFAULT_MODEL, DEFAULT_VOICE, MAX_STYLE_TOKENS, weighted_characters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models import Voice
    from bot.tts.catalog import Model
    from bot.tts.offered import Catalog

T = TypeVar("T")

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
class Defaults:
    """The operator's choice: settings, and who speaks a language where nobody chose a voice."""

    settings: VoiceSettings = BASE
    voices: Mapping[Language, str] = field(default_factory=dict)


def choose_speaker(
    choice: VoiceSettings, saved: VoiceSettings, defaults: Defaults, catalog: Catalog
) -> Speaker:
    """Return the speaker that `choice` over `saved` over `defaults` makes.

    What is in `choice` holds or is refused. What was saved gives way where the catalogue has
    changed since, or where it does not go with the choice.

    Raises:
        UserError: Model, voice, language and style do not go together, or something is too much.
    """
    _require_range(choice)
    base = defaults.settings.over(BASE)
    settings = choice.over(saved).over(base)
    model = _model(choice, saved, base, catalog)
    asked = choice.language or saved.language
    voice = _voice(choice, saved, defaults, asked or settings.language, model, catalog)
    language = asked or catalog.language_of(model.id, voice)
    return Speaker(
        model=model,
        voice=voice,
        language=_language(language, base.language, model),
        style=_style(choice, settings, model),
        speed=_chosen(settings.speed, DEFAULT_SPEED),
        volume=_chosen(settings.volume, DEFAULT_VOLUME),
        pause_ms=_chosen(settings.pause_ms, DEFAULT_PAUSE_MS),
    )


def _model(
    choice: VoiceSettings, saved: VoiceSettings, base: VoiceSettings, catalog: Catalog
) -> Model:
    if choice.model:
        return catalog.find_model(choice.model)
    kept = catalog.get_model(saved.model)
    if kept and catalog.voices_of(kept.id):
        return kept
    return catalog.find_model(base.model or DEFAULT_MODEL)


def _voice(
    choice: VoiceSettings,
    saved: VoiceSettings,
    defaults: Defaults,
    language: Language | None,
    model: Model,
    catalog: Catalog,
) -> Voice:
    """Return the first voice that is chosen and speaks with `model`, else the model's first."""
    if choice.voice:
        return catalog.find_voice(model.id, choice.voice)
    of_language = defaults.voices.get(language or Language.AUTO)
    for wanted in (saved.voice, of_language, defaults.settings.voice):
        if voice := catalog.get_voice(model.id, wanted):
            return voice
    voices = catalog.voices_of(model.id)
    return voices[0] if voices else catalog.find_voice(model.id, "")


def _language(asked: Language | None, default: Language | None, model: Model) -> Language:
    if asked is None:
        return default if default in model.languages else Language.AUTO
    if asked not in model.languages:
        raise UserError(
            _("{model} does not speak {language}. Choose another language or model.").format(
                model=model.id, language=asked.value
            )
        )
    return asked


def _style(choice: VoiceSettings, settings: VoiceSettings, model: Model) -> str | None:
    if choice.style and not model.accepts_style:
        raise UserError(
            _(
                "{model} does not follow a style. "
                "A moderator can choose an instruct model with /server voice."
            ).format(model=model.id)
        )
    return (one_line(settings.style or "") or None) if model.accepts_style else None


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
    # A Han character may take two tokens, any other about one at most.
    if choice.style and weighted_characters(choice.style) > MAX_STYLE_TOKENS:
        raise UserError(
            _("The style is too long. Describe it in {most} characters.").format(
                most=MAX_STYLE_TOKENS
            )
        )
