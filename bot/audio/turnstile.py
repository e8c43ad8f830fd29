"""Work that takes a while, done piece by piece between the loop's other duties."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turnstile:
    """Lets one piece of work through per turn of the loop, first come first served.

    However many utterances are made at once, nobody else waits for more than one piece of them.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn of one's own; what is done in it must not wait for anything."""
        async with self._lock:
            yield
            await asyncio.sleep(0)  # the next one comes through when the loop has been around
