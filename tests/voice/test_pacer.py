"""One clock for all guilds."""

import threading
import time
from collections.abc import Iterator

import pytest

from bot.voice.pacer import FRAME_S, Pacer


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
    """Fails at its first tick."""

    def __init__(self) -> None:
        self.ticks = 0
        self.is_aborted = False

    def tick(self) -> bool:
        self.ticks += 1
        raise RuntimeError("broken track")

    def abort(self) -> None:
        self.is_aborted = True


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


def test_closing_ends_the_thread_with_tracks_still_in_it() -> None:
    pacer = Pacer()
    pacer.start()
    pacer.add(Counter(1_000_000))

    pacer.close()

    assert "pacer" not in {thread.name for thread in threading.enumerate()}
