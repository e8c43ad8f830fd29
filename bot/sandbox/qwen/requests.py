"""What the server was asked: one record for each request, in order of arrival."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(slots=True)
class RequestRecord:
    """One request; times are those of `time.monotonic`.

    `first_audio_at` is when the first audio byte went to the socket, `is_client_gone` that
    the client hung up before the answer was whole.
    """

    number: int
    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    received_at: float = field(default_factory=time.monotonic)
    arrived_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    body: bytes = field(default=b"", repr=False)
    model: str | None = None
    voice: str | None = None
    text: str | None = field(default=None, repr=False)
    language: str | None = None
    style: str | None = field(default=None, repr=False)
    is_stream: bool = False
    request_id: str = ""
    status: int | None = None
    error_code: str | None = None
    events_sent: int = 0
    pcm_bytes: int = 0
    first_audio_at: float | None = None
    finished_at: float | None = None
    is_client_gone: bool = False

    def note(self) -> None:
        """Read from the body what it asks for, whether it is valid or not."""
        try:
            body = _object(json.loads(self.body))
        except (ValueError, RecursionError):
            return
        wanted, parameters = (_object(body.get(name)) for name in ("input", "parameters"))
        optional = parameters | wanted
        self.model = _text(body.get("model"))
        self.voice, self.text = _text(wanted.get("voice")), _text(wanted.get("text"))
        self.language = _text(optional.get("language_type"))
        self.style = _text(optional.get("instructions"))


class RequestLog:
    """Records that can be waited for."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []
        self._waiters: list[asyncio.Future[None]] = []

    def add(self, method: str, path: str, headers: Mapping[str, str]) -> RequestRecord:
        """Record a request that just arrived."""
        record = RequestRecord(len(self.records) + 1, method, path, headers)
        self.records.append(record)
        self.notify()
        return record

    def notify(self) -> None:
        """Say that a record changed."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_until(self, is_met: Callable[[list[RequestRecord]], bool]) -> None:
        """Wait until the records satisfy `is_met`."""
        while not is_met(self.records):
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
