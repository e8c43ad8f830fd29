"""Faults inside a stream or in the audio itself."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.answer_faults import wait_or_forever
from bot.sandbox.qwen.answers import error_event, renumbered, to_json
from bot.sandbox.qwen.faults import Fault, Spelled
from bot.sandbox.qwen.reply import HangupError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator

    from bot.sandbox.qwen.answers import Event
    from bot.sandbox.qwen.errors import ServiceError
    from bot.sandbox.qwen.wav import WavShape


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


class Sliced(Fault):
    """Writes a few bytes at a time."""

    def __init__(self, size: int = 1) -> None:
        self._size = size

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Cut every chunk."""
        async for chunk in chunks:
            for start in range(0, len(chunk), self._size):
                yield chunk[start : start + self._size]


class OddPieces(Fault):
    """Cuts samples in two: every event but the last one carries an odd number of bytes."""

    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Move a byte to the next piece where needed."""
        carried = b""
        async for piece in pieces:
            whole = carried + piece
            kept = len(whole) - (1 - len(whole) % 2)
            carried = whole[kept:]
            yield whole[:kept]
        if carried:
            yield carried


class SplitHeader(Fault):
    """Cuts the first piece, and with it the WAV header, in two."""

    def __init__(self, at_byte: int = 7) -> None:
        self._at_byte = at_byte

    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Cut once."""
        is_first = True
        async for piece in pieces:
            if is_first:
                yield piece[: self._at_byte]
            yield piece[self._at_byte :] if is_first else piece
            is_first = False


class HugeLine(Fault):
    """Sends all audio in one event, with silence behind it until the line is long enough."""

    def __init__(self, min_line_bytes: int = 600_000) -> None:
        self._min_bytes = min_line_bytes * 3 // 4  # base64 makes four bytes of three

    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Join everything."""
        joined = b"".join([piece async for piece in pieces])
        yield joined.ljust(self._min_bytes + self._min_bytes % 2, b"\0")


class EmptyAudio(Fault):
    """Synthesizes nothing."""

    async def speech(self, pcm: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Swallow everything."""
        async for piece in pcm:
            yield piece[:0]


class Silence(Fault):
    """Synthesizes zeros."""

    async def speech(self, pcm: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Mute everything."""
        async for piece in pcm:
            yield bytes(len(piece))


class Runaway(Fault):
    """Says everything many times over, as a model that does not find its end."""

    def __init__(self, times: int = 100) -> None:
        self._times = times

    async def speech(self, pcm: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Repeat it."""
        whole = b"".join([piece async for piece in pcm])
        for _ in range(self._times):
            yield whole


class UrlInstead(Fault):
    """Names another address for the file; `None` for no address."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    def url(self, url: str | None) -> str | None:
        """Return the other address."""
        return self._url


class ContentType(Fault):
    """Says that the answer is something else."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type

    def content_type(self, content_type: str) -> str:
        """Return the other type."""
        return self._content_type


class Wav(Fault):
    """Writes WAV headers, in the stream and in the file, in another shape."""

    def __init__(self, shape: WavShape) -> None:
        self._shape = shape

    def wav(self, shape: WavShape) -> WavShape:
        """Return the other shape."""
        return self._shape


CRLF: Final = Spelled(line_end=b"\r\n")
SPACE_AFTER_COLON: Final = Spelled(after_colon=b" ")
SEVERAL_DATA_LINES: Final = Spelled(is_data_split=True)
COMMENTS: Final = Spelled(comment=b"heartbeat")
NO_URL: Final = UrlInstead(None)
BAD_JSON: Final = PayloadInstead(b'{"output":{"audio":')
BAD_BASE64: Final = DataInstead("!!!!")
WRONG_CONTENT_TYPE: Final = ContentType("text/plain")
