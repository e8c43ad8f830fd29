"""Server-sent events from bytes that arrive in any slicing.

The format is the WHATWG HTML standard's, section 9.2 "Server-sent events". HTTP libraries read such
streams line by line with a limit of their own, and base64 audio makes long lines: hence this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.tts._protocol import protocol_error

if TYPE_CHECKING:
    from collections.abc import Iterator

# 8 MiB of base64 are over two minutes of speech: anything longer is not one piece of an utterance.
MAX_EVENT_BYTES: Final = 8 * 1024 * 1024

_BOM: Final = b"\xef\xbb\xbf"
# The gateway says an event's HTTP status in a comment, which ordinary parsers drop.
_STATUS: Final = re.compile(rb":\s*HTTP_STATUS/(\d{3})\s*")


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name, its data lines joined, and the status its comment stated."""

    name: str
    payload: str
    status: int | None = None


class LineSplitter:
    """Cuts bytes into lines at CR LF, LF or CR, in linear time however they are sliced."""

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._open = bytearray()
        self._after_cr = False
        self._at_start = True

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that `piece` completes, without their ends."""
        if self._after_cr and piece:
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        if not piece:
            return
        self._after_cr = piece.endswith(b"\r")
        # On bytes, splitlines knows exactly the three line ends of the standard.
        for part in piece.splitlines(keepends=True):
            yield from self._extend(part)

    def close(self) -> bytes:
        """Return what followed the last line end."""
        return self._take()

    def _extend(self, part: bytes) -> Iterator[bytes]:
        line = part.rstrip(b"\r\n")
        if len(self._open) + len(line) > self._max_bytes:
            raise protocol_error("a line of the event stream is too long")
        self._open += line
        if len(line) < len(part):
            yield self._take()

    def _take(self) -> bytes:
        line = bytes(self._open)
        self._open = bytearray()
        if self._at_start:
            line = line.removeprefix(_BOM)
            self._at_start = False
        return line


class EventParser:
    """Assembles events from bytes."""

    _name: str
    _data: list[bytes]
    _size: int
    _status: int | None

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lines = LineSplitter(max_bytes)
        self._reset()

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """Yield the events that `piece` completes."""
        for line in self._lines.feed(piece):
            if line:
                self._field(line)
            elif event := self._dispatch():
                yield event

    def close(self) -> ServerEvent | None:
        """Return the event the stream ended in, if any; it may lack its end."""
        self._field(self._lines.close())
        return self._dispatch()

    def _field(self, line: bytes) -> None:
        if line.startswith(b":"):
            self._comment(line)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value)
        elif name == b"event":
            self._name = value.decode("utf-8", "replace")

    def _comment(self, line: bytes) -> None:
        if match := _STATUS.fullmatch(line):
            self._status = int(match[1])

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        if self._size > self._max_bytes + 1:
            raise protocol_error("an event of the stream is too long")
        self._data.append(value)

    def _dispatch(self) -> ServerEvent | None:
        name, lines, status = self._name, self._data, self._status
        self._reset()
        # The standard drops an event without data; one that says "error" is still worth hearing.
        if not lines and name != "error":
            return None
        return ServerEvent(name or "message", b"\n".join(lines).decode("utf-8", "replace"), status)

    def _reset(self) -> None:
        self._name = ""
        self._data = []
        self._size = 0
        self._status = None
