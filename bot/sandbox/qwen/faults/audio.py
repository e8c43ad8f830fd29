"""Faults in the audio, in its cutting into pieces, and in its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.faults.base import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from bot.sandbox.qwen.wav import WavShape


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


class Wav(Fault):
    """Writes WAV headers, in the stream and in the file, in another shape."""

    def __init__(self, shape: WavShape) -> None:
        self._shape = shape

    def wav(self, shape: WavShape) -> WavShape:
        """Return the other shape."""
        return self._shape


NO_URL: Final = UrlInstead(None)
