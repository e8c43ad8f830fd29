"""One clock for every guild: each track gets a tick every 20 ms."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from typing import Final, Protocol

from bot.audio.clip import FRAME_MS

log = logging.getLogger(__name__)

FRAME_S: Final = FRAME_MS / 1000


class Track(Protocol):
    """Something that sends one packet per tick."""

    def tick(self) -> bool:
        """Send what is due now, without waiting; return whether to tick again."""

    def abort(self) -> None:
        """Give up after a tick has failed; there will be no other."""


class Pacer:
    """Ticks every track on one thread, at absolute deadlines.

    A new track is ticked at once, and again exactly 20 ms later; its phase is where it started, so
    guilds spread by themselves. A late tick moves the track's later deadlines: what was missed is
    never caught up in a burst.
    """

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Track]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="pacer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def add(self, track: Track) -> None:
        """Tick `track` from now on until its `tick` returns False."""
        self._schedule(track, time.monotonic())

    def close(self) -> None:
        """Stop ticking; returns when the thread has ended."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _schedule(self, track: Track, deadline: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (deadline, next(self._order), track))
            self._changed.notify()

    def _run(self) -> None:
        while (due := self._next_due()) is not None:
            deadline, track = due
            if not self._tick(track):
                continue
            now = time.monotonic()
            following = deadline + FRAME_S
            self._schedule(track, following if following > now - FRAME_S else now + FRAME_S)

    def _next_due(self) -> tuple[float, Track] | None:
        with self._changed:
            while not self._is_closed:
                wait_s = self._due[0][0] - time.monotonic() if self._due else None
                if wait_s is not None and wait_s <= 0:
                    deadline, _, track = heapq.heappop(self._due)
                    return deadline, track
                self._changed.wait(wait_s)
        return None

    def _tick(self, track: Track) -> bool:
        try:
            return track.tick()
        except Exception:  # one guild's fault must not silence the others
            log.exception("a track failed and is taken out")
            track.abort()
            return False
