"""What Qwen-TTS has: models, voices, languages, limits, prices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

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


# What an enrolled or designed voice may be called: short, printable, no path and no markup.
_CUSTOM_VOICE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}")


class UnknownModelError(UserError):
    """There is no such model."""

    @classmethod
    def suggesting(cls, model_id: str) -> Self:
        """Return the error that names a model there is."""
        return cls(
            _("There is no such speech model. Pick one from the list, such as {model}.").format(
                model=model_id
            )
        )


class Provider(StrEnum):
    """Who makes the sound of a model."""

    QWEN = "qwen"
    OPENAI = "openai"
    """Any server with OpenAI's speech endpoint."""
    ESPEAK = "espeak"
    """The embedded voice."""


class Family(StrEnum):
    """What a model of Qwen-TTS is for; those of other providers have none."""

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
    """One model of a provider.

    `input_limit` counts weighted characters; for legacy models tokens, of which a weighted
    character takes about one at most. `usd_per_10k_characters` is the highest list price of any
    region, or `None` where tokens are billed.
    """

    id: str
    family: Family | None
    voices: frozenset[str]
    requests_per_minute: float
    regions: frozenset[Region] = frozenset(Region)
    languages: frozenset[Language] = frozenset(Language)
    input_limit: int = MAX_WEIGHTED_CHARACTERS
    usd_per_10k_characters: float | None = 0.115
    provider: Provider = Provider.QWEN

    @property
    def accepts_style(self) -> bool:
        """Whether the model follows `instructions`."""
        return self.family is Family.INSTRUCT or self.provider is Provider.OPENAI

    @property
    def misreads_digits(self) -> bool:
        """Whether digits come out in Chinese in any language (QwenLM/Qwen3-TTS #68 and #265)."""
        is_open_weights = self.provider is Provider.OPENAI and "qwen" in self.id.casefold()
        return self.family is Family.INSTRUCT or is_open_weights

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


_SYSTEM_IDS: Final = frozenset(voice_id.casefold() for voice_id in VOICES)
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def weighted_characters(text: str) -> int:
    """Count `text` as the provider bills and limits it: a Han character is 2, any other 1."""
    return len(text) if text.isascii() else len(text) + sum(map(len, _HAN.findall(text)))


def find_model(model_id: str) -> Model:
    """Return the model of Qwen-TTS called `model_id`.

    Raises:
        UnknownModelError: There is none.
    """
    model = MODELS.get(model_id)
    if model is None:
        raise UnknownModelError.suggesting(DEFAULT_MODEL)
    return model


def is_custom_voice_id(written: str) -> bool:
    """Whether a cloned or designed voice may have this id; those of the system may not."""
    is_system = written.casefold() in _SYSTEM_IDS
    return not is_system and _CUSTOM_VOICE_ID.fullmatch(written) is not None
