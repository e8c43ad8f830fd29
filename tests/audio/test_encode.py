"""PCM becomes Opus packets of 20 ms, whatever pieces it comes in."""

import math
from collections.abc import AsyncIterator
from itertools import pairwise

import discord.opus
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audio.clip import Clip
from bot.audio.encode import FRAME_BYTES, Framer, SpeechEncoder, encode_into, load_opus
from bot.audio.turnstile import Turnstile
from bot.errors import ProviderError, ProviderFault
from bot.sandbox import speech

RATE = 24_000


class MonoDecoder(discord.opus.Decoder):
    SAMPLING_RATE = RATE
    CHANNELS = 1
    SAMPLE_SIZE = 2
    SAMPLES_PER_FRAME = RATE // 50


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    samples = np.arange(int(seconds * RATE))
    return (8_000 * np.sin(2 * math.pi * hertz * samples / RATE)).astype("<i2").tobytes()


async def in_pieces(pcm: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


def test_a_libopus_is_found() -> None:
    assert "libopus" in load_opus()


@given(pcm=st.binary(max_size=5_000), cuts=st.lists(st.integers(0, 5_000), max_size=8))
def test_frames_are_the_same_however_the_pcm_is_cut(pcm: bytes, cuts: list[int]) -> None:
    framer = Framer()
    bounds = [0, *sorted(min(cut, len(pcm)) for cut in cuts), len(pcm)]

    frames = [frame for a, b in pairwise(bounds) for frame in framer.push(pcm[a:b])]
    frames += framer.flush()

    whole = b"".join(frames)
    assert whole[: len(pcm)] == pcm
    assert not whole[len(pcm) :].strip(b"\0")
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert len(whole) - len(pcm) < FRAME_BYTES


async def test_the_last_frame_is_padded_to_20_ms() -> None:
    clip = Clip()

    await encode_into(clip, in_pieces(tone(0.050), 700), Turnstile())

    assert len(clip.packets) == 3


async def test_the_sound_survives_the_encoder() -> None:
    clip = Clip()
    pcm = tone(1.0)

    await encode_into(clip, in_pieces(pcm, 1_001 * 2), Turnstile())

    decoder = MonoDecoder()
    heard = np.frombuffer(
        b"".join(decoder.decode(packet, fec=False) for packet in clip.packets), "<i2"
    )
    strongest_hertz = np.argmax(np.abs(np.fft.rfft(heard[:RATE])))
    assert abs(int(strongest_hertz) - 440) <= 2
    assert len(heard) == RATE


def test_a_frame_of_speech_is_small() -> None:
    encoder = SpeechEncoder()

    packets = [encoder.encode_frame(tone(0.020, hertz)) for hertz in (200, 400, 800)]

    assert all(20 < len(packet) < 250 for packet in packets)


async def broken_off(pcm: bytes, size: int = 4_800) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
    raise ProviderError("for operators", fault=ProviderFault.TRUNCATED, retryable=True)


def decoded(packets: list[bytes]) -> np.ndarray:
    decoder = MonoDecoder()
    pcm = b"".join(decoder.decode(packet) for packet in packets)
    return np.frombuffer(pcm, "<i2").astype(np.float64)


@pytest.mark.parametrize("voice", ["Cherry", "Ethan", "Dylan"])
async def test_speech_that_breaks_off_dies_away_without_a_click(voice: str) -> None:
    pcm = speech.speak("Good morning, everyone. The harbour is open today.", voice)

    for end in range(9_000, len(pcm), 8_642):
        clip = Clip()
        with pytest.raises(ProviderError):
            await encode_into(clip, broken_off(pcm[:end]), Turnstile())
        sound = decoded(clip.packets)
        spoken = end // 2
        assert 20 <= (len(sound) - spoken) / RATE * 1000 <= 40
        # Nothing jumps by more than -20 dBFS, or than the speech itself does.
        steps = np.abs(np.diff(sound))
        assert steps[spoken - 240 :].max() <= max(steps[: spoken - 240].max() * 1.15, 3_277)
        assert np.abs(sound[-60:]).max() < 328  # -40 dBFS: the ripple of the codec


async def test_what_broke_off_before_anything_could_be_heard_stays_silent() -> None:
    clip = Clip()
    with pytest.raises(ProviderError):
        await encode_into(clip, broken_off(tone(0.015)), Turnstile())
    assert clip.packets == []
