"""Opus packets that can be played while they are still being made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FRAME_MS: Final = 20
"""Length of one packet; Discord clients send nothing else."""

PREFILL_FRAMES: Final = 60 // FRAME_MS
"""Audio that must be there before it is played: what a jitter buffer holds."""


class Clip:
    """The Opus packets of one synthesis: one writer, any number of readers.

    The writer lives on the event loop. `packets` only ever grows, so a reader on another thread may
    index it below its length without a lock; `is_closed` is set after the last packet is there.
    """

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.error: Exception | None = None
        self.is_closed = False
        self.is_new = False
        """Whether all of it is made while its holder waits: none of it was kept or under way."""
        self._growth = _Growth()
        self._shares: list[Clip] = []

    @classmethod
    def of(cls, packets: list[bytes]) -> Clip:
        """Return a clip that is whole; `packets` must not change any more."""
        clip = cls()
        clip.packets = packets
        clip.is_closed = True
        return clip

    @property
    def duration_ms(self) -> int:
        """How long the packets so far sound."""
        return len(self.packets) * FRAME_MS

    def share(self) -> Clip:
        """Return a clip of the same packets, those so far and those to come, for one more listener.

        It ends as this one does, or earlier if its listener finishes it: this one goes on then.
        """
        clip = Clip()
        clip.packets = self.packets
        clip.error = self.error
        clip.is_closed = self.is_closed
        clip._growth = self._growth
        self._shares.append(clip)
        return clip

    def append(self, packet: bytes) -> None:
        """Add the next 20 ms."""
        self.packets.append(packet)
        self._growth.wake()

    def extend(self, packets: Iterable[bytes]) -> None:
        """Add what is there already."""
        self.packets.extend(packets)
        self._growth.wake()

    def finish(self) -> None:
        """Say that no packet will follow."""
        self._close(None)
        self._growth.wake()

    def fail(self, error: Exception) -> None:
        """Say that no packet will follow because of `error`."""
        self._close(error)
        self._growth.wake()

    async def wait_for_frames(self, count: int) -> bool:
        """Wait for `count` packets or the end of the clip; return whether there is any packet."""
        while len(self.packets) < count and not self.is_closed:
            await self._growth.wait()
        return bool(self.packets)

    def _close(self, error: Exception | None) -> None:
        if self.is_closed:
            return  # who has let go is not told how it went on
        self.error = error
        self.is_closed = True
        for clip in self._shares:
            clip._close(error)


class _Growth:
    """Wakes everyone who waits for a clip, whichever share of it they hold."""

    def __init__(self) -> None:
        self._grown = asyncio.Event()

    async def wait(self) -> None:
        await self._grown.wait()

    def wake(self) -> None:
        # Everyone waiting now re-checks; everyone waiting later gets a fresh event.
        self._grown.set()
        self._grown = asyncio.Event()
