"""Peaks stay below -1 dBFS, and nobody hears how."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio.limiter import AHEAD, BLOCK, RELEASE_S, Limiter
from bot.audio.samples import RATE_HZ, Samples, amplitude

CEILING = amplitude(-1.0)
LATENCY = RATE_HZ * 5 // 1000


def tone(seconds: float, peak: float, *, hertz: float = 200.0) -> Samples:
    turns = np.arange(int(seconds * RATE_HZ)) * hertz / RATE_HZ
    return (peak * np.sin(2 * np.pi * turns)).astype(np.float32)


def limited(sound: Samples, *, piece: int = 700) -> Samples:
    limiter = Limiter()
    made = [limiter.push(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return np.concatenate((*made, limiter.flush()))


@pytest.mark.parametrize("peak", [0.0, 0.3, 0.89])
def test_what_is_soft_enough_passes_untouched(peak: float) -> None:
    sound = tone(1.0, peak)

    assert np.array_equal(limited(sound), sound)


@settings(deadline=None)  # a slow computer is no fault of the limiter
@given(
    peaks=st.lists(st.tuples(st.integers(0, 9_000), st.floats(-12.0, 12.0)), max_size=12),
    piece=st.integers(1, 3_000),
)
def test_no_peak_is_above_the_ceiling_wherever_it_is(
    peaks: list[tuple[int, float]], piece: int
) -> None:
    sound = tone(0.4, 0.8)
    for at, peak in peaks:
        sound[at] = peak

    made = limited(sound, piece=piece)

    assert len(made) == len(sound)
    assert np.abs(made).max() <= CEILING
    assert np.array_equal(made, limited(sound, piece=10**6))


def test_a_loud_first_sample_is_limited_too() -> None:
    made = limited(np.full(1_000, 3.0, np.float32))

    assert np.abs(made).max() <= CEILING
    assert np.abs(made).min() > 0.9 * CEILING


def test_the_gain_is_down_when_the_peak_comes_and_falls_without_a_step() -> None:
    sound = np.full(4_800, 0.5, np.float32)
    sound[2_400] = 2.0

    gains = limited(sound) / sound

    assert (gains[: 2_400 - LATENCY] == 1.0).all()
    assert gains[2_400] == pytest.approx(CEILING / 2.0, rel=0.01)
    # 4 ms for the whole way down.
    assert np.abs(np.diff(gains)).max() <= 1.05 * (1 - CEILING / 2.0) / 96


def test_the_gain_recovers_in_50_to_100_ms() -> None:
    sound = np.full(RATE_HZ, 0.5, np.float32)
    sound[2_400] = 2.0

    gains = (limited(sound) / sound)[2_400:]

    lost = 1 - gains
    recovered_s = np.flatnonzero(lost < lost[0] * np.exp(-1))[0] / RATE_HZ
    assert 0.050 <= recovered_s <= 0.100
    assert gains[-1] == 1.0


@settings(max_examples=25, deadline=None)
@given(
    peaks=st.dictionaries(st.integers(0, 299), st.floats(0.5, 8.0), max_size=12),
    piece=st.integers(1, 3_000),
)
def test_the_gain_is_what_a_plain_loop_over_the_blocks_gives(
    peaks: dict[int, float], piece: int
) -> None:
    sound = np.full(300 * BLOCK, 0.5, np.float32)
    for block, peak in peaks.items():
        sound[block * BLOCK] = peak

    gains = (limited(sound, piece=piece) / sound)[::BLOCK]

    needed = [1 - CEILING / max(peaks.get(block, 0.0), CEILING) for block in range(300)]
    reduction = max(needed[:AHEAD])
    reductions = [reduction] * (AHEAD - 1)
    for edge in range(300):
        # An edge belongs to the block before it, too.
        ahead = max(needed[max(edge - 1, 0) : edge + AHEAD])
        reduction = max(reduction * np.exp(-0.001 / RELEASE_S), ahead)
        reductions.append(reduction)
    averages = np.convolve(reductions, np.full(AHEAD, 1 / AHEAD), "valid")
    assert 1 - gains == pytest.approx(averages, abs=2e-4)


def test_a_loud_vowel_is_softer_but_not_distorted() -> None:
    made = limited(tone(2.0, 1.8))[RATE_HZ:]

    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made)))) ** 2
    hertz = np.arange(len(spectrum)) * RATE_HZ / len(made)
    voice = spectrum[np.abs(hertz - 200.0) < 5].sum()
    assert np.abs(made).max() == pytest.approx(CEILING, rel=0.02)
    assert 10 * np.log10((spectrum.sum() - voice) / voice) < -30


def test_it_keeps_back_5_ms_at_most() -> None:
    limiter = Limiter()
    sound = tone(1.0, 1.5)
    given_back = 0

    for at in range(0, len(sound), 50):
        given_back += len(limiter.push(sound[at : at + 50]))
        assert at + 50 - given_back <= LATENCY

    assert len(limiter.flush()) == len(sound) - given_back
