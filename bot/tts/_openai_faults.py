"""What error answers of OpenAI-compatible servers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts._protocol import parse_object
from bot.tts._qwen_faults import provider_error, safe_request_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST_ERROR: Final = 400
_LAST_ERROR: Final = 599

# OpenAI API reference, "Error codes". Their quota is money; the same word elsewhere is a rate.
_CODES: Final = {
    "insufficient_quota": ProviderFault.OUT_OF_CREDIT,
    "billing_hard_limit_reached": ProviderFault.OUT_OF_CREDIT,
    "billing_not_active": ProviderFault.OUT_OF_CREDIT,
    "content_policy_violation": ProviderFault.REFUSED_CONTENT,
    "content_filter": ProviderFault.REFUSED_CONTENT,
    "moderation_blocked": ProviderFault.REFUSED_CONTENT,
}


def error_of(
    said: Mapping[str, Any], *, status: int | None, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Return the error that an object in OpenAI's shape tells; it is never quoted."""
    envelope = said.get("error")
    inner = envelope if isinstance(envelope, dict) else said
    names = [name for name in (inner.get("code"), inner.get("type")) if isinstance(name, str)]
    stated = inner.get("code")
    if isinstance(stated, int) and _FIRST_ERROR <= stated <= _LAST_ERROR:
        status = stated
    request_id = request_id_of(headers or {})
    for name in names:
        if fault := _CODES.get(name.casefold()):
            return ProviderError(
                f"the speech server answered {name.casefold()}",
                fault=fault,
                retryable=False,
                status=status,
                code=name,
                request_id=request_id,
            )
    return provider_error(
        status=status,
        code=next(filter(None, names), None),
        request_id=request_id,
        headers=headers,
    )


def error_of_body(
    body: bytes, *, status: int | None, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Return the error for a whole answer that is none, whatever its body is."""
    try:
        said = parse_object(body)
    except ProviderError:
        said = {}
    return error_of(said, status=status, headers=headers)


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return what to quote in a support case."""
    return safe_request_id(headers.get("x-request-id"))
