"""Faults of the result host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.answers import JSON_TYPE
from bot.sandbox.qwen.faults.base import Fault
from bot.sandbox.qwen.faults.replies import endless, html
from bot.sandbox.qwen.faults.waiting import wait_or_forever
from bot.sandbox.qwen.reply import HangupError, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


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
