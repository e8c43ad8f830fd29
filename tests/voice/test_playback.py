"""What a guild hears, tick by tick."""

from bot.audio.clip import Clip
from bot.voice.pacer import Track
from bot.voice.playback import (
    MAX_HOLD_FRAMES,
    OPUS_SILENCE,
    SILENCE_FRAMES,
    Piece,
    Playback,
)
from tests.voice.fakes import FakeCall


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
    """A pacer whose ticks come from the test."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []

    def add(self, track: Track) -> None:
        self.tracks.append(track)


def stage() -> tuple[Playback, FakeCall, Ear, HandClock]:
    call, ear, clock = FakeCall(), Ear(), HandClock()
    return Playback(call, ear, clock), call, ear, clock


def piece(*packets: bytes, is_closed: bool = True) -> Piece:
    clip = Clip()
    for packet in packets:
        clip.append(packet)
    clip.is_closed = is_closed
    return Piece(clip)


async def test_a_piece_is_followed_by_five_frames_of_silence() -> None:
    playback, call, ear, clock = stage()
    said = piece(b"a", b"b")

    playback.feed(said)
    while playback.tick():
        pass

    assert call.packets == [b"a", b"b", *[OPUS_SILENCE] * SILENCE_FRAMES]
    assert (said.frames_sent, said.frames_due) == (2, 2)
    assert (ear.started, ear.finished, ear.silences) == ([said], [said], 1)
    assert clock.tracks == [playback]


async def test_pieces_follow_each_other_without_a_gap() -> None:
    playback, call, _, clock = stage()

    playback.feed(piece(b"a", b"b"))
    playback.feed(piece(b"c"))
    while playback.tick():
        pass

    assert call.packets[:3] == [b"a", b"b", b"c"]
    assert len(clock.tracks) == 1


async def test_an_underrun_is_five_frames_of_silence_then_nothing_then_the_rest() -> None:
    playback, call, _, _ = stage()
    said = piece(b"a", is_closed=False)
    playback.feed(said)

    for _ in range(20):
        assert playback.tick()
    assert call.packets == [b"a", *[OPUS_SILENCE] * SILENCE_FRAMES]
    said.clip.append(b"b")
    said.clip.finish()
    playback.tick()

    assert call.speech == [b"a", b"b"]


async def test_a_cut_piece_ends_at_the_next_tick_and_the_next_one_follows() -> None:
    playback, call, ear, _ = stage()
    long, following = piece(*[b"long"] * 100), piece(b"next")
    playback.feed(long)
    playback.feed(following)
    playback.tick()

    long.is_cut = True
    playback.tick()

    assert call.packets == [b"long", b"next"]
    assert ear.finished == [long]


async def test_speech_is_held_while_the_call_is_not_settled() -> None:
    playback, call, _, _ = stage()
    call.is_settled = False
    playback.feed(piece(b"first", b"second"))

    for _ in range(50):
        playback.tick()
    assert not call.packets
    call.is_settled = True
    playback.tick()

    assert call.packets == [b"first"]


async def test_speech_is_not_held_for_ever() -> None:
    playback, call, _, _ = stage()
    call.is_settled = False
    call.is_deaf = True
    said = piece(b"a")
    playback.feed(said)

    for _ in range(MAX_HOLD_FRAMES + 1):
        playback.tick()

    assert (said.frames_sent, said.frames_due) == (0, 1)


async def test_a_closed_playback_sends_nothing_more() -> None:
    playback, call, _, _ = stage()
    playback.feed(piece(b"a", b"b"))
    playback.tick()

    playback.close()

    assert not playback.tick()
    assert call.packets == [b"a"]


async def test_a_silent_playback_starts_again_when_fed() -> None:
    playback, call, _, clock = stage()
    playback.feed(piece(b"a"))
    while playback.tick():
        pass

    playback.feed(piece(b"b"))
    while playback.tick():
        pass

    assert call.speech == [b"a", b"b"]
    assert clock.tracks == [playback, playback]
