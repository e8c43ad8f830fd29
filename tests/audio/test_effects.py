"""Everything that happens to speech, together: in time, as loud as the rest, never too loud."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio.effects import (
    FIRST_SLICE_BYTES,
    PREFILL_BYTES,
    Effects,
    EffectsSettings,
    apply,
)
from bot.audio.level import LoudnessMemory
from bot.audio.loudness import LoudnessMeter
from bot.audio.samples import RATE_HZ, Samples, amplitude, from_pcm, to_pcm
from bot.audio.turnstile import Turnstile
from bot.sandbox import speech
from tests.sound import is_same_sound

FIRST = "The first ship is red, and it arrives at ten."
OTHERS = [
    "Ten minutes later comes a blue one.",
    "Good morning, everyone. The harbour is open today, and so is the lighthouse.",
    "I will be right back after dinner, see you all in about half an hour or so.",
]
VOICES = ["Cherry", "Ethan", "Serena", "Dylan", "Jada"]
UNTOUCHED = EffectsSettings(target_lufs=None, is_trimmed=False)
PACKET = RATE_HZ * 20 // 1000
MAX_DELAY = RATE_HZ * 20 // 1000


def tone(seconds: float, *, dbfs: float = -12.0, hertz: float = 300.0) -> Samples:
    turns = np.arange(int(seconds * RATE_HZ)) * hertz / RATE_HZ
    return (amplitude(dbfs) * np.cos(2 * np.pi * turns)).astype(np.float32)


def affected(pcm: bytes, effects: Effects, *, piece: int = 9_600) -> bytes:
    made = [effects.push(pcm[at : at + piece]) for at in range(0, len(pcm), piece)]
    return b"".join((*made, effects.flush()))


def lufs(pcm: bytes) -> float:
    meter = LoudnessMeter()
    meter.push(from_pcm(pcm))
    assert meter.loudness is not None
    return meter.loudness.lufs


def peak_dbfs(pcm: bytes) -> float:
    return float(20 * np.log10(np.abs(from_pcm(pcm)).max()))


def spoken(text: str, voice: str, gain_db: float = 0.0) -> bytes:
    return to_pcm(from_pcm(speech.speak(text, voice)) * np.float32(amplitude(gain_db)))


async def in_pieces(pcm: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


@pytest.mark.parametrize("gain_db", [-14.0, -6.0, 0.0, 6.0])
@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_is_equally_loud_from_its_second_utterance(voice: str, gain_db: float) -> None:
    memory = LoudnessMemory()
    made = []

    for text in (FIRST, *OTHERS):
        effects = Effects(expected=memory.recall(voice))
        made.append(affected(spoken(text, voice, gain_db), effects))
        assert effects.loudness is not None
        memory.learn(voice, effects.loudness)

    assert [lufs(each) for each in made[1:]] == pytest.approx([-16.0] * len(OTHERS), abs=1.0)
    assert max(peak_dbfs(each) for each in made) <= -1.0


@pytest.mark.parametrize("voice", VOICES)
def test_the_first_utterance_comes_nearer_to_the_others(voice: str) -> None:
    soft, loud = spoken(OTHERS[1], voice, -12.0), spoken(OTHERS[1], voice, 6.0)

    made = [lufs(affected(each, Effects())) for each in (soft, loud)]

    assert made[1] - made[0] < 18.0 - 5.0


@pytest.mark.parametrize("volume", [0.25, 0.5, 1.0])
def test_the_volume_comes_on_top(volume: float) -> None:
    sound = to_pcm(tone(3.0))

    at_volume = affected(sound, Effects(volume=volume))

    assert lufs(at_volume) == pytest.approx(
        lufs(affected(sound, Effects())) + 20 * np.log10(volume), abs=0.05
    )


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_the_peak_stays_below_full_scale_at_every_volume(speed: float) -> None:
    made = affected(spoken(OTHERS[1], "Cherry", 3.0), Effects(speed=speed, volume=2.0))

    assert -1.1 <= peak_dbfs(made) <= -1.0


def test_a_volume_of_zero_is_silence_of_the_same_length() -> None:
    made = affected(to_pcm(tone(1.0)), Effects(volume=0.0))

    assert len(made) == RATE_HZ * 2
    assert not made.strip(b"\0")


def test_what_is_not_asked_for_does_not_happen() -> None:
    pcm = b"\0" * 9_600 + to_pcm(tone(1.0)) + b"\0" * 9_600

    assert is_same_sound(affected(pcm, Effects(UNTOUCHED)), pcm)


def test_silence_around_speech_is_cut_whatever_the_speed() -> None:
    quiet = b"\0" * RATE_HZ * 2
    pcm = quiet + to_pcm(tone(1.0)) + quiet

    for speed in (0.5, 1.0, 2.0):
        made = np.abs(from_pcm(affected(pcm, Effects(speed=speed)))) > 0.01
        loud = np.flatnonzero(made)
        assert loud[0] <= 0.021 * RATE_HZ
        assert len(made) - loud[-1] <= 0.106 * RATE_HZ
        assert loud[-1] - loud[0] == pytest.approx(RATE_HZ / speed, rel=0.02)


@pytest.mark.parametrize("noise_dbfs", [-120.0, -56.0])
def test_silence_alone_becomes_nothing(noise_dbfs: float) -> None:
    hiss = np.random.default_rng(3).standard_normal(RATE_HZ) * amplitude(noise_dbfs)

    assert affected(to_pcm(hiss.astype(np.float32)), Effects(volume=2.0)) == b""


def test_a_word_is_too_short_to_learn_from() -> None:
    effects = Effects()

    affected(to_pcm(tone(0.35)), effects)

    assert effects.loudness is None


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.3, 2.0])
@pytest.mark.parametrize("volume", [1.0, 2.0])
@pytest.mark.parametrize("silence_s", [0.0, 0.0113, 0.5])
def test_the_first_packet_is_at_most_20_ms_late(
    silence_s: float, volume: float, speed: float
) -> None:
    silence = np.zeros(int(silence_s * RATE_HZ), np.float32)
    pcm = to_pcm(np.concatenate((silence, tone(1.0))))
    effects = Effects(speed=speed, volume=volume)
    ready = b""
    heard = 0

    # Sample by sample in, until there is a packet of it out.
    while len(ready) < PACKET * 2:
        ready += effects.push(pcm[heard * 2 : heard * 2 + 2])
        heard += 1

    assert heard - len(silence) <= PACKET + MAX_DELAY


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_speech_that_goes_on_is_at_most_60_ms_behind(speed: float) -> None:
    pcm = to_pcm(tone(3.0))
    effects = Effects(speed=speed)
    ready, behind_s = 0, []

    for at in range(0, len(pcm), 48):
        ready += len(effects.push(pcm[at : at + 48]))
        behind_s.append(((at + 48) - ready * speed) / 2 / RATE_HZ)

    assert max(behind_s) <= (0.010 if speed == 1.0 else 0.060)


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 60_000), max_size=12),
    speed=st.sampled_from([0.7, 1.0, 1.6]),
    volume=st.sampled_from([0.4, 1.0, 1.9]),
)
def test_it_does_not_matter_how_the_pcm_is_cut(
    cuts: list[int], speed: float, volume: float
) -> None:
    pcm = to_pcm(np.concatenate((np.zeros(4_000), tone(1.0), np.zeros(3_000))))
    whole = affected(pcm, Effects(speed=speed, volume=volume), piece=len(pcm))

    # Odd bounds, too: a sample may come in two pieces.
    bounds = [0, *sorted(min(cut, len(pcm)) for cut in cuts), len(pcm)]
    effects = Effects(speed=speed, volume=volume)
    made = [effects.push(pcm[a:b]) for a, b in pairwise(bounds)]

    assert _digest(b"".join((*made, effects.flush()))) == _digest(whole)


async def test_a_stream_comes_out_piece_by_piece() -> None:
    pcm = spoken(FIRST, "Cherry")
    whole = affected(pcm, Effects(speed=1.2))

    pieces = [
        piece async for piece in apply(in_pieces(pcm, 4_801), Effects(speed=1.2), Turnstile())
    ]

    assert is_same_sound(b"".join(pieces), whole)
    assert len(pieces) > 10
    assert all(pieces)


async def test_a_call_can_begin_to_speak_before_all_of_a_long_piece_is_worked_on() -> None:
    pieces = apply(in_pieces(to_pcm(tone(1.0)), 10**9), Effects(), Turnstile())

    async with aclosing(pieces):
        first = await anext(pieces)

    assert PREFILL_BYTES <= len(first) <= FIRST_SLICE_BYTES


async def test_the_loop_has_its_turns_while_a_long_piece_is_worked_on() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counter = asyncio.create_task(count())
    await asyncio.sleep(0)
    async for _ in apply(in_pieces(to_pcm(tone(10.0)), 10**9), Effects(), Turnstile()):
        pass
    counter.cancel()

    assert turns >= 10


def _digest(pcm: bytes) -> str:
    return hashlib.sha256(pcm).hexdigest()
