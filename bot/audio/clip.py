"""Opus packets that can be played while they are still being made."""

from __future__ import annotations

import asyncio
from typing import Final

FRAME_MS: Final = 20
"""Length of one packet; Discord clients send nothing else."""


class Clip:
    """The Opus packets of one synthesis: one writer, any number of readers.

    The writer lives on the event loop. `packets` only ever grows, so a reader on another thread may
    index it below its length without a lock; `is_closed` is set after the last packet is there.
    """

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.error: Exception | None = None
        self.is_closed = False
        self._grown = asyncio.Event()

    @property
    def duration_ms(self) -> int:
        """How long the packets so far sound."""
        return len(self.packets) * FRAME_MS

    def append(self, packet: bytes) -> None:
        """Add the next 20 ms."""
        self.packets.append(packet)
        self._wake()

    def finish(self) -> None:
        """Say that no packet will follow."""
        self.is_closed = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """Say that no packet will follow because of `error`."""
        self.error = error
        self.finish()

    async def wait_for_frames(self, count: int) -> bool:
        """Wait for `count` packets or the end of the clip; return whether there is any packet."""
        while len(self.packets) < count and not self.is_closed:
            await self._grown.wait()
        return bool(self.packets)

    def _wake(self) -> None:
        # Everyone waiting now re-checks; everyone waiting later gets a fresh event.
        self._grown.set()
        self._grown = asyncio.Event()
