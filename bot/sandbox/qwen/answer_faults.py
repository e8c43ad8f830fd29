"""Faults that replace or delay the whole answer."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen import errors
from bot.sandbox.qwen.answers import JSON_TYPE, SSE_TYPE, Dialect, error_body, error_event, to_json
from bot.sandbox.qwen.faults import Fault
from bot.sandbox.qwen.reply import HangupError, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.sandbox.qwen.errors import ServiceError

_BOMB_BLOCK: Final = bytes(1 << 20)
_ENDLESS_BLOCK: Final = bytes(1 << 16)


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


class Download(Fault):
    """Answers the download of the file with these very bytes."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def download(self, reply: Reply) -> Reply:
        """Return them."""
        return self._reply


class DownloadCut(Fault):
    """Ends the download in the middle."""

    def __init__(self, *, is_reset: bool = False) -> None:
        self._is_reset = is_reset

    async def download(self, reply: Reply) -> Reply:
        """Send half of the file, then hang up."""
        half = reply.body[: len(reply.body) // 2]

        async def hang_up() -> AsyncGenerator[bytes, None]:
            yield half
            raise HangupError(is_reset=self._is_reset)

        return Reply(reply.status, b"", reply.content_type, more=hang_up)


class DownloadLate(Fault):
    """Waits before the download begins; for ever by default."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds

    async def download(self, reply: Reply) -> Reply:
        """Wait, then let the file come."""
        await wait_or_forever(self._seconds)
        return reply


async def wait_or_forever(seconds: float | None) -> None:
    """Sleep; `None` until the client gives up."""
    if seconds is not None:
        await asyncio.sleep(seconds)
        return
    await asyncio.Event().wait()


def endless(content_type: str = "audio/x-wav", *, prefix: bytes = b"") -> Reply:
    """Return an answer whose body never ends."""

    async def blocks() -> AsyncGenerator[bytes, None]:
        yield prefix or _ENDLESS_BLOCK
        while True:
            yield _ENDLESS_BLOCK

    return Reply(200, b"", content_type, more=blocks)


def gzip_bomb(
    unpacked_mib: int = 200, *, content_type: str = "audio/x-wav", prefix: bytes = b""
) -> Reply:
    """Return a small body that unpacks to a huge one of zeros behind `prefix`."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    packed = [packer.compress(prefix)]
    packed += [packer.compress(_BOMB_BLOCK) for _ in range(unpacked_mib)]
    packed.append(packer.flush())
    return Reply(200, b"".join(packed), content_type, (("Content-Encoding", "gzip"),))


def redirect(location: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status, b"", None, (("Location", location),))


def html(status: int, text: str = "Bad Gateway") -> Reply:
    """Return what a gateway in front of the service says."""
    page = f"<html>\r\n<head><title>{status} {text}</title></head>\r\n<body></body>\r\n</html>\r\n"
    return Reply(status, page.encode(), "text/html")


def compressed(body: bytes, content_type: str) -> Reply:
    """Return a body that is gzip whether the client accepts it or not."""
    return Reply(200, gzip.compress(body), content_type, (("Content-Encoding", "gzip"),))


def envelope(error: ServiceError) -> Reply:
    """Return an error the way the OpenAI-compatible gateways write it."""
    inner = {"message": error.message, "type": error.code, "code": error.code, "param": None}
    return Reply(error.status, to_json({"error": inner}), JSON_TYPE)


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
FILE_FORBIDDEN: Final = Download(
    Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
)
FILE_MISSING: Final = Download(
    Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")
)
FILE_HOST_DOWN: Final = Download(
    Reply(500, b"<Error><Code>InternalError</Code></Error>", "application/xml")
)
FILE_IS_HTML: Final = Download(html(200, "Sign in"))
FILE_IS_JSON: Final = Download(Reply(200, b'{"code":"InternalError"}', JSON_TYPE))
FILE_EMPTY: Final = Download(Reply(200, b"", "audio/x-wav"))
FILE_ENDLESS: Final = Download(endless())
