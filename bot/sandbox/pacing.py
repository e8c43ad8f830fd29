"""Giving speech out the way a model makes it: piece by piece, at its own speed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

_FORMAT = AudioFormat()


def piece_bytes(piece_ms: int) -> int:
    """Return the size of a piece of `piece_ms` of PCM, one sample at least."""
    return max(piece_ms * _FORMAT.rate // 1000, 1) * _FORMAT.SAMPLE_WIDTH


async def resized(pieces: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes, None]:
    """Cut the same bytes into pieces of `size`; the last one may be shorter."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


async def paced(
    pieces: AsyncIterator[bytes], *, first_audio_delay_s: float, real_time_factor: float
) -> AsyncGenerator[bytes, None]:
    """Give every piece out when a model that needs `real_time_factor` s for 1 s would have it."""
    loop = asyncio.get_running_loop()
    due = loop.time() + first_audio_delay_s
    is_first = True
    async for piece in pieces:
        # The delay of the first piece includes making it.
        seconds = 0.0 if is_first else len(piece) / _FORMAT.bytes_per_second
        is_first = False
        due += seconds * real_time_factor
        await asyncio.sleep(max(due - loop.time(), 0))
        yield piece
