"""From a speech request to the bytes an OpenAI-compatible server is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ProviderError, ProviderFault
from bot.models import Language
from bot.tts._qwen_endpoint import Mode

if TYPE_CHECKING:
    from bot.models import SpeechRequest

_COMPACT: Final = (",", ":")


def encode_request(request: SpeechRequest, mode: Mode) -> bytes:
    """Return the JSON body for `request`; raise if no server would take it.

    `stream` and `language` are vLLM-Omni's, the rest is OpenAI's. Old releases stream for `stream`
    alone, new ones tell events from bytes by `stream_format`: so both are sent.
    """
    if not (text := request.text.strip()):
        raise _refused("there is nothing to say")
    fields: dict[str, Any] = {"model": request.model, "input": text, "voice": request.voice.id}
    if request.language is not Language.AUTO:
        fields["language"] = Language(request.language).value
    if request.style and request.style.strip():
        fields["instructions"] = request.style.strip()
    if mode is Mode.STREAMING:
        fields |= {"response_format": "pcm", "stream": True, "stream_format": "audio"}
    else:
        fields["response_format"] = "wav"
    try:
        return json.dumps(fields, ensure_ascii=False, separators=_COMPACT).encode()
    except UnicodeEncodeError:
        # The exception quotes the text.
        raise _refused("the text holds half a character") from None


def _refused(message: str) -> ProviderError:
    return ProviderError(message, fault=ProviderFault.INVALID_REQUEST, retryable=False)
