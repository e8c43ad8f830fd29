"""Deadlines: even for each track, and shared by as many as there is room for."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.voice.timetable import (
    CLOSEST_S,
    FRAME_S,
    NUDGE_S,
    ROOM,
    Timetable,
    following_deadline,
)

ON_THE_WAY_S = FRAME_S / 2 / NUDGE_S * FRAME_S
"""After so long a track has come from anywhere to anywhere in a frame."""


class Run:
    """A timetable in a time of its own, in which every tick is on time."""

    def __init__(self) -> None:
        self.timetable: Timetable[str] = Timetable()
        self.ticks: dict[str, list[float]] = {}
        self.wakes: list[float] = []
        self._ended: set[str] = set()

    def add(self, track: str, at: float) -> None:
        """Tick a new track at once, all others until then."""
        self.until(at)
        self.ticks[track] = [at]
        self.timetable.add(track, at)

    def end(self, track: str) -> None:
        """Let a track have enough at its next tick."""
        self._ended.add(track)

    def until(self, end: float) -> None:
        """Tick what is due before `end`."""
        while (due := self.timetable.next_deadline) is not None and due < end:
            phase = self.timetable.take()
            self.wakes.append(due)
            for track in phase.tracks:
                self.ticks[track].append(due)
            going_on = [track for track in phase.tracks if track not in self._ended]
            self.timetable.put_back(phase, going_on, due)

    def gaps(self, track: str) -> list[float]:
        """Return the time between the ticks of a track."""
        return [later - earlier for earlier, later in pairwise(self.ticks[track])]


starts = st.lists(st.floats(0, 1), min_size=1, max_size=120).map(sorted)


@settings(max_examples=50)
@given(starts)
def test_every_gap_is_a_frame_but_for_the_way_to_others(starts_s: list[float]) -> None:
    run = Run()
    for number, at in enumerate(starts_s):
        run.add(f"track {number}", at)
    run.until(3.0)

    for track in run.ticks:
        gaps = run.gaps(track)
        assert gaps == pytest.approx([FRAME_S] * len(gaps), abs=NUDGE_S + 1e-9)
        assert run.ticks[track][-1] > 3.0 - FRAME_S - NUDGE_S - 1e-9


@settings(max_examples=50)
@given(starts)
def test_tracks_come_together_as_far_as_there_is_room(starts_s: list[float]) -> None:
    run = Run()
    for number, at in enumerate(starts_s):
        run.add(f"track {number}", at)
    run.until(1.0 + 3 * ON_THE_WAY_S)

    sizes = sorted(phase.size for phase in run.timetable.phases)
    assert sum(sizes) == len(starts_s)
    assert sizes[-1] <= ROOM
    assert all(one + other > ROOM for one, other in pairwise(sizes))


def test_twenty_guilds_take_one_wake_a_frame() -> None:
    run = Run()
    for number in range(20):
        run.add(f"track {number}", number * 0.0137)
    run.until(1.0)
    before = len(run.wakes)

    run.until(2.0)

    assert len(run.wakes) - before == pytest.approx(1.0 / FRAME_S, abs=1)


def test_once_together_gaps_are_exact() -> None:
    run = Run()
    for number in range(20):
        run.add(f"track {number}", number * 0.0137)
    run.until(1.0)
    run.ticks = {track: [] for track in run.ticks}

    run.until(2.0)

    for track in run.ticks:
        gaps = run.gaps(track)
        assert gaps == pytest.approx([FRAME_S] * len(gaps), abs=1e-9)


def test_what_is_left_of_many_comes_together() -> None:
    run = Run()
    for number in range(8 * ROOM):
        run.add(f"track {number}", number * 0.0007)
    run.until(1.0)
    for number in range(8 * ROOM - 8):
        run.end(f"track {number}")
    run.until(1.0 + FRAME_S + NUDGE_S)

    run.until(1.0 + 4 * ON_THE_WAY_S)

    assert len(run.timetable.phases) == 1


def test_the_fuller_phase_stays_where_it_is() -> None:
    run = Run()
    for number in range(3):
        run.add(f"old {number}", 0.0)
    run.add("new", 0.1 + FRAME_S / 3)
    run.until(1.0)

    assert all(gap == pytest.approx(FRAME_S, abs=1e-9) for gap in run.gaps("old 0"))
    assert run.ticks["new"][-1] == run.ticks["old 0"][-1]


def test_a_newcomer_has_no_second_tick_at_once() -> None:
    run = Run()
    run.add("old", 0.0)
    run.until(1.0)
    due = run.timetable.next_deadline
    assert due is not None

    run.add("new", due - NUDGE_S / 2)
    run.until(2.0)

    assert min(run.gaps("new")) >= FRAME_S - NUDGE_S


def test_nothing_is_due_where_nothing_is() -> None:
    run = Run()
    run.add("track", 0.0)
    run.end("track")
    run.until(1.0)

    assert run.timetable.next_deadline is None


# Lateness


def ticks(lateness_s: dict[int, float], count: int) -> list[float]:
    """Return when so many ticks happen, given how late the numbered ones are."""
    deadline, times = 0.0, []
    for number in range(count):
        at = deadline + lateness_s.get(number, 0.0)
        times.append(at)
        deadline = following_deadline(deadline, at)
    return times


def test_a_late_tick_does_not_shift_the_others() -> None:
    assert ticks({2: 0.010}, 5) == pytest.approx([0, 0.02, 0.05, 0.06, 0.08])


def test_ticks_a_stall_has_missed_are_left_out() -> None:
    assert ticks({2: 0.210}, 5) == pytest.approx([0, 0.02, 0.25, 0.26, 0.28])


@pytest.mark.parametrize("late_ms", range(0, 200, 7))
def test_no_lateness_leads_to_a_burst_or_to_another_phase(late_ms: int) -> None:
    times = ticks({3: late_ms / 1000}, 10)

    assert min(later - earlier for earlier, later in pairwise(times)) >= CLOSEST_S - 1e-9
    phases = [math.remainder(at, FRAME_S) for at in times[4:]]
    assert phases == pytest.approx([0] * 6, abs=1e-9)


def test_a_clock_that_runs_for_hours_does_not_drift() -> None:
    hour = 3_600 * 50

    assert ticks({}, hour + 1)[-1] == pytest.approx(3_600, abs=1e-6)
