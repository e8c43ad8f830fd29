"""The result host: finished files behind signed URLs, as object storage serves them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bot.sandbox.qwen.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.qwen.faults.base import Fault

WAV_TYPE: Final = "audio/x-wav"
MP3_TYPE: Final = "audio/mpeg"
XML_TYPE: Final = "application/xml"
MAX_KEPT_BYTES: Final = 128 * 1024 * 1024
_ACCESS_KEY_ID: Final = "LTAI5tSandboxSandbox0000"
_SECRET: Final = b"sandbox-result-host"
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_BUCKET: Final = "dashscope-result-bj"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place for one file, known before the file exists."""

    path: str
    query: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class _Result:
    ticket: Ticket
    body: bytes
    faults: tuple[Fault, ...]


class ResultHost:
    """Keeps the last files and answers for them."""

    def __init__(self, *, lifetime_s: int, refuses_credentials: bool) -> None:
        self._lifetime_s = lifetime_s
        self._refuses_credentials = refuses_credentials
        self._results: OrderedDict[str, _Result] = OrderedDict()
        self._kept_bytes = 0

    def issue(self, suffix: str = "wav") -> Ticket:
        """Reserve an address for a kind of file."""
        expires_at = int(time.time()) + self._lifetime_s
        day = datetime.now(UTC).strftime("%Y%m%d")
        while True:
            path = f"/1d/ab/{day}/d2033070/{uuid.uuid4()}.{suffix}"
            signature = _sign(path, expires_at)
            # With both of them in every signature, a client that re-encodes the query always fails.
            if "/" in signature and "+" in signature:
                break
        encoded = quote(signature, safe="")
        query = f"Expires={expires_at}&OSSAccessKeyId={_ACCESS_KEY_ID}&Signature={encoded}"
        return Ticket(path, query, expires_at)

    def keep(self, ticket: Ticket, body: bytes, faults: tuple[Fault, ...]) -> None:
        """Put a file at its address, with the faults its downloads shall show."""
        self._results[ticket.path] = _Result(ticket, body, faults)
        self._kept_bytes += len(body)
        while self._kept_bytes > MAX_KEPT_BYTES and len(self._results) > 1:
            _, oldest = self._results.popitem(last=False)
            self._kept_bytes -= len(oldest.body)

    async def answer(self, method: str, raw_path: str, headers: Mapping[str, str]) -> Reply:
        """Answer a download; `raw_path` is the request target exactly as it was sent."""
        if method not in ("GET", "HEAD"):
            return _refuse(405, "MethodNotAllowed", "The specified method is not allowed.")
        path, _, query = raw_path.partition("?")
        result = self._results.get(path)
        if result is None:
            return _refuse(404, "NoSuchKey", "The specified key does not exist.")
        if self._refuses_credentials and "Authorization" in headers:
            return _refuse(403, "AccessDenied", "A signed URL takes no Authorization header.")
        # The verb is signed too, and these addresses are signed for GET.
        if query != result.ticket.query or method != "GET":
            return _refuse(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        if time.time() >= result.ticket.expires_at:
            return _refuse(403, "AccessDenied", "Request has expired.")
        return await _serve(result, headers.get("Range", ""))


async def _serve(result: _Result, wish: str) -> Reply:
    reply = _part(result, wish)
    for fault in result.faults:
        reply = await fault.download(reply)
    return reply


def _part(result: _Result, wish: str) -> Reply:
    """Return what a `Range` header asks for; all of it if that is not wholly inside the file.

    Alibaba Cloud documentation, "Use HTTP Range requests to get OSS resources in segments".
    """
    accepts = ("Accept-Ranges", "bytes")
    body, type_ = result.body, WAV_TYPE if result.ticket.path.endswith("wav") else MP3_TYPE
    found = _RANGE.fullmatch(wish)
    first, last = (found[1], found[2]) if found else ("", "")
    size = len(body)
    start = int(first) if first else size - int(last or 0)
    end = int(last) if first and last else size - 1
    if found is None or not 0 <= start <= end < size:
        return Reply(200, body, type_, headers=(accepts,))
    place = ("Content-Range", f"bytes {start}-{end}/{size}")
    return Reply(206, body[start : end + 1], type_, headers=(accepts, place))


def _sign(path: str, expires_at: int) -> str:
    # The first version of OSS's signature: HMAC-SHA1 over verb, expiry and resource.
    message = f"GET\n\n\n{expires_at}\n/{_BUCKET}{path}".encode()
    return base64.b64encode(hmac.digest(_SECRET, message, hashlib.sha1)).decode()


def _refuse(status: int, code: str, message: str) -> Reply:
    request_id = uuid.uuid4().hex[:24].upper()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error>\n  <Code>{code}</Code>\n  <Message>{message}</Message>\n"
        f"  <RequestId>{request_id}</RequestId>\n  <HostId>127.0.0.1</HostId>\n</Error>\n"
    )
    return Reply(status, body.encode(), XML_TYPE, headers=(("x-oss-request-id", request_id),))
