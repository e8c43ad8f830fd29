"""Everything that can go wrong, by who can do something about it."""

from __future__ import annotations

from enum import StrEnum


class BotError(Exception):
    """The base of every error this bot raises on purpose."""


class UserError(BotError):
    """The user can fix this; `str(error)` is the sentence they read."""


class ConfigError(BotError):
    """The operator can fix this: every wrong setting, one line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class ProviderFault(StrEnum):
    """What kind of trouble the speech service is in; decides what users and operators are told."""

    BAD_KEY = "bad_key"
    """401, 403: the key, its workspace or its access to the model."""
    OUT_OF_CREDIT = "out_of_credit"
    """Arrearage, exhausted free tier, overdue bills."""
    THROTTLED = "throttled"
    """429 that goes away by waiting."""
    REFUSED_CONTENT = "refused_content"
    """DataInspectionFailed: the text or the audio."""
    INVALID_REQUEST = "invalid_request"
    """The request itself: model, voice, length. Ours or the operator's mistake."""
    TIMEOUT = "timeout"
    """No connection, no first audio, or a stall, within the budget."""
    UNAVAILABLE = "unavailable"
    """5xx, connection refused, DNS, TLS."""
    PROTOCOL = "protocol"
    """An answer outside the contract: bad JSON, base64, WAV, no audio."""
    TRUNCATED = "truncated"
    """The stream ended before `finish_reason` was `stop`."""
    UNSAFE_URL = "unsafe_url"
    """The audio URL points somewhere we do not download from."""
    STALE = "stale"
    """It waited for its turn until nobody expected it any more; never sent."""
    OVER_BUDGET = "over_budget"
    """The characters of the day are used up; never sent."""
    SUSPENDED = "suspended"
    """The service has failed so often that it is left alone for a moment; never sent."""
    MUTED = "muted"
    """Too much of what its author wrote was refused for its content; never sent."""


class ProviderError(BotError):
    """The speech service failed.

    Args:
        message: For operators; never contains the text, the key or a signed URL.
        fault: What kind of failure it is.
        retryable: Whether the same request may succeed later.
        status: The HTTP status, or the one stated inside the stream.
        code: The service's own error code, such as `Throttling.RateQuota`.
        request_id: What to quote in a support case.
        retry_after_s: Seconds the service asked us to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        fault: ProviderFault,
        retryable: bool,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.retryable = retryable
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after_s = retry_after_s
