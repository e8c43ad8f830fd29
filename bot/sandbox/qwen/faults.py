"""What can go wrong on purpose: the base of every fault, and when each one strikes."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from bot.sandbox.qwen.answers import Dialect, Event
    from bot.sandbox.qwen.reply import Reply
    from bot.sandbox.qwen.wav import WavShape


class Fault:
    """Changes one answer; each hook stands for a stage of it and changes nothing by default.

    The stages of a stream: `speech` (PCM as synthesized, also in the file behind the URL), `pieces`
    (what one event carries, WAV header included), `events`, `wire` (bytes as they are written). A
    hook may also raise `HangupError`.
    """

    async def reply(self, *, is_stream: bool, request_id: str) -> Reply | None:
        """Return an answer that replaces the real one."""
        return None

    async def speech(self, pcm: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Change the synthesized audio."""
        async for piece in pcm:
            yield piece

    async def pieces(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Change how the audio is cut into events."""
        async for piece in pieces:
            yield piece

    async def events(
        self, events: AsyncIterator[Event], request_id: str
    ) -> AsyncGenerator[Event, None]:
        """Change, add or drop events."""
        async for event in events:
            yield event

    async def wire(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Change the written bytes; every chunk is sent by itself."""
        async for chunk in chunks:
            yield chunk

    def dialect(self, dialect: Dialect) -> Dialect:
        """Change how events are spelled."""
        return dialect

    def url(self, url: str | None) -> str | None:
        """Change the address of the file."""
        return url

    def content_type(self, content_type: str) -> str:
        """Change what the answer says it is."""
        return content_type

    def wav(self, shape: WavShape) -> WavShape:
        """Change how WAV headers are written."""
        return shape

    async def download(self, reply: Reply) -> Reply:
        """Change the answer of the result host."""
        return reply


class FaultPlan:
    """Says which faults strike which request; several may strike one."""

    def __init__(self) -> None:
        self._always: list[Fault] = []
        self._next: deque[Fault | None] = deque()
        self._numbered: dict[int, list[Fault]] = {}
        self._marked: dict[str, list[Fault]] = {}
        self._random: list[tuple[random.Random, float, Fault]] = []

    def next(self, *faults: Fault | None) -> None:
        """Strike the next requests, one fault each, in order; `None` leaves one alone."""
        self._next.extend(faults)

    def always(self, fault: Fault) -> None:
        """Strike every request."""
        self._always.append(fault)

    def at(self, number: int, fault: Fault) -> None:
        """Strike the request with this number; the first one of the server is 1."""
        self._numbered.setdefault(number, []).append(fault)

    def on(self, marker: str, fault: Fault) -> None:
        """Strike every request whose text contains `marker`."""
        self._marked.setdefault(marker, []).append(fault)

    def sometimes(self, share: float, fault: Fault, *, seed: int = 0) -> None:
        """Strike this share of the requests, the same ones for the same seed."""
        self._random.append((random.Random(seed), share, fault))  # noqa: S311 - not a secret

    def clear(self) -> None:
        """Strike no more."""
        self._always.clear()
        self._next.clear()
        self._numbered.clear()
        self._marked.clear()
        self._random.clear()

    def take(self, number: int, text: str | None) -> tuple[Fault, ...]:
        """Return what strikes this request, using up what was meant for it."""
        return tuple(self._striking(number, text or ""))

    def _striking(self, number: int, text: str) -> Iterator[Fault]:
        yield from self._always
        yield from self._numbered.pop(number, ())
        for marker, faults in self._marked.items():
            if marker in text:
                yield from faults
        for chance, share, fault in self._random:
            if chance.random() < share:
                yield fault
        once = self._next.popleft() if self._next else None
        if once is not None:
            yield once


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
