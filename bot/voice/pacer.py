"""One clock for every guild: each track gets a tick every 20 ms."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from bot.audio.clip import FRAME_MS

log = logging.getLogger(__name__)

FRAME_S: Final = FRAME_MS / 1000

CLOSEST_S: Final = FRAME_S / 4
"""Two packets of a guild are never closer than this, however late the first of them was."""

GRAIN_S: Final = FRAME_S / 8
"""Guilds whose phases differ by less share one: waking up costs more than a packet does."""


class Track(Protocol):
    """Something that sends one packet per tick."""

    def tick(self) -> bool:
        """Send what is due now, without waiting; return whether to tick again."""

    def abort(self) -> None:
        """Give up after a tick has failed; there will be no other."""


@dataclass(slots=True)
class _Phase:
    """Tracks that are ticked one after the other."""

    tracks: list[Track]
    newcomers: list[Track] = field(default_factory=list)
    """Those that have just had a tick, and leave out the next one."""


class Pacer:
    """Ticks every track on one thread, at absolute deadlines.

    A new track is ticked at once, and again 20 ms later; its phase is when that was, or one that
    differs by less than `GRAIN_S`, so guilds spread by themselves and stay so. Ticks a stall has
    missed are left out, not caught up.
    """

    def __init__(self) -> None:
        self._added: SimpleQueue[Track | None] = SimpleQueue()
        self._due: list[tuple[float, int, _Phase]] = []
        """A heap of phases: deadline, arrival, tracks; the pacer's thread alone has it."""
        self._arrivals = itertools.count()
        self._is_closed = False
        self.is_real_time = False
        """Whether the system runs the thread as soon as a tick is due, whatever else is busy."""
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
        self.is_real_time = _ask_for_real_time()
        due, added = self._due, self._added
        while not self._is_closed:
            wait_s = due[0][0] - time.monotonic() if due else None
            if wait_s is None or wait_s > 0:
                self._take_added(wait_s)
                continue
            self._tick_phase()
            while not added.empty():
                self._take_added(0)

    def _tick_phase(self) -> None:
        deadline, number, phase = self._due[0]
        going_on = [track for track in phase.tracks if self._tick(track)]
        phase.tracks, phase.newcomers = going_on + phase.newcomers, []
        if phase.tracks:
            following = following_deadline(deadline, time.monotonic())
            heapq.heapreplace(self._due, (following, number, phase))
        else:
            heapq.heappop(self._due)

    def _take_added(self, wait_s: float | None) -> None:
        """Wait for a new track, tick it, and find it a phase."""
        try:
            track = self._added.get(timeout=wait_s)
        except Empty:
            return
        began = time.monotonic()
        if track is not None and self._tick(track):
            self._find_phase(track, began)

    def _find_phase(self, track: Track, ticked_at: float) -> None:
        """Tick `track` again 20 ms after its first tick, or nearly so, with those due then."""
        wanted = ticked_at + FRAME_S
        for deadline, _, phase in self._due:
            if abs(deadline - wanted) < GRAIN_S:
                phase.tracks.append(track)
                return
            if abs(deadline - ticked_at) < GRAIN_S:
                phase.newcomers.append(track)
                return
        heapq.heappush(self._due, (wanted, next(self._arrivals), _Phase([track])))

    def _tick(self, track: Track) -> bool:
        try:
            return track.tick()
        except Exception:  # one guild's fault must not silence the others
            log.exception("a track failed and is taken out")
        try:
            track.abort()
        except Exception:  # nor must a second one
            log.exception("a track could not be given up")
        return False


def _ask_for_real_time() -> bool:
    """Have this thread run before others, where the system lets us; return whether it does.

    On a busy machine an ordinary thread may wait for a slice of several milliseconds to end.
    """
    if sys.platform != "linux":  # elsewhere this would be asked for the whole process
        return False
    least = os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, least)
    except OSError:
        return False
    return True


def following_deadline(deadline: float, now: float) -> float:
    """Return the next deadline in the same phase that is `CLOSEST_S` or more after `now`."""
    following = deadline + FRAME_S
    late_s = now + CLOSEST_S - following
    return following if late_s <= 0 else following + math.ceil(late_s / FRAME_S) * FRAME_S
