"""How long the bot waits for something to happen before it goes, or gives up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Boredom:
    """A timer that, once started, runs on until it is stopped; with no duration it never rings."""

    def __init__(self, duration_s: float, ring: Callable[[], None]) -> None:
        self._duration_s = duration_s
        self._ring = ring
        self._is_running = False
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Run, unless it runs already."""
        if not self._is_running:
            self._is_running = True
            self._wind()

    def wait_for(self, duration_s: float) -> None:
        """Ring after another time; where it runs, that begins now."""
        if duration_s != self._duration_s:
            self._duration_s = duration_s
            self._wind()

    def stop(self) -> None:
        """Forget it."""
        self._is_running = False
        self._wind()

    def _wind(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._is_running and self._duration_s:
            self._handle = self._loop.call_later(self._duration_s, self._ring)

    def close(self) -> None:
        """Forget it for good: the loop would hold on to a whole session for half an hour."""
        self.stop()
        self._duration_s = 0.0
