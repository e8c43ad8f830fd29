"""Waiting for a claim about the simulated world to become true."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

DEFAULT_TIMEOUT_S = 10.0


class Changes:
    """Wakes those who wait whenever anything changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Let everybody who waits look again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(
        self, claim: Callable[[], T | None], *, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> T:
        """Return the first true answer of `claim`, or raise TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not (answer := claim()):
                await self._next()
        return answer

    async def _next(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)
