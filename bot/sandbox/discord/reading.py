"""Reading a websocket in a task that ends before this side closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Coroutine

CLOSE_HANDSHAKE_S: Final = 1.0  # for the answer to a close frame; a guess


class Reading:
    """The task that reads a websocket.

    While it waits for a message, aiohttp's `close` cuts the line without waiting for the answer,
    and a client that has not answered by then sees an abort in place of the close code.
    """

    def __init__(self, read: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(read, name="sandbox websocket reader")
        self._is_stopped = False

    async def wait(self) -> None:
        """Wait until there is nothing more to read."""
        try:
            await self._task
        except asyncio.CancelledError:
            if not self._is_stopped:
                raise

    async def stop(self) -> None:
        """Read no more, so that the closing handshake can."""
        self._is_stopped = True
        self._task.cancel()
        await asyncio.wait([self._task])
