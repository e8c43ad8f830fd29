"""Faults that replace or delay the whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen import errors
from bot.sandbox.qwen.answers import JSON_TYPE, SSE_TYPE, Dialect, error_body, error_event
from bot.sandbox.qwen.faults.base import Fault
from bot.sandbox.qwen.faults.replies import html
from bot.sandbox.qwen.faults.waiting import wait_or_forever
from bot.sandbox.qwen.reply import HangupError, Reply

if TYPE_CHECKING:
    from bot.sandbox.qwen.errors import ServiceError


class Refuse(Fault):
    """Answers with an error of the service.

    Args:
        error: Which one.
        is_in_stream: Where a stream was wanted, answer 200 and tell the error by an event.
        retry_after: The value of a `Retry-After` header.
        is_bare: Name no content type, as the service's own 401 does.
    """

    def __init__(
        self,
        error: ServiceError,
        *,
        is_in_stream: bool = False,
        retry_after: str | None = None,
        is_bare: bool = False,
    ) -> None:
        self._error = error
        self._is_in_stream = is_in_stream
        self._retry_after = retry_after
        self._is_bare = is_bare

    async def reply(self, *, is_stream: bool, request_id: str) -> Reply:
        """Return the error."""
        headers = () if self._retry_after is None else (("Retry-After", self._retry_after),)
        if is_stream and self._is_in_stream:
            frame = error_event(self._error, request_id).encode(Dialect())
            return Reply(200, frame, SSE_TYPE, headers)
        content_type = None if self._is_bare else JSON_TYPE
        body = error_body(self._error, request_id)
        return Reply(self._error.status, body, content_type, headers)


class Answer(Fault):
    """Answers with these very bytes."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def reply(self, *, is_stream: bool, request_id: str) -> Reply:
        """Return them."""
        return self._reply


class ErrorUnder200(Fault):
    """Answers 200 with the JSON of an error."""

    def __init__(self, error: ServiceError) -> None:
        self._error = error

    async def reply(self, *, is_stream: bool, request_id: str) -> Reply:
        """Return the error under the wrong status."""
        return Reply(200, error_body(self._error, request_id), JSON_TYPE)


class FirstByteLate(Fault):
    """Waits before the answer begins; for ever by default."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds

    async def reply(self, *, is_stream: bool, request_id: str) -> None:
        """Wait, then let the real answer come."""
        await wait_or_forever(self._seconds)


class NoAnswer(Fault):
    """Hangs up before the first byte."""

    def __init__(self, *, is_reset: bool = False) -> None:
        self._is_reset = is_reset

    async def reply(self, *, is_stream: bool, request_id: str) -> None:
        """End the connection."""
        raise HangupError(is_reset=self._is_reset)


UNAUTHORIZED: Final = Refuse(errors.WRONG_KEY, is_bare=True)
ACCESS_DENIED: Final = Refuse(errors.ACCESS_DENIED)
UNPURCHASED: Final = Refuse(errors.UNPURCHASED)
FREE_TIER_ONLY: Final = Refuse(errors.FREE_TIER_ONLY)
MODEL_NOT_FOUND: Final = Refuse(errors.MODEL_NOT_FOUND)
TOO_LARGE: Final = Refuse(errors.TOO_LARGE)
TOO_LARGE_BARE: Final = Answer(html(413, "Request Entity Too Large"))
DATA_INSPECTION: Final = Refuse(errors.DATA_INSPECTION, is_in_stream=True)
ARREARAGE: Final = Refuse(errors.ARREARAGE, is_in_stream=True)
THROTTLED: Final = Refuse(errors.THROTTLING)
RATE_QUOTA: Final = Refuse(errors.RATE_QUOTA)
RATE_QUOTA_IN_STREAM: Final = Refuse(errors.RATE_QUOTA, is_in_stream=True)
BURST_RATE: Final = Refuse(errors.BURST_RATE)
ALLOCATION_QUOTA: Final = Refuse(errors.ALLOCATION_QUOTA)
FREE_QUOTA: Final = Refuse(errors.FREE_QUOTA)
BILL_OVERDUE: Final = Refuse(errors.BILL_OVERDUE)
REQUEST_TIMEOUT: Final = Refuse(errors.REQUEST_TIMEOUT)
INTERNAL_ERROR: Final = Refuse(errors.INTERNAL_ERROR)
ALGORITHM_ERROR: Final = Refuse(errors.ALGORITHM_ERROR, is_in_stream=True)
MODEL_SERVING: Final = Refuse(errors.MODEL_SERVING)
UNAVAILABLE: Final = Refuse(errors.MODEL_UNAVAILABLE)
HTML_BAD_GATEWAY: Final = Answer(html(502))
EMPTY_GATEWAY_TIMEOUT: Final = Answer(Reply(504))
CAPTIVE_PORTAL: Final = Answer(html(200, "Sign in"))
NOT_JSON: Final = Answer(Reply(200, b'{"output":', JSON_TYPE))
NO_OUTPUT: Final = Answer(Reply(200, b'{"request_id":"0"}', JSON_TYPE))
QUOTA_UNDER_200: Final = ErrorUnder200(errors.RATE_QUOTA)
