"""Getting answers onto the socket: headers, compression, and endings that are none."""

from __future__ import annotations

import socket
import struct
import sys
import time
import uuid
import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion11, web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.sandbox.qwen.reply import Reply

# `struct linger` {on, 0 s}: Windows has two shorts in it. Closing such a socket sends RST.
_LINGER_NOT: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class BareResponse(web.StreamResponse):
    """An answer without a content type."""


class Packer:
    """Compresses a body so that every piece of it can be read at once."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)

    def pack(self, piece: bytes) -> bytes:
        """Return `piece` compressed and flushed."""
        return self._gzip.compress(piece) + self._gzip.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        """Return what ends the body."""
        return self._gzip.flush()


class Outlet:
    """One answer being written to a client."""

    def __init__(self, request: web.BaseRequest, *, uses_gzip: bool) -> None:
        self._request = request
        self._has_body = request.method != "HEAD"
        packs = uses_gzip and self._has_body and accepts_gzip(request)
        self._packer = Packer() if packs else None
        self._response: web.StreamResponse | None = None

    async def open(self, status: int, content_type: str | None, headers: dict[str, str]) -> None:
        """Send the status and the headers."""
        kind = BareResponse if content_type is None else web.StreamResponse
        response = kind(status=status, headers=headers)
        if content_type is not None:
            response.headers["Content-Type"] = content_type
        if self._packer is not None:
            response.headers.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        if "Content-Length" not in headers and self._request.version >= HttpVersion11:
            response.enable_chunked_encoding()
        self._response = response
        await response.prepare(self._request)

    async def write(self, piece: bytes) -> None:
        """Send a piece of the body at once; an answer to HEAD has none."""
        if not self._has_body:
            return
        await self._opened.write(piece if self._packer is None else self._packer.pack(piece))

    async def close(self) -> web.StreamResponse:
        """End the body."""
        if self._packer is not None:
            await self._opened.write(self._packer.finish())
        await self._opened.write_eof()
        return self._opened

    @property
    def _opened(self) -> web.StreamResponse:
        if self._response is None:
            raise RuntimeError("the answer has no headers yet")
        return self._response


async def send_file(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send a reply the way object storage does: with its length and never compressed."""
    headers = dict(reply.headers) | {"Server": "AliyunOSS"}
    if reply.more is None:
        headers["Content-Length"] = str(len(reply.body))
    return await _send(Outlet(request, uses_gzip=False), reply, headers)


async def send_answer(
    request: web.BaseRequest, reply: Reply, headers: dict[str, str], *, uses_gzip: bool
) -> web.StreamResponse:
    """Send a reply the way the API's gateway does: chunked, compressed where accepted."""
    is_packed = any(name.lower() == "content-encoding" for name, _ in reply.headers)
    outlet = Outlet(request, uses_gzip=uses_gzip and bool(reply.body) and not is_packed)
    return await _send(outlet, reply, headers | dict(reply.headers))


async def _send(outlet: Outlet, reply: Reply, headers: dict[str, str]) -> web.StreamResponse:
    await outlet.open(reply.status, reply.content_type, headers)
    if reply.body:
        await outlet.write(reply.body)
    if reply.more is not None:
        async with aclosing(reply.more()) as pieces:
            await _write_all(outlet, pieces)
    return await outlet.close()


async def _write_all(outlet: Outlet, pieces: AsyncGenerator[bytes, None]) -> None:
    async for piece in pieces:
        await outlet.write(piece)


def gateway_headers(request_id: str, arrived_ms: int, *, is_finished: bool) -> dict[str, str]:
    """Return the headers captured from the real gateway."""
    now_ms = time.time_ns() // 1_000_000
    took_ms = str(max(now_ms - arrived_ms, 0))
    return {
        "eagleeye-traceid": uuid.uuid4().hex,
        "X-Request-ID": request_id,
        "x-dashscope-call-gateway": "true",
        "x-dashscope-timeout": "180",
        "x-dashscope-finished": "true" if is_finished else "false",
        "req-cost-time": took_ms,
        "req-arrive-time": str(arrived_ms),
        "resp-start-time": str(now_ms),
        "x-envoy-upstream-service-time": took_ms,
        "server": "istio-envoy",
    }


async def drop_content_type(_request: web.Request, response: web.StreamResponse) -> None:
    """Take back the content type aiohttp adds to an answer that shall have none."""
    if isinstance(response, BareResponse):
        response.headers.pop("Content-Type", None)


def accepts_gzip(request: web.BaseRequest) -> bool:
    """Tell whether the client takes gzip."""
    for offer in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = offer.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0")
    return False


def hang_up(request: web.BaseRequest, *, is_reset: bool) -> None:
    """End the connection under an unfinished answer."""
    transport = request.transport
    if transport is None:
        return
    if not is_reset:
        transport.close()
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
