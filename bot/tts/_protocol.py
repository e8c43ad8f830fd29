"""Reading answers strictly, and how one outside the contract is reported."""

from __future__ import annotations

import base64
import json
from typing import Any

from bot.errors import ProviderError, ProviderFault


def protocol_error(message: str) -> ProviderError:
    """Return the error for an answer nobody can use; `message` must not quote the answer."""
    return ProviderError(message, fault=ProviderFault.PROTOCOL, retryable=True)


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object in `text`."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise protocol_error("the answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise protocol_error("the answer is not a JSON object")
    return parsed


def decoded_audio(encoded: str) -> bytes:
    """Return the bytes that `encoded` is the base64 of."""
    try:
        # Without `validate`, anything that is not base64 decodes to silence, without an error;
        # with it, CPython 3.11 still takes padding behind whole groups of four.
        audio = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise protocol_error("the audio in the answer is not base64") from None
    if len(encoded) % 4 or encoded.endswith("==="):
        raise protocol_error("the audio in the answer has the padding of no base64")
    return audio
