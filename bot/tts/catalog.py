"""What the provider offers: models, voices, languages, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

from bot.errors import UserError
from bot.i18n import _
from bot.models import Language, Voice
from bot.tts import _voices

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MODEL: Final = "qwen3-tts-flash"
DEFAULT_VOICE: Final = "Cherry"

# Alibaba Model Studio documentation, Qwen-TTS API reference: the maximum of one request.
MAX_WEIGHTED_CHARACTERS: Final = 600
MAX_LEGACY_TOKENS: Final = 512
MAX_STYLE_TOKENS: Final = 1600

# Alibaba Model Studio documentation, "Rate limits": requests per minute, account and model.
_USUAL_RPM: Final = 180
_SMALL_RPM: Final = 10

# Below this likeness a match is a coincidence; it keeps "male" (80 % alike) apart from "female".
_MIN_LIKENESS: Final = 82
_WORD: Final = re.compile(r"\w+")
# Twice the longest name: what is longer is no name, and every word of it costs time.
_MAX_QUERY_CHARACTERS: Final = 32

# What an enrolled or designed voice may be called: short, printable, no path and no markup.
_CUSTOM_VOICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}")


class UnknownModelError(UserError):
    """There is no such model."""


class UnknownVoiceError(UserError):
    """The model does not speak with that voice."""


class Provider(StrEnum):
    """Who makes the sound of a model."""

    QWEN = "qwen"
    OPENAI = "openai"
    """Any server with OpenAI's speech endpoint."""
    ESPEAK = "espeak"
    """The embedded voice."""


class Family(StrEnum):
    """What a model is for."""

    FLASH = "flash"
    INSTRUCT = "instruct"
    VOICE_DESIGN = "voice design"
    VOICE_CLONE = "voice clone"
    LEGACY = "legacy"


class Region(StrEnum):
    """Where a model is offered."""

    BEIJING = "cn-beijing"
    SINGAPORE = "ap-southeast-1"


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the endpoint.

    `input_limit` counts weighted characters; for legacy models tokens, of which a weighted
    character takes about one at most. `usd_per_10k_characters` is the highest list price of any
    region, or `None` where tokens are billed.
    """

    id: str
    family: Family
    voices: frozenset[str]
    requests_per_minute: int
    regions: frozenset[Region] = frozenset(Region)
    languages: frozenset[Language] = frozenset(Language)
    input_limit: int = MAX_WEIGHTED_CHARACTERS
    usd_per_10k_characters: float | None = 0.115
    provider: Provider = Provider.QWEN

    @property
    def accepts_style(self) -> bool:
        """Whether the model follows `instructions`."""
        return self.family is Family.INSTRUCT

    @property
    def accepts_custom_voices(self) -> bool:
        """Whether the model speaks with voices of one's own, and only with those."""
        return self.family in (Family.VOICE_CLONE, Family.VOICE_DESIGN)

    @property
    def is_legacy(self) -> bool:
        """Whether the model is of the first, token-billed generation."""
        return self.family is Family.LEGACY


def _legacy(id_: str, marks: str) -> Model:
    return Model(
        id_,
        Family.LEGACY,
        _voices.marked(marks),
        _SMALL_RPM,
        regions=frozenset({Region.BEIJING}),
        languages=frozenset({Language.AUTO, Language.CHINESE, Language.ENGLISH}),
        input_limit=MAX_LEGACY_TOKENS,
        usd_per_10k_characters=None,
    )


def _own_voices(id_: str, family: Family) -> Model:
    return Model(id_, family, frozenset(), _USUAL_RPM)


# Alibaba Model Studio documentation, "Speech synthesis - Qwen" (models, prices) and "Rate limits".
_ALL_MODELS: Final = (
    Model("qwen3-tts-flash", Family.FLASH, _voices.marked("F"), _USUAL_RPM),
    Model("qwen3-tts-flash-2025-11-27", Family.FLASH, _voices.marked("F"), _USUAL_RPM),
    Model("qwen3-tts-flash-2025-09-18", Family.FLASH, _voices.marked("S"), _SMALL_RPM),
    Model("qwen3-tts-instruct-flash", Family.INSTRUCT, _voices.marked("I"), _USUAL_RPM),
    Model("qwen3-tts-instruct-flash-2026-01-26", Family.INSTRUCT, _voices.marked("I"), _USUAL_RPM),
    _own_voices("qwen3-tts-vd-2026-01-26", Family.VOICE_DESIGN),
    _own_voices("qwen3-tts-vc-2026-01-22", Family.VOICE_CLONE),
    _legacy("qwen-tts", "Q"),
    _legacy("qwen-tts-latest", "Qq"),
    _legacy("qwen-tts-2025-05-22", "Qq"),
    _legacy("qwen-tts-2025-04-10", "Q"),
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.id: model for model in _ALL_MODELS})
VOICES: Final[Mapping[str, Voice]] = MappingProxyType({voice.id: voice for voice in _voices.ALL})
_BY_FOLDED_ID: Final = {voice.id.casefold(): voice for voice in _voices.ALL}


def _is_han(character: str) -> bool:
    point = ord(character)
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3400 <= point <= 0x4DBF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
    )


def weighted_characters(text: str) -> int:
    """Count `text` as the provider bills and limits it: a Han character is 2, any other 1."""
    return len(text) + sum(map(_is_han, text))


def find_model(model_id: str) -> Model:
    """Return the model called `model_id`."""
    model = MODELS.get(model_id)
    if model is None:
        raise UnknownModelError(
            _("There is no such speech model. Pick one from the list, such as {model}.").format(
                model=DEFAULT_MODEL
            )
        )
    return model


def voices_of(model_id: str) -> tuple[Voice, ...]:
    """Return the system voices of a model in catalogue order; none where voices are custom."""
    supported = find_model(model_id).voices
    return tuple(voice for voice in _voices.ALL if voice.id in supported)


def find_voice(model_id: str, voice_id: str) -> Voice:
    """Return the voice `voice_id` (in any case) as `model_id` knows it."""
    model = find_model(model_id)
    voice = _BY_FOLDED_ID.get(voice_id.strip().casefold())
    if model.accepts_custom_voices:
        return _custom_voice(model, voice_id.strip(), system=voice)
    if voice is None:
        raise _no_such_voice(model, voice_id)
    if voice.id not in model.voices:
        raise UnknownVoiceError(
            _("{voice} does not speak with {model}. Pick one of its {count} voices.").format(
                voice=voice.id, model=model.id, count=len(model.voices)
            )
        )
    return voice


def _no_such_voice(model: Model, voice_id: str) -> UnknownVoiceError:
    if alike := search_voices(voice_id, model.id):
        return UnknownVoiceError(
            _("{model} has no such voice. Did you mean {voice}?").format(
                model=model.id, voice=alike[0].id
            )
        )
    return UnknownVoiceError(
        _("{model} has no such voice. Pick one of its {count} voices.").format(
            model=model.id, count=len(model.voices)
        )
    )


def _custom_voice(model: Model, voice_id: str, *, system: Voice | None) -> Voice:
    if system is None and _CUSTOM_VOICE.fullmatch(voice_id):
        return Voice(voice_id)
    raise UnknownVoiceError(
        _("{model} speaks only with voices of your own. Give the id of one made for it.").format(
            model=model.id
        )
    )


def search_voices(query: str, model_id: str) -> list[Voice]:
    """Return the voices of a model that fit `query`, best first; all of them for an empty query."""
    wanted = query.strip().casefold()[:_MAX_QUERY_CHARACTERS]
    voices = voices_of(model_id)
    if not wanted:
        return list(voices)
    scored = [(_score(wanted, voice), voice) for voice in voices]
    fitting = [pair for pair in scored if pair[0] >= _MIN_LIKENESS]
    return [voice for score, voice in sorted(fitting, key=lambda pair: -pair[0])]


def _score(wanted: str, voice: Voice) -> float:
    """Rate the fit: a name, its start, a word's start, a part; else every word by its likeness."""
    names = (voice.id.casefold(), voice.name.casefold())
    if wanted in names:
        return 400
    if any(name.startswith(wanted) for name in names):
        return 300
    if any(f" {wanted}" in name for name in names):
        return 250
    if any(wanted in name for name in names):
        return 200
    traits = f"{voice.character} {voice.dialect or ''} {voice.sex or ''}".casefold()
    words = _WORD.findall(f"{voice.id.casefold()} {traits}")
    return min(max(_likeness(part, word) for word in words) for part in wanted.split())


def _likeness(part: str, word: str) -> float:
    return 100 if word.startswith(part) else fuzz.ratio(part, word)
