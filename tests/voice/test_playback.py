"""What a guild hears, tick by tick."""

import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue

import pytest

from bot.audio.clip import Clip
from bot.voice.pacer import Track
from bot.voice.playback import OPUS_SILENCE, SILENCE_FRAMES, Piece, Playback
from bot.voice.timetable import FRAME_S

SILENCE = [OPUS_SILENCE] * SILENCE_FRAMES
NOTHING = b""
"""What a tick without a packet is written down as."""


@dataclass
class Wire:
    """A call that writes down what it took."""

    is_settled: bool = True
    is_full: bool = False
    packets: list[bytes] = field(default_factory=list)

    def send_opus(self, packet: bytes) -> bool:
        if self.is_full:
            return False
        self.packets.append(packet)
        return True


class Ear:
    """Notes what the playback reports."""

    def __init__(self) -> None:
        self.started: list[Piece] = []
        self.finished: list[Piece] = []
        self.silences = 0

    def on_piece_started(self, piece: Piece) -> None:
        self.started.append(piece)

    def on_piece_finished(self, piece: Piece) -> None:
        self.finished.append(piece)

    def on_silent(self) -> None:
        self.silences += 1


class HandClock:
    """A pacer whose ticks come from the test; it knows the time, too."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.now = 100.0
        self.times_added = 0

    def add(self, track: Track) -> None:
        assert track not in self.tracks, "a track on the clock twice sends twice as fast"
        self.tracks.append(track)
        self.times_added += 1

    def tick(self) -> bool:
        """Tick whatever wants to be ticked; return whether it wants more."""
        self.tracks = [track for track in self.tracks if track.tick()]
        self.now += FRAME_S
        return bool(self.tracks)


class Stage:
    """A playback with everything around it."""

    def __init__(self) -> None:
        self.wire, self.ear, self.clock = Wire(), Ear(), HandClock()
        self.playback = Playback(self.wire, self.ear, self.clock, monotonic=lambda: self.clock.now)

    def tick(self, times: int = 1) -> list[bytes]:
        """Return what each of so many ticks sent."""
        sent = []
        for _ in range(times):
            before = len(self.wire.packets)
            self.clock.tick()
            packets = self.wire.packets[before:]
            assert len(packets) <= 1, "one packet per tick"
            sent.append(packets[0] if packets else NOTHING)
        return sent

    def play(self) -> list[bytes]:
        """Tick until nothing wants to be ticked; return every packet this sent."""
        before = len(self.wire.packets)
        for _ in range(10_000):
            if not self.clock.tick():
                break
        return self.wire.packets[before:]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def piece(*packets: bytes, is_closed: bool = True, lead_in_frames: int = 0) -> Piece:
    clip = Clip()
    for packet in packets:
        clip.append(packet)
    clip.is_closed = is_closed
    return Piece(clip, lead_in_frames)


def test_a_piece_is_followed_by_five_frames_of_silence(stage: Stage) -> None:
    said = piece(b"a", b"b")

    stage.playback.feed(said)

    assert stage.play() == [b"a", b"b", *SILENCE]
    assert said.position == 2
    assert (stage.ear.started, stage.ear.finished, stage.ear.silences) == ([said], [said], 1)
    assert not stage.playback.is_speaking


def test_pieces_follow_each_other_without_a_gap(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b"))
    stage.playback.feed(piece(b"c"))

    assert stage.tick(3) == [b"a", b"b", b"c"]


def test_a_silent_playback_starts_again_when_fed(stage: Stage) -> None:
    stage.playback.feed(piece(b"a"))
    stage.play()

    stage.playback.feed(piece(b"b"))

    assert stage.tick(1) == [b"b"]
    assert stage.clock.times_added == 2


# Underruns


def test_an_underrun_is_five_frames_of_silence_then_nothing_then_the_rest(stage: Stage) -> None:
    said = piece(b"a", is_closed=False)
    stage.playback.feed(said)

    assert stage.tick(20) == [b"a", *SILENCE, *[NOTHING] * 14]
    said.clip.append(b"b")
    said.clip.finish()

    assert stage.tick(1) == [b"b"]
    assert stage.clock.times_added == 1


def test_a_clip_that_is_still_empty_opens_with_no_silence(stage: Stage) -> None:
    said = piece(is_closed=False)
    stage.playback.feed(said)

    assert stage.tick(10) == [NOTHING] * 10
    said.clip.append(b"a")

    assert stage.tick(1) == [b"a"]


# What the sink does not take


def test_a_packet_that_is_not_taken_is_tried_again(stage: Stage) -> None:
    said = piece(b"a", b"b")
    stage.playback.feed(said)
    stage.tick()
    stage.wire.is_full = True

    stage.tick(500)
    assert said.position == 1
    stage.wire.is_full = False

    assert stage.tick(1) == [b"b"]
    assert said.position == 2


def test_a_piece_starts_when_its_first_packet_is_taken(stage: Stage) -> None:
    said = piece(b"a", b"b")
    stage.wire.is_full = True
    stage.playback.feed(said)

    stage.tick(5)
    assert not stage.ear.started
    stage.wire.is_full = False
    stage.tick()

    assert stage.ear.started == [said]


# Unsettled calls


def test_an_unsettled_call_holds_speech_off_the_clock_for_any_time(stage: Stage) -> None:
    stage.wire.is_settled = False
    said = piece(b"first", b"second")
    stage.playback.feed(said)

    stage.tick(1)
    assert not stage.clock.tracks
    assert not stage.playback.is_speaking
    stage.clock.now += 3_600
    stage.wire.is_settled = True
    stage.playback.wake()

    assert stage.tick(2) == [b"first", b"second"]


def test_waking_in_vain_sends_nothing(stage: Stage) -> None:
    stage.wire.is_settled = False
    stage.playback.feed(piece(b"a"))
    stage.tick()

    stage.playback.wake()

    assert stage.tick(1) == [NOTHING]
    assert not stage.clock.tracks
    assert stage.ear.silences == 0


def test_waking_a_playback_with_nothing_to_say_does_nothing(stage: Stage) -> None:
    stage.playback.wake()

    assert not stage.clock.tracks


def test_a_wake_during_the_last_tick_is_not_lost(stage: Stage) -> None:
    stage.wire.is_settled = False
    stage.playback.feed(piece(b"a"))  # the flag below is set while this tick is still to come

    stage.playback.wake()
    stage.tick(1)
    stage.wire.is_settled = True

    assert stage.tick(1) == [b"a"]


def test_what_was_sent_last_can_still_be_rewound_after_the_call_broke(stage: Stage) -> None:
    said = piece(b"a", b"b")
    stage.playback.feed(said)
    stage.tick(2)

    stage.wire.is_settled = False
    stage.tick()
    assert not stage.ear.finished
    stage.playback.rewind(1)
    stage.wire.is_settled = True
    stage.playback.wake()

    assert stage.tick(1) == [b"b"]


# Rewinding


def test_a_rewind_of_held_speech_repeats_what_may_have_been_lost(stage: Stage) -> None:
    said = piece(b"a", b"b", b"c", b"d")
    stage.playback.feed(said)
    stage.tick(3)
    stage.wire.is_settled = False
    stage.tick()

    stage.playback.rewind(2)
    assert said.position == 1
    stage.wire.is_settled = True
    stage.playback.wake()

    assert stage.tick(3) == [b"b", b"c", b"d"]


def test_a_rewind_while_ticking_counts_from_the_next_tick_on(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b", b"c"))
    stage.tick(2)

    stage.playback.rewind(1)
    stage.playback.rewind(1)

    assert stage.tick(3) == [b"a", b"b", b"c"]


def test_a_rewind_does_not_go_back_behind_the_beginning(stage: Stage) -> None:
    said = piece(b"a", b"b")
    stage.playback.feed(said)
    stage.tick(1)

    stage.playback.rewind(100)

    assert stage.tick(2) == [b"a", b"b"]


def test_a_restart_begins_the_piece_again_and_says_so_once(stage: Stage) -> None:
    said = piece(b"a", b"b", b"c")
    stage.playback.feed(said)
    stage.tick(2)

    stage.playback.restart()

    assert stage.tick(3) == [b"a", b"b", b"c"]
    assert stage.ear.started == [said]


def test_a_rewind_touches_the_current_piece_alone(stage: Stage) -> None:
    first, second = piece(b"a"), piece(b"b", b"c")
    stage.playback.feed(first)
    stage.playback.feed(second)
    stage.tick(2)

    stage.playback.restart()

    assert stage.tick(2) == [b"b", b"c"]
    assert first.position == 1


# Pauses


def test_a_pause_silences_the_next_tick_and_leaves_the_clock(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b", b"c"))
    stage.tick(1)

    stage.playback.pause()

    assert stage.tick(7) == [*SILENCE, NOTHING, NOTHING]
    assert not stage.clock.tracks
    assert stage.ear.silences == 1


def test_resuming_goes_on_with_the_next_packet(stage: Stage) -> None:
    said = piece(b"a", b"b", b"c")
    stage.playback.feed(said)
    stage.tick(1)
    stage.playback.pause()
    stage.play()

    stage.clock.now += 600
    stage.playback.resume()

    assert stage.tick(2) == [b"b", b"c"]
    assert stage.ear.started == [said]


def test_a_resume_before_the_silence_is_over_goes_on_at_once(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b"))
    stage.tick(1)
    stage.playback.pause()
    stage.tick(2)

    stage.playback.resume()

    assert stage.tick(1) == [b"b"]


def test_what_is_fed_during_a_pause_waits_without_a_packet(stage: Stage) -> None:
    stage.playback.pause()
    stage.playback.feed(piece(b"a"))

    assert stage.tick(10) == [NOTHING] * 10
    assert stage.playback.is_paused
    stage.playback.resume()

    assert stage.tick(1) == [b"a"]


def test_a_pause_that_ends_before_the_call_has_settled_sends_nothing(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b"))
    stage.tick(1)
    stage.playback.pause()
    stage.wire.is_settled = False

    stage.playback.resume()
    assert stage.tick(3) == [NOTHING] * 3
    stage.wire.is_settled = True
    stage.playback.wake()

    assert stage.tick(1) == [b"b"]


# Pauses between pieces


def test_a_piece_is_led_in_by_the_wanted_pause(stage: Stage) -> None:
    stage.playback.feed(piece(b"a"))
    stage.playback.feed(piece(b"b", lead_in_frames=8))

    assert stage.tick(10) == [b"a", *SILENCE, *[NOTHING] * 3, b"b"]


def test_the_first_piece_of_all_is_not_led_in(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", lead_in_frames=8))

    assert stage.tick(1) == [b"a"]


def test_a_piece_after_a_long_silence_is_not_led_in(stage: Stage) -> None:
    stage.playback.feed(piece(b"a"))
    stage.play()

    stage.clock.now += 3 * FRAME_S
    stage.playback.feed(piece(b"b", lead_in_frames=8))

    assert stage.tick(1) == [b"b"]


def test_a_piece_after_a_short_silence_waits_for_the_rest_of_its_pause(stage: Stage) -> None:
    stage.playback.feed(piece(b"a"))
    stage.play()  # five frames of silence, and the tick that found nothing more
    stage.clock.now += 2.5 * FRAME_S

    stage.playback.feed(piece(b"b", lead_in_frames=12))

    assert stage.play()[:2] == [b"b", OPUS_SILENCE]
    spoken_after = stage.wire.packets.index(b"b")
    assert spoken_after == 1 + SILENCE_FRAMES


# Cuts


def test_a_cut_piece_ends_at_the_next_tick_and_the_next_one_follows(stage: Stage) -> None:
    long, following = piece(*[b"long"] * 100), piece(b"next")
    stage.playback.feed(long)
    stage.playback.feed(following)
    stage.tick()

    long.is_cut = True

    assert stage.tick(1) == [b"next"]
    assert stage.ear.finished == [long]


@pytest.mark.parametrize("reason", ["paused", "unsettled"])
def test_a_cut_of_held_speech_takes_effect_when_woken(stage: Stage, reason: str) -> None:
    said = piece(b"a", b"b")
    stage.playback.feed(said)
    stage.tick()
    stage.wire.is_settled = reason != "unsettled"
    {"paused": stage.playback.pause, "unsettled": lambda: None}[reason]()
    stage.play()

    said.is_cut = True
    stage.playback.wake()
    stage.tick()

    assert stage.ear.finished == [said]


def test_a_cut_of_what_waits_leaves_what_sounds_alone(stage: Stage) -> None:
    sounding, waiting, last = piece(b"a", b"b"), piece(b"c"), piece(b"d")
    for each in (sounding, waiting, last):
        stage.playback.feed(each)
    stage.tick()

    waiting.is_cut = True

    assert stage.tick(2) == [b"b", b"d"]
    assert waiting not in stage.ear.started


def test_a_faded_piece_ends_with_its_ending(stage: Stage) -> None:
    said, following = piece(b"a", b"b", b"c"), piece(b"next")
    stage.playback.feed(said)
    stage.playback.feed(following)
    stage.tick()

    stage.playback.fade(said, [b"softer", b"softest"])

    assert stage.tick(3) == [b"softer", b"softest", b"next"]
    assert said.is_cut
    assert said.position == 1
    assert stage.ear.finished == [said]


def test_a_piece_that_has_not_begun_is_cut_without_its_ending(stage: Stage) -> None:
    first, second, third = piece(b"a", b"b"), piece(b"c"), piece(b"d")
    for each in (first, second, third):
        stage.playback.feed(each)
    stage.tick()

    stage.playback.fade(second, [b"softer"])

    assert stage.tick(2) == [b"b", b"d"]


def test_held_speech_is_cut_without_its_ending(stage: Stage) -> None:
    said = piece(b"a", b"b")
    stage.playback.feed(said)
    stage.tick()
    stage.wire.is_settled = False
    stage.tick()

    stage.playback.fade(said, [b"softer"])
    stage.tick()

    assert stage.ear.finished == [said]
    assert b"softer" not in stage.wire.packets


# Ends


def test_a_closed_playback_sends_nothing_more(stage: Stage) -> None:
    stage.playback.feed(piece(b"a", b"b"))
    stage.tick()

    stage.playback.close()

    assert not stage.play()
    assert not stage.clock.tracks


def test_a_closed_playback_is_not_woken(stage: Stage) -> None:
    stage.wire.is_settled = False
    stage.playback.feed(piece(b"a"))
    stage.tick()
    stage.playback.close()

    stage.playback.wake()

    assert not stage.clock.tracks


def test_an_aborted_playback_finishes_what_it_had_and_can_be_fed_again(stage: Stage) -> None:
    first, second = piece(b"a"), piece(b"b")
    stage.playback.feed(first)
    stage.playback.feed(second)
    stage.clock.tracks.clear()  # what the pacer does before it tells

    stage.playback.abort()
    assert stage.ear.finished == [first, second]
    stage.playback.feed(piece(b"c"))

    assert stage.tick(1) == [b"c"]


# Threads


class Ticker:
    """A pacer that ticks without a pause, on a thread of its own."""

    def __init__(self) -> None:
        self._added: SimpleQueue[Track | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, track: Track) -> None:
        self._added.put(track)

    def close(self) -> None:
        self._added.put(None)
        self._thread.join(5)

    def _run(self) -> None:
        while (track := self._added.get()) is not None:
            while track.tick():
                pass


class Gate:
    """A call that unsettles after each packet it took."""

    def __init__(self) -> None:
        self.is_open = False
        self.taken = threading.Semaphore(0)

    @property
    def is_settled(self) -> bool:
        is_open = self.is_open
        time.sleep(0)  # lets the other thread change it between this look and what follows
        return is_open

    def send_opus(self, packet: bytes) -> bool:
        if packet != OPUS_SILENCE:
            self.is_open = False
            self.taken.release()
        return True


def test_no_wake_is_ever_lost() -> None:
    rounds = 10_000
    gate, ticker = Gate(), Ticker()
    playback = Playback(gate, Ear(), ticker)
    try:
        playback.feed(piece(*[b"speech"] * rounds))
        for number in range(rounds):
            # The thread is about to leave the clock, or has just left it.
            gate.is_open = True
            playback.wake()
            assert gate.taken.acquire(timeout=5), f"wake {number} was lost"
    finally:
        playback.close()
        ticker.close()
