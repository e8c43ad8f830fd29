"""One clock for all guilds."""

import threading
import time
from collections.abc import Iterator

import pytest

from bot.voice.pacer import Pacer
from bot.voice.timetable import FRAME_S, NUDGE_S


@pytest.fixture
def pacer() -> Iterator[Pacer]:
    pacer = Pacer()
    pacer.start()
    yield pacer
    pacer.close()


class Counter:
    """Ticks `wanted` times, notes when, and sleeps in the ticks named in `stalls`."""

    def __init__(self, wanted: int, *, stalls: dict[int, float] | None = None) -> None:
        self.times: list[float] = []
        self.ended = threading.Event()
        self._wanted = wanted
        self._stalls = stalls or {}

    def tick(self) -> bool:
        self.times.append(time.monotonic())
        time.sleep(self._stalls.get(len(self.times), 0))
        if len(self.times) < self._wanted:
            return True
        self.ended.set()
        return False

    def abort(self) -> None:
        raise AssertionError("this track does not fail")


class Broken:
    """Fails at its first tick, or at another one."""

    def __init__(self, *, after: int = 1, fails_again: bool = False) -> None:
        self.ticks = 0
        self._after = after
        self._fails_again = fails_again
        self.is_aborted = False

    def tick(self) -> bool:
        self.ticks += 1
        if self.ticks >= self._after:
            raise RuntimeError("broken track")
        return True

    def abort(self) -> None:
        self.is_aborted = True
        if self._fails_again:
            raise RuntimeError("loop is closed")


def test_a_track_is_ticked_until_it_has_had_enough(pacer: Pacer) -> None:
    track = Counter(5)

    pacer.add(track)

    assert track.ended.wait(5)
    assert len(track.times) == 5


def test_ticks_are_never_closer_than_their_deadlines(pacer: Pacer) -> None:
    track = Counter(10)

    pacer.add(track)

    assert track.ended.wait(5)
    first = track.times[0]
    assert all(at - first >= number * FRAME_S - 0.001 for number, at in enumerate(track.times))


def test_the_second_tick_follows_after_one_frame(pacer: Pacer) -> None:
    tracks = []
    for _ in range(10):
        tracks.append(Counter(2))
        pacer.add(tracks[-1])
        assert tracks[-1].ended.wait(5)

    # Of ten, at least one is not disturbed by whatever else the machine does.
    assert min(track.times[1] - track.times[0] for track in tracks) < 1.25 * FRAME_S


def test_a_new_track_does_not_wait_for_the_tick_of_another(pacer: Pacer) -> None:
    pacer.add(Counter(1_000_000))
    waits = []
    for _ in range(10):
        track = Counter(1)
        began = time.monotonic()
        pacer.add(track)
        assert track.ended.wait(5)
        waits.append(track.times[0] - began)
        time.sleep(FRAME_S / 4)  # so that each falls into another part of the other's frame

    assert sorted(waits)[5] < FRAME_S / 4


def test_tracks_that_start_at_once_and_end_one_by_one_keep_their_pace(pacer: Pacer) -> None:
    tracks = [Counter(2 + number % 20) for number in range(100)]

    for track in tracks:
        pacer.add(track)

    assert all(track.ended.wait(5) for track in tracks)
    assert [len(track.times) for track in tracks] == [2 + number % 20 for number in range(100)]
    for track in tracks:
        wanted_s = (len(track.times) - 1) * FRAME_S
        assert track.times[-1] - track.times[0] >= wanted_s - FRAME_S / 2 - 2 * NUDGE_S


def test_a_track_that_breaks_in_mid_speech_takes_no_other_with_it(pacer: Pacer) -> None:
    tracks = [Counter(10) for _ in range(5)]
    broken = Broken(after=3)

    for track in (*tracks[:2], broken, *tracks[2:]):
        pacer.add(track)

    assert all(track.ended.wait(5) for track in tracks)
    assert broken.ticks == 3
    assert broken.is_aborted


def test_a_track_may_be_added_again_after_it_has_ended(pacer: Pacer) -> None:
    for _ in range(3):
        track = Counter(1)
        pacer.add(track)
        assert track.ended.wait(5)


def test_what_a_stall_missed_is_not_caught_up_in_a_burst(pacer: Pacer) -> None:
    track = Counter(8, stalls={3: 0.2})

    pacer.add(track)

    assert track.ended.wait(5)
    burst_would_end_s = 2 * FRAME_S + 0.2
    assert track.times[-1] - track.times[0] >= burst_would_end_s + 3 * FRAME_S


def test_a_broken_track_does_not_silence_the_others(
    pacer: Pacer, caplog: pytest.LogCaptureFixture
) -> None:
    broken, healthy = Broken(), Counter(3)

    pacer.add(broken)
    pacer.add(healthy)

    assert healthy.ended.wait(5)
    assert broken.ticks == 1
    assert broken.is_aborted
    assert "a track failed" in caplog.text


def test_a_track_that_cannot_even_be_given_up_does_not_silence_the_others(pacer: Pacer) -> None:
    healthy = Counter(3)

    pacer.add(Broken(fails_again=True))
    pacer.add(healthy)

    assert healthy.ended.wait(5)


def test_closing_ends_the_thread_with_tracks_still_in_it() -> None:
    pacer = Pacer()
    pacer.start()
    pacer.add(Counter(1_000_000))

    pacer.close()

    assert "pacer" not in {thread.name for thread in threading.enumerate()}
