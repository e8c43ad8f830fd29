"""One clock for every guild: each track gets a tick every 20 ms."""

from __future__ import annotations

import heapq
import logging
import math
import threading
import time
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from bot.audio.clip import FRAME_MS

log = logging.getLogger(__name__)

FRAME_S: Final = FRAME_MS / 1000

CLOSEST_S: Final = FRAME_S / 4
"""Two packets of a guild are never closer than this, however late the first of them was."""


class Track(Protocol):
    """Something that sends one packet per tick."""

    def tick(self) -> bool:
        """Send what is due now, without waiting; return whether to tick again."""

    def abort(self) -> None:
        """Give up after a tick has failed; there will be no other."""


class Pacer:
    """Ticks every track on one thread, at absolute deadlines.

    A new track is ticked at once, and again exactly 20 ms later; its phase is when that was, so
    guilds spread by themselves and stay so. Ticks a stall has missed are left out, not caught up.
    """

    def __init__(self) -> None:
        self._added: SimpleQueue[Track | None] = SimpleQueue()
        self._due: list[tuple[float, int, Track]] = []
        """By deadline, and by arrival where that is the same; the pacer's thread alone has it."""
        self._count = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="pacer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def add(self, track: Track) -> None:
        """Tick `track` from now on until its `tick` returns False."""
        self._added.put(track)

    def close(self) -> None:
        """Stop ticking; returns when the thread has ended."""
        self._is_closed = True
        self._added.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        due, added, monotonic = self._due, self._added, time.monotonic
        while not self._is_closed:
            wait_s = due[0][0] - monotonic() if due else None
            if wait_s is None or wait_s > 0:
                self._wait(wait_s)
                continue
            if not added.empty():
                self._wait(0)
            deadline, number, track = due[0]
            if self._tick(track):
                following = following_deadline(deadline, monotonic())
                heapq.heapreplace(due, (following, number, track))
            else:
                heapq.heappop(due)

    def _wait(self, wait_s: float | None) -> None:
        """Wait for a new track, and tick it."""
        try:
            track = self._added.get(timeout=wait_s)
        except Empty:
            return
        began = time.monotonic()
        if track is not None and self._tick(track):
            self._count += 1
            heapq.heappush(self._due, (began + FRAME_S, self._count, track))

    def _tick(self, track: Track) -> bool:
        try:
            return track.tick()
        except Exception:  # one guild's fault must not silence the others
            log.exception("a track failed and is taken out")
            track.abort()
            return False


def following_deadline(deadline: float, now: float) -> float:
    """Return the next deadline in the same phase that is `CLOSEST_S` or more after `now`."""
    following = deadline + FRAME_S
    late_s = now + CLOSEST_S - following
    return following if late_s <= 0 else following + math.ceil(late_s / FRAME_S) * FRAME_S
