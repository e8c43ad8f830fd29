"""What a valid request is, and which refusal comes first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.models import AudioFormat
from bot.sandbox.qwen import errors
from bot.sandbox.qwen.answers import text_tokens
from bot.sandbox.qwen.errors import RefusalError
from bot.sandbox.qwen.options import Counting
from bot.tts.catalog import MAX_STYLE_TOKENS, MODELS, Family, weighted_characters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.qwen.custom_voices import CustomVoices
    from bot.sandbox.qwen.options import QwenOptions
    from bot.tts.catalog import Model

# Measured in August 2026 on qwen3-tts-flash.
RATES_HZ: Final = (8000, 16000, 24000, 48000)
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Sound:
    """How the speech is to be given out; the default is what the documentation knows."""

    is_mp3: bool = False
    rate_hz: int = AudioFormat().rate
    tempo: float = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request for speech."""

    model: Model
    voice_id: str
    text: str
    language: str
    style: str | None
    sound: Sound = Sound()


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RefusalError: It is none.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusalError(errors.ILLEGAL_INPUT) from error
    if not isinstance(parsed, dict):
        raise RefusalError(errors.ILLEGAL_INPUT)
    return parsed


def check_key(authorization: str | None, key: str) -> None:
    """Refuse a request without the right bearer token."""
    if not authorization:
        raise RefusalError(errors.NO_KEY, is_by_gateway=True)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or token.strip() != key:
        raise RefusalError(errors.WRONG_KEY, is_by_gateway=True)


def find_model(body: Mapping[str, Any], options: QwenOptions) -> Model:
    """Return the model a body names, as far as the gateway looks: model, input, access."""
    if not body.get("model"):
        raise RefusalError(errors.EMPTY_MODEL)
    if not isinstance(body.get("input"), dict):
        raise RefusalError(errors.EMPTY_INPUT)
    name = body["model"]
    model = MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        raise RefusalError(errors.WRONG_URL)
    if model.id in options.unpurchased_models:
        raise RefusalError(errors.UNPURCHASED, is_by_gateway=True)
    return model


def validate(
    body: Mapping[str, Any], model: Model, voices: CustomVoices, counting: Counting
) -> Call:
    """Return the call a body describes; what the contract does not name is ignored.

    Raises:
        RefusalError: Text or voice is missing or unknown, or text or style too long.
    """
    wanted = body["input"]
    parameters = body.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    options = parameters | wanted
    text, voice_id = (_required_text(wanted, name) for name in ("text", "voice"))
    _check_voice(model, voice_id, voices)
    _check_length(model, text, counting)
    return Call(
        model=model,
        voice_id=voice_id,
        text=text,
        language=str(options.get("language_type") or "Auto"),
        style=_style(model, options.get("instructions"), counting),
        sound=_sound(model, parameters),
    )


def _sound(model: Model, parameters: Mapping[str, Any]) -> Sound:
    """Return what undocumented parameters ask for, as measured on this one model.

    A rate that was measured not to be accepted is refused; other values than those measured are
    ignored, and so is all of it by the other models, of which nothing is known.
    """
    if model.family is not Family.FLASH:
        return Sound()
    usual = Sound()
    rate_hz = parameters.get("sample_rate")
    rate_hz = usual.rate_hz if rate_hz is None else rate_hz
    if rate_hz not in RATES_HZ:
        raise RefusalError(errors.MISSING_PARAMETER)
    tempo = parameters.get("speech_rate", usual.tempo)
    is_tempo = type(tempo) in (int, float) and SLOWEST <= tempo <= FASTEST
    return Sound(
        is_mp3=parameters.get("response_format") == "mp3",
        rate_hz=int(rate_hz),
        tempo=tempo if is_tempo else usual.tempo,
    )


def _style(model: Model, wanted: object, counting: Counting) -> str | None:
    if not model.accepts_style or not isinstance(wanted, str):
        return None
    if counting is not Counting.NONE and text_tokens(wanted) > MAX_STYLE_TOKENS:
        # The limit is documented, its refusal is not: it may well be worded like that of a text.
        raise RefusalError(errors.input_too_long(MAX_STYLE_TOKENS))
    return wanted


def _required_text(wanted: Mapping[str, Any], name: str) -> str:
    value = wanted.get(name)
    if not isinstance(value, str) or not value:
        raise RefusalError(errors.MISSING_PARAMETER)
    return value


def _check_voice(model: Model, voice_id: str, voices: CustomVoices) -> None:
    is_custom = voices.check(voice_id, model.id)
    if not is_custom and voice_id not in model.voices:
        raise RefusalError(errors.invalid_voice(voice_id))


def _check_length(model: Model, text: str, counting: Counting) -> None:
    if counting is Counting.NONE:
        return
    if _length(model, text, counting) > model.input_limit:
        raise RefusalError(errors.input_too_long(model.input_limit))


def _length(model: Model, text: str, counting: Counting) -> int:
    if model.is_legacy:
        return text_tokens(text)
    if counting is Counting.WEIGHTED:
        return weighted_characters(text)
    return len(text) if counting is Counting.CHARACTERS else len(text.encode("utf-8", "replace"))
