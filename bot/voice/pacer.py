"""One clock for every guild: each track gets a tick every 20 ms."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import Protocol

from bot.voice.timetable import Timetable

log = logging.getLogger(__name__)


class Track(Protocol):
    """Something that sends one packet per tick."""

    def tick(self) -> bool:
        """Send what is due now, without waiting; return whether to tick again."""

    def abort(self) -> None:
        """Give up after a tick has failed; there will be no other."""


class Pacer:
    """Ticks every track on one thread, at absolute deadlines.

    A new track is ticked at once, and from then on as the timetable says.
    """

    def __init__(self) -> None:
        self._added: SimpleQueue[Track | None] = SimpleQueue()
        self._timetable: Timetable[Track] = Timetable()  # for the pacer's thread alone
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
        timetable, added = self._timetable, self._added
        while not self._is_closed:
            deadline = timetable.next_deadline
            wait_s = None if deadline is None else deadline - time.monotonic()
            if wait_s is None or wait_s > 0:
                self._take_added(wait_s)
                continue
            phase = timetable.take()
            timetable.put_back(phase, self._tick(phase.tracks), time.monotonic())
            while not added.empty():
                self._take_added(0)

    def _take_added(self, wait_s: float | None) -> None:
        """Wait for a new track, and tick it."""
        try:
            track = self._added.get(timeout=wait_s)
        except Empty:
            return
        began = time.monotonic()
        if track is not None and self._tick([track]):
            self._timetable.add(track, began)

    def _tick(self, tracks: list[Track]) -> list[Track]:
        """Tick one track after the other; return those that go on."""
        going_on = []
        for track in tracks:
            try:
                if track.tick():
                    going_on.append(track)
            except Exception:  # one guild's fault must not silence the others
                log.exception("a track failed and is taken out")
                self._abort(track)
        return going_on

    def _abort(self, track: Track) -> None:
        try:
            track.abort()
        except Exception:  # nor must a second one
            log.exception("a track could not be given up")


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
