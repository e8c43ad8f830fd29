"""How an answer outside the contract is reported."""

from __future__ import annotations

from bot.errors import ProviderError, ProviderFault


def protocol_error(message: str) -> ProviderError:
    """Return the error for an answer nobody can use; `message` must not quote the answer."""
    return ProviderError(message, fault=ProviderFault.PROTOCOL, retryable=True)
