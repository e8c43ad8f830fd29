"""From a speech request to the bytes that are sent, checked first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ProviderError, ProviderFault
from bot.models import Language
from bot.text.clean import one_line
from bot.tts.catalog import MAX_STYLE_TOKENS, MODELS, is_custom_voice_id, weighted_characters

if TYPE_CHECKING:
    from bot.models import SpeechRequest
    from bot.tts.catalog import Model

_COMPACT: Final = (",", ":")


def encode_request(request: SpeechRequest, *, optimize_style: bool) -> bytes:
    """Return the JSON body for `request`; raise if the service would refuse it.

    Everything sits in `input`, as the REST reference has it. `Auto` is the service's own default
    and is left out; so is a style that the model would ignore.
    """
    model = MODELS.get(request.model)
    if model is None:
        raise _refused("there is no such model")
    fields: dict[str, Any] = {
        "text": _checked_text(request.text, model),
        "voice": _checked_voice(request.voice.id, model),
    }
    if (language := _checked_language(request.language, model)) is not Language.AUTO:
        fields["language_type"] = language.value
    if model.accepts_style and (style := one_line(request.style or "")):
        fields |= _style_fields(style, optimize=optimize_style)
    return _encoded({"model": model.id, "input": fields})


def _checked_text(text: str, model: Model) -> str:
    spoken = text.strip()
    if not spoken:
        raise _refused("there is nothing to say")
    if (count := weighted_characters(spoken)) > model.input_limit:
        raise _refused(f"the text has {count} characters; {model.id} takes {model.input_limit}")
    return spoken


def _checked_voice(voice_id: str, model: Model) -> str:
    is_own = model.accepts_custom_voices and is_custom_voice_id(voice_id)
    if not is_own and voice_id not in model.voices:
        raise _refused(f"{model.id} does not speak with the voice asked for")
    return voice_id


def _checked_language(language: str, model: Model) -> Language:
    if language not in model.languages:
        raise _refused(f"{model.id} does not speak the language asked for")
    return Language(language)


def _style_fields(style: str, *, optimize: bool) -> dict[str, Any]:
    # Tokens are the service's; a weighted character takes about one at most.
    if weighted_characters(style) > MAX_STYLE_TOKENS:
        raise _refused(f"the style is longer than {MAX_STYLE_TOKENS} characters")
    if optimize:
        return {"instructions": style, "optimize_instructions": True}
    return {"instructions": style}


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=_COMPACT).encode()
    except UnicodeEncodeError:
        # The exception quotes the text.
        raise _refused("the text holds half a character") from None


def _refused(message: str) -> ProviderError:
    return ProviderError(message, fault=ProviderFault.INVALID_REQUEST, retryable=False)
