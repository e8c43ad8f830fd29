"""Work that takes a while, done piece by piece between the loop's other duties."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager


class Turnstile:
    """Lets one piece of work through per turn of the loop, first come first served.

    However many utterances are made at once, nobody else waits for more than one piece of them.
    """

    def __init__(self) -> None:
        self._turn = _Turn()

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for a turn of one's own; what is done in it must not wait for anything."""
        return self._turn


class _Turn(AbstractAsyncContextManager[None]):
    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(self, *error: object) -> None:
        try:
            await asyncio.sleep(0)  # the next one comes through when the loop has been around
        finally:
            self._lock.release()
