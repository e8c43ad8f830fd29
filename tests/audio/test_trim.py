"""The silence around speech is cut, the speech and its pauses are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio.samples import RATE_HZ, Samples, amplitude
from bot.audio.trim import FRAME, Trimmer


def silence(seconds: float) -> Samples:
    # Not digital silence: hiss at -60 dBFS.
    made = np.random.default_rng(2).standard_normal(int(seconds * RATE_HZ))
    return (made * amplitude(-60.0)).astype(np.float32)


def voice(seconds: float, *, dbfs: float = -20.0) -> Samples:
    made = np.sin(np.arange(int(seconds * RATE_HZ)) * 0.1) * amplitude(dbfs + 3.01)
    return made.astype(np.float32)


def trimmed(sound: Samples, *, piece: int = 1_000, trimmer: Trimmer | None = None) -> Samples:
    trimmer = trimmer or Trimmer()
    made = [trimmer.push(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return np.concatenate((*made, trimmer.flush()))


def ms(samples: Samples) -> float:
    return len(samples) * 1_000 / RATE_HZ


@pytest.mark.parametrize("before_s", [0.0, 0.003, 0.02, 0.5, 3.0])
def test_at_most_20_ms_of_silence_are_kept_before_speech(before_s: float) -> None:
    spoken = voice(0.5)

    made = trimmed(np.concatenate((silence(before_s), spoken)))

    assert np.array_equal(made[-len(spoken) :], spoken)
    assert min(before_s * 1_000, 15) <= ms(made) - 500 <= 25


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.1, 0.5, 3.0])
def test_at_most_100_ms_of_silence_are_kept_after_speech(after_s: float) -> None:
    spoken = voice(0.5)

    made = trimmed(np.concatenate((spoken, silence(after_s))))

    assert np.array_equal(made[: len(spoken)], spoken)
    assert min(after_s * 1_000, 100) - 0.1 <= ms(made) - 500 <= 105


@pytest.mark.parametrize("pause_s", [0.05, 0.3, 2.0])
def test_a_pause_inside_speech_stays(pause_s: float) -> None:
    sound = np.concatenate((voice(0.3), silence(pause_s), voice(0.3), silence(1.0), voice(0.1)))

    assert np.array_equal(trimmed(sound), sound)


@pytest.mark.parametrize("dbfs", [-120.0, -52.0])
def test_silence_alone_becomes_nothing(dbfs: float) -> None:
    assert not trimmed(voice(2.0, dbfs=dbfs)).size


def test_soft_speech_is_speech() -> None:
    sound = voice(1.0, dbfs=-48.0)

    assert np.array_equal(trimmed(sound), sound)


def test_the_least_sound_is_not_lost() -> None:
    sound = voice(0.003)

    assert np.array_equal(trimmed(sound), sound)


def test_speech_passes_within_5_ms() -> None:
    trimmer = Trimmer()
    trimmer.push(silence(1.0))

    made = trimmer.push(voice(FRAME / RATE_HZ))

    assert np.array_equal(made[-FRAME:], voice(FRAME / RATE_HZ))


def test_less_may_be_kept() -> None:
    sound = np.concatenate((silence(0.5), voice(0.5), silence(0.5)))

    made = trimmed(sound, trimmer=Trimmer(lead_s=0.010, tail_s=0.033))

    assert ms(made) == pytest.approx(500 + 10 + 33, abs=5)


def test_the_memory_of_long_silence_is_short() -> None:
    trimmer = Trimmer()

    for _ in range(100):
        trimmer.push(silence(1.0))

    assert ms(trimmer.push(voice(0.5))) <= 525


@given(
    parts=st.lists(st.tuples(st.booleans(), st.integers(0, 3_000)), max_size=6),
    piece=st.integers(1, 2_000),
)
@settings(deadline=None)
def test_it_does_not_matter_how_the_sound_is_cut(parts: list[tuple[bool, int]], piece: int) -> None:
    made = [(voice if loud else silence)(count / RATE_HZ) for loud, count in parts]
    sound = np.concatenate((silence(0.01), *made))

    assert np.array_equal(trimmed(sound, piece=piece), trimmed(sound, piece=10**6))
