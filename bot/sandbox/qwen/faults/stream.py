"""Faults in the events of a stream and in how they are written."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.answers import error_event, renumbered, to_json
from bot.sandbox.qwen.faults.base import Fault
from bot.sandbox.qwen.faults.waiting import wait_or_forever
from bot.sandbox.qwen.reply import HangupError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from bot.sandbox.qwen.answers import Dialect, Event
    from bot.sandbox.qwen.errors import ServiceError


class Ending(Enum):
    """How a stream ends too early."""

    CLEAN = "clean"
    """The body is complete HTTP."""
    FIN = "fin"
    """The connection is closed in the middle of the body."""
    RST = "rst"


def _end(ending: Ending) -> None:
    if ending is not Ending.CLEAN:
        raise HangupError(is_reset=ending is Ending.RST)


class ErrorEvent(Fault):
    """Puts an error in the place of an event, then ends."""

    def __init__(self, error: ServiceError, *, at_event: int = 1) -> None:
        self._error = error
        self._at_event = at_event

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Replace the event."""
        async for event in events:
            if event.id == self._at_event:
                yield error_event(self._error, request_id, event.id)
                return
            yield event


class Cut(Fault):
    """Ends the stream behind an event; without a number right before the last one."""

    def __init__(self, ending: Ending = Ending.FIN, *, after_event: int | None = None) -> None:
        self._ending = ending
        self._after_event = after_event

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Let some events pass."""
        async for event in events:
            if self._after_event is None and event.is_last:
                break
            yield event
            if event.id == self._after_event:
                break
        _end(self._ending)


class CutInsideLine(Fault):
    """Ends the stream in the middle of the line of an event."""

    def __init__(self, ending: Ending = Ending.FIN, *, at_event: int = 2) -> None:
        self._ending = ending
        self._at_event = at_event

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Write half of the chunk."""
        number = 0
        async for chunk in chunks:
            number += 1
            if number == self._at_event:
                yield chunk[: len(chunk) // 2]
                break
            yield chunk
        _end(self._ending)


class Stall(Fault):
    """Pauses behind an event; for ever by default."""

    def __init__(self, *, after_event: int = 1, seconds: float | None = None) -> None:
        self._after_event = after_event
        self._seconds = seconds

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Pause once."""
        async for event in events:
            yield event
            if event.id == self._after_event:
                await wait_or_forever(self._seconds)


class Hold(Fault):
    """Keeps back the events behind a number until a gate opens: an order without a clock."""

    def __init__(self, gate: asyncio.Event, *, after_event: int = 1) -> None:
        self._gate = gate
        self._after_event = after_event

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Wait at the gate."""
        async for event in events:
            yield event
            if event.id == self._after_event:
                await self._gate.wait()


class LateStop(Fault):
    """Pauses between the last audio and the last event."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Pause once."""
        async for event in events:
            if event.is_last:
                await wait_or_forever(self._seconds)
            yield event


class DuplicateStop(Fault):
    """Says the last event several times."""

    def __init__(self, times: int = 2) -> None:
        self._times = times

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Repeat it."""
        async for event in events:
            yield event
            if event.is_last:
                for extra in range(1, self._times):
                    yield renumbered(event, event.id + extra)


class StopWithAudio(Fault):
    """Marks every event `stop`, the ones with audio too."""

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Change the mark."""
        async for event in events:
            marked = event.payload.replace(b'"finish_reason":"null"', b'"finish_reason":"stop"')
            yield replace(event, payload=marked)


class NoAudioEvents(Fault):
    """Sends no audio in the stream; only the URL of the last event leads to it."""

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Drop what has audio."""
        number = 0
        async for event in events:
            if not event.has_audio:
                number += 1
                yield renumbered(event, number)


class PayloadInstead(Fault):
    """Puts other bytes where the JSON of an event should be."""

    def __init__(self, payload: bytes, *, at_event: int = 1) -> None:
        self._payload = payload
        self._at_event = at_event

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Replace the payload."""
        async for event in events:
            is_hit = event.id == self._at_event
            yield replace(event, payload=self._payload) if is_hit else event


class DataInstead(Fault):
    """Puts other text where the base64 of an event should be."""

    def __init__(self, encoded: str, *, at_event: int = 1) -> None:
        self._encoded = encoded
        self._at_event = at_event

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Replace the value."""
        async for event in events:
            yield self._spoiled(event) if event.id == self._at_event else event

    def _spoiled(self, event: Event) -> Event:
        payload = json.loads(event.payload)
        payload["output"]["audio"]["data"] = self._encoded
        return replace(event, payload=to_json(payload))


class MoreFields(Fault):
    """Adds members to every answer; with none named, the empty error some gateways add to it."""

    def __init__(self, fields: Mapping[str, object] | None = None) -> None:
        self._fields = {"code": "", "message": ""} if fields is None else dict(fields)

    def body(self, body: bytes) -> bytes:
        """Extend the plain answer."""
        return to_json(json.loads(body) | self._fields)

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Extend every event."""
        async for event in events:
            yield replace(event, payload=self.body(event.payload))


class Sliced(Fault):
    """Writes a few bytes at a time."""

    def __init__(self, size: int = 1) -> None:
        self._size = size

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Cut every chunk."""
        async for chunk in chunks:
            for start in range(0, len(chunk), self._size):
                yield chunk[start : start + self._size]


class Spelled(Fault):
    """Events spelled in another dialect of the same format.

    Args:
        line_end: What ends a line, such as CRLF.
        after_colon: What stands between the name of a field and its value.
        is_data_split: Spread the JSON over several `data:` lines.
        comment: A comment line in every event, such as a heartbeat.
    """

    def __init__(
        self,
        *,
        line_end: bytes | None = None,
        after_colon: bytes | None = None,
        is_data_split: bool = False,
        comment: bytes | None = None,
    ) -> None:
        self._line_end = line_end
        self._after_colon = after_colon
        self._is_data_split = is_data_split
        self._comment = comment

    def dialect(self, dialect: Dialect) -> Dialect:
        """Change what was asked for and leave the rest."""
        return replace(
            dialect,
            line_end=dialect.line_end if self._line_end is None else self._line_end,
            after_colon=dialect.after_colon if self._after_colon is None else self._after_colon,
            is_data_split=self._is_data_split or dialect.is_data_split,
            comment=dialect.comment if self._comment is None else self._comment,
        )


class ContentType(Fault):
    """Says that the answer is something else."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type

    def content_type(self, content_type: str) -> str:
        """Return the other type."""
        return self._content_type


CRLF: Final = Spelled(line_end=b"\r\n")
SPACE_AFTER_COLON: Final = Spelled(after_colon=b" ")
SEVERAL_DATA_LINES: Final = Spelled(is_data_split=True)
COMMENTS: Final = Spelled(comment=b"heartbeat")
BAD_JSON: Final = PayloadInstead(b'{"output":{"audio":')
BAD_BASE64: Final = DataInstead("!!!!")
WRONG_CONTENT_TYPE: Final = ContentType("text/plain")
