"""Speech that is cut off falls silent in a fifth of a second, without a click."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.audio.encode import Framer, SpeechDecoder, SpeechEncoder
from bot.audio.fade import FADE_FRAMES, fade_out
from bot.sandbox import speech
from bot.voice.playback import OPUS_SILENCE

FRAME = 480
SILENCE = 32_768 * 10 ** (-60 / 20)
Heard = NDArray[np.float64]


def encoded(pcm: bytes) -> list[bytes]:
    encoder = SpeechEncoder()
    return [encoder.encode_frame(frame) for frame in Framer().push(pcm)]


def heard(packets: list[bytes]) -> Heard:
    decoder = SpeechDecoder()
    pcm = b"".join(decoder.decode_packet(packet) for packet in packets)
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def tone(seconds: float, hertz: float = 400.0) -> list[bytes]:
    samples = np.arange(int(seconds * 24_000))
    return encoded((12_000 * np.sin(2 * np.pi * hertz * samples / 24_000)).astype("<i2").tobytes())


def spoken(voice: str) -> list[bytes]:
    return encoded(speech.speak("Good morning, everyone. The harbour is open today.", voice))


def levels(sound: Heard, step: int = 240) -> list[float]:
    return [float(np.abs(sound[at : at + step]).max()) for at in range(0, len(sound), step)]


@pytest.mark.parametrize("start", [1, 7, 40])
def test_a_tone_only_falls_and_ends_in_silence(start: int) -> None:
    packets = tone(2.0)

    fade = fade_out(packets, start)

    assert len(fade) == FADE_FRAMES
    sound = heard([*packets[:start], *fade])[start * FRAME :]
    steps = levels(sound)
    assert all(after <= before + 120 for before, after in pairwise(steps))
    assert steps[0] > 11_000
    assert steps[len(steps) // 2] == pytest.approx(6_000, rel=0.15)
    assert np.abs(sound[-120:]).max() < SILENCE


@pytest.mark.parametrize("voice", ["Cherry", "Ethan", "Serena", "Dylan"])
def test_speech_goes_on_where_it_was_without_a_click(voice: str) -> None:
    packets = spoken(voice)
    whole = heard(packets)

    for start in range(0, len(packets) - FADE_FRAMES, 9):
        sound = heard([*packets[:start], *fade_out(packets, start), *[OPUS_SILENCE] * 5])
        before = max(start * FRAME - 120, 0)
        end = (start + FADE_FRAMES) * FRAME
        # No step is much larger than those of the speech itself; 64 is what the codec adds to
        # silence. How much depends on libopus: 1.15 with version 1.6.1, 1.22 with 1.3.1.
        steps = np.abs(np.diff(sound[before:]))
        assert steps.max() <= 1.3 * np.abs(np.diff(whole[before:end])).max() + 64
        # The first packet is still the same speech.
        first = slice(start * FRAME, (start + 1) * FRAME)
        off = np.abs(sound[first] - whole[first]).mean()
        assert off <= 0.2 * np.abs(whole[first]).mean() + 48
        assert np.abs(sound[end - 120 :]).max() < SILENCE


@pytest.mark.parametrize(("left", "frames"), [(0, 0), (1, 1), (3, 3), (9, 9), (10, 10), (30, 10)])
def test_a_fade_is_as_long_as_there_is_speech_left(left: int, frames: int) -> None:
    packets = tone(1.0)
    start = len(packets) - left

    fade = fade_out(packets, start)

    assert len(fade) == frames
    ending = heard([*packets[:start], *fade])[-60:]
    assert not frames or np.abs(ending).max() < SILENCE


def test_a_fade_may_be_shorter() -> None:
    assert len(fade_out(tone(1.0), 5, frames=2)) == 2


def test_the_packets_given_are_left_alone() -> None:
    packets = tone(1.0)
    before = list(packets)

    fade_out(packets, 10)

    assert packets == before
