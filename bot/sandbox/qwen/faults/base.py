"""The base of every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

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

    def body(self, body: bytes) -> bytes:
        """Change the JSON of a plain answer."""
        return body

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
