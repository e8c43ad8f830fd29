"""Whole answers that are not the service's own."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.answers import JSON_TYPE, to_json
from bot.sandbox.qwen.reply import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.sandbox.qwen.errors import ServiceError

_BOMB_BLOCK: Final = bytes(1 << 20)
_ENDLESS_BLOCK: Final = bytes(1 << 16)


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
