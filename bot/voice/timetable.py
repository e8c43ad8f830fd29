"""When which tracks are ticked: every 20 ms, and as many as fit at the same moment."""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from bot.audio.clip import FRAME_MS

T = TypeVar("T")

FRAME_S: Final = FRAME_MS / 1000

CLOSEST_S: Final = FRAME_S / 4
"""Two packets of a guild are never closer than this, however late the first of them was."""

NUDGE_S: Final = FRAME_S / 20
"""By so much a gap may be longer or shorter while a track is on its way to others."""

ROOM: Final = 50
"""Tracks ticked at one moment: to wake up costs more than to send a packet. The last of so many is
half a millisecond behind the first."""


@dataclass(eq=False, slots=True)
class Phase(Generic[T]):
    """Tracks that are ticked one after the other."""

    number: int
    deadline: float
    tracks: list[T]
    newcomers: list[T] = field(default_factory=list)
    """Those that have just had a tick, and leave out the next one."""

    @property
    def size(self) -> int:
        """How many tracks there are."""
        return len(self.tracks) + len(self.newcomers)


class Timetable(Generic[T]):
    """The deadlines of tracks; it is told the time, and belongs to one thread.

    A track is due again 20 ms after its first tick. From then on its phase moves by up to `NUDGE_S`
    a tick to a fuller one, and becomes a part of it. Ticks a stall has missed are left out, not
    caught up.
    """

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Phase[T]]] = []
        """A heap of phases by their deadlines."""
        self._numbers = itertools.count()

    @property
    def phases(self) -> list[Phase[T]]:
        """All there are, in no order."""
        return [phase for _, _, phase in self._due]

    @property
    def next_deadline(self) -> float | None:
        """When the next phase is due, if there is any."""
        return self._due[0][0] if self._due else None

    def add(self, track: T, ticked_at: float) -> None:
        """Take in a track that has just had its first tick."""
        self._schedule(Phase(next(self._numbers), ticked_at, [track]), ticked_at)

    def take(self) -> Phase[T]:
        """Take out the phase that is due next, in order to tick its tracks."""
        return heapq.heappop(self._due)[2]

    def put_back(self, phase: Phase[T], going_on: list[T], now: float) -> None:
        """Take back a phase that has had its ticks, with those of its tracks that want more."""
        phase.tracks, phase.newcomers = going_on + phase.newcomers, []
        if phase.tracks:
            self._schedule(phase, now)

    def _schedule(self, phase: Phase[T], now: float) -> None:
        """Give a phase its next deadline, nearer to that of a fuller one or with it."""
        goal = self._fullest_with_room_for(phase)
        gap_s = math.remainder(goal.deadline - phase.deadline, FRAME_S) if goal else 0.0
        nudge_s = max(-NUDGE_S, min(gap_s, NUDGE_S))
        phase.deadline = following_deadline(phase.deadline + nudge_s, now)
        if goal is None or nudge_s != gap_s:
            heapq.heappush(self._due, (phase.deadline, phase.number, phase))
        elif phase.deadline - goal.deadline > FRAME_S / 2:
            goal.newcomers += phase.tracks
        else:
            goal.tracks += phase.tracks

    def _fullest_with_room_for(self, phase: Phase[T]) -> Phase[T] | None:
        # Of two that are as full the older one counts as fuller, or they would swap places.
        fitting = range(phase.size, ROOM - phase.size + 1)
        return max(
            (other for _, _, other in self._due if other.size in fitting),
            key=lambda other: (other.size, -other.number),
            default=None,
        )


def following_deadline(deadline: float, now: float) -> float:
    """Return the next deadline in the same phase that is `CLOSEST_S` or more after `now`."""
    following = deadline + FRAME_S
    late_s = now + CLOSEST_S - following
    return following if late_s <= 0 else following + math.ceil(late_s / FRAME_S) * FRAME_S
