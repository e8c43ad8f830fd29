"""Loudness as ITU-R BS.1770-4 has it, checked against signals it defines and against FFmpeg's."""

import math
from fractions import Fraction

import av
import numpy as np
import pytest

from bot.audio.level import MEMORY_WEIGHT_S, Leveller, LoudnessMemory
from bot.audio.loudness import Loudness, LoudnessMeter
from bot.audio.samples import RATE_HZ, Samples, amplitude, from_pcm, to_pcm
from bot.sandbox import speech

SENTENCE = "Good morning, everyone. The harbour is open today, and so is the lighthouse."


def tone(seconds: float, *, dbfs: float, hertz: float = 997.0) -> Samples:
    turns = np.arange(int(seconds * RATE_HZ)) * hertz / RATE_HZ
    return (amplitude(dbfs) * np.sin(2 * math.pi * turns)).astype(np.float32)


def noise(seconds: float, *, dbfs: float) -> Samples:
    made = np.random.default_rng(1).standard_normal(int(seconds * RATE_HZ))
    return (made * amplitude(dbfs)).astype(np.float32)


def loudness(samples: Samples) -> Loudness:
    meter = LoudnessMeter()
    meter.push(samples)
    assert meter.loudness is not None
    return meter.loudness


def levelled(leveller: Leveller, samples: Samples) -> Samples:
    return np.concatenate((leveller.push(samples), leveller.flush()))


def ffmpeg_lufs(samples: Samples) -> float:
    """Return what libavfilter's `ebur128` says; mono counts once there, too."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=RATE_HZ, format="s16", layout="mono", time_base=Fraction(1, RATE_HZ)
    )
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(
        np.frombuffer(to_pcm(samples), "<i2").reshape(1, -1), format="s16", layout="mono"
    )
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
    graph.push(frame)
    graph.push(None)
    lufs = math.nan
    while True:
        try:
            measured = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return lufs
        assert isinstance(measured, av.AudioFrame)
        # The last, shorter frame says nothing.
        lufs = float(measured.metadata.get("lavfi.r128.I", lufs))


@pytest.mark.parametrize("dbfs", [-6.0, -20.0, -40.0])
def test_a_tone_of_997_hz_is_3_lu_below_its_peak(dbfs: float) -> None:
    # The standard: 0 dBFS at 997 Hz in one channel reads -3.01 LKFS.
    assert loudness(tone(3.0, dbfs=dbfs)).lufs == pytest.approx(dbfs - 3.01, abs=0.05)


@pytest.mark.parametrize("hertz", [25.0, 60.0, 200.0, 1_000.0, 3_000.0, 8_000.0])
def test_the_weighting_is_ffmpegs_at_every_pitch(hertz: float) -> None:
    sound = tone(3.0, dbfs=-10.0, hertz=hertz)

    assert loudness(sound).lufs == pytest.approx(ffmpeg_lufs(sound), abs=0.15)


@pytest.mark.parametrize("voice", ["Cherry", "Ethan"])
def test_speech_measures_the_same_as_with_ffmpeg(voice: str) -> None:
    sound = from_pcm(speech.speak(SENTENCE, voice))

    assert loudness(sound).lufs == pytest.approx(ffmpeg_lufs(sound), abs=0.15)


def test_pauses_do_not_count() -> None:
    spoken = tone(2.0, dbfs=-20.0)
    pause = np.zeros(2 * RATE_HZ, np.float32)

    measured = loudness(np.concatenate((spoken, pause, spoken)))

    assert measured.lufs == pytest.approx(loudness(spoken).lufs, abs=0.4)
    assert measured.seconds == pytest.approx(4.0, abs=0.7)


@pytest.mark.parametrize("piece", [1_000, 2_400, 7_001])
def test_the_measure_does_not_depend_on_how_the_sound_is_cut(piece: int) -> None:
    sound = noise(2.3, dbfs=-20.0)
    meter = LoudnessMeter()

    for start in range(0, len(sound), piece):
        meter.push(sound[start : start + piece])

    whole = loudness(sound)
    assert meter.loudness == Loudness(pytest.approx(whole.lufs, abs=1e-5), whole.seconds)


def test_the_loudness_is_known_after_every_step() -> None:
    sound = noise(1.0, dbfs=-20.0)
    meter = LoudnessMeter()

    measured = meter.push(sound)

    assert len(measured) == 10
    assert measured[:3] == [None] * 3
    for count, known in enumerate(measured[3:], start=4):
        so_far = loudness(sound[: count * RATE_HZ // 10])
        assert known == Loudness(pytest.approx(so_far.lufs, abs=1e-5), so_far.seconds)


def test_less_than_400_ms_are_too_little_to_tell() -> None:
    meter = LoudnessMeter()

    meter.push(tone(0.39, dbfs=-10.0))

    assert meter.loudness is None


def test_a_voice_is_known_after_one_utterance() -> None:
    memory = LoudnessMemory()

    memory.learn("Cherry", Loudness(-25.0, 2.0))

    assert memory.recall("Cherry") == Loudness(-25.0, 2.0)
    assert memory.recall("Ethan") is None


def test_long_utterances_count_more_than_short_ones() -> None:
    memory = LoudnessMemory()

    memory.learn("Cherry", Loudness(-20.0, 9.0))
    memory.learn("Cherry", Loudness(-30.0, 1.0))

    assert memory.recall("Cherry") == Loudness(-21.0, 10.0)


def test_a_voice_that_has_changed_is_learned_again() -> None:
    memory = LoudnessMemory()
    memory.learn("Cherry", Loudness(-20.0, 1_000.0))

    memory.learn("Cherry", Loudness(-30.0, MEMORY_WEIGHT_S))

    known = memory.recall("Cherry")
    assert known is not None
    assert known.lufs == -25.0


def test_the_voice_not_heard_for_longest_is_forgotten() -> None:
    memory = LoudnessMemory(size=2)
    memory.learn("a", Loudness(-20.0, 1.0))
    memory.learn("b", Loudness(-21.0, 1.0))
    memory.recall("a")

    memory.learn("c", Loudness(-22.0, 1.0))

    assert [memory.recall(voice) is None for voice in "abc"] == [False, True, False]


def test_a_known_voice_has_its_gain_from_the_first_sample() -> None:
    sound = tone(3.0, dbfs=-27.0)  # -30 LUFS

    made = levelled(Leveller(-16.0, Loudness(-30.0, 5.0)), sound)

    assert loudness(made).lufs == pytest.approx(-16.0, abs=0.1)
    assert made[1:240] / sound[1:240] == pytest.approx(np.full(239, amplitude(14.0)), abs=0.01)


def test_a_wrong_expectation_is_mended_gently() -> None:
    sound = tone(8.0, dbfs=-30.0)

    made = levelled(Leveller(-16.0, Loudness(-20.0, 0.2)), sound)

    loud = np.abs(sound) > amplitude(-31.0)
    gains_db = 20 * np.log10(made[loud] / sound[loud])
    seconds = np.flatnonzero(loud) / RATE_HZ
    assert gains_db[0] == pytest.approx(4.0, abs=0.1)
    assert np.abs(gains_db[seconds < 0.4] - 4.0).max() < 0.1
    assert gains_db[-1] == pytest.approx(-16.0 - loudness(sound).lufs, abs=0.5)
    slopes = (gains_db[1_000:] - gains_db[:-1_000]) / (seconds[1_000:] - seconds[:-1_000])
    assert slopes.min() > -0.1
    assert 2.0 < slopes.max() <= 3.0 * 1.1


def test_background_noise_is_not_blown_up() -> None:
    hiss = noise(10.0, dbfs=-60.0)

    made = levelled(Leveller(-16.0, Loudness(-20.0, 0.2)), hiss)

    assert np.abs(made).max() == pytest.approx(np.abs(hiss).max() * amplitude(4.0), rel=0.01)


def test_no_voice_is_raised_by_more_than_20_db() -> None:
    whisper = tone(2.0, dbfs=-45.0)

    made = levelled(Leveller(-16.0, Loudness(-48.0, 10.0)), whisper)

    assert np.abs(made).max() == pytest.approx(np.abs(whisper).max() * amplitude(20.0))


@pytest.mark.parametrize("piece", [1, 977, 2_400, 50_000])
def test_the_gain_does_not_depend_on_how_the_sound_is_cut(piece: int) -> None:
    sound = tone(1.5, dbfs=-30.0)
    leveller = Leveller(-16.0, Loudness(-20.0, 0.2))

    made = [leveller.push(sound[at : at + piece]) for at in range(0, len(sound), piece)]

    whole = levelled(Leveller(-16.0, Loudness(-20.0, 0.2)), sound)
    assert np.array_equal(np.concatenate(made), whole)
