"""Speech becomes faster or slower and nothing else."""

import math

import numpy as np
import pytest

from bot.audio.samples import RATE_HZ, Samples, from_pcm
from bot.audio.tempo import FIRST, Tempo
from bot.sandbox import speech

SENTENCE = "Good morning, everyone. The harbour is open today, and so is the lighthouse."
SPEEDS = [0.5, 0.75, 0.9, 1.1, 1.5, 2.0]

FRAME = RATE_HZ * 25 // 1000
LOWEST_HZ, HIGHEST_HZ = 60, 400


def voiced(seconds: float, *, hertz: float) -> Samples:
    """Return something like a vowel: harmonics up to 4 kHz, softer the higher."""
    turns = np.arange(int(seconds * RATE_HZ)) * hertz / RATE_HZ
    count = int(4_000 / hertz)
    sound = sum(np.sin(2 * math.pi * n * turns + n * n) / n for n in range(1, count + 1))
    return (0.1 * np.asarray(sound)).astype(np.float32)


def stretched(sound: Samples, speed: float, *, piece: int = 4_800) -> Samples:
    tempo = Tempo(speed)
    made = [tempo.push(sound[at : at + piece]) for at in range(0, len(sound), piece)]
    return np.concatenate((*made, tempo.flush()))


def pitches(sound: Samples) -> list[float]:
    """Return the pitch of every frame that clearly has one, in Hz, by autocorrelation."""
    found = []
    for start in range(0, len(sound) - 2 * FRAME, FRAME // 2):
        frame = sound[start : start + 2 * FRAME].astype(np.float64)
        frame -= frame.mean()
        spectrum = np.fft.rfft(frame, 4 * FRAME)
        likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: 2 * FRAME]
        # The overlap shrinks as the lag grows.
        likeness /= np.arange(2 * FRAME, 0, -1)
        lags = likeness[RATE_HZ // HIGHEST_HZ : RATE_HZ // LOWEST_HZ]
        if likeness[0] > 1e-4 and lags.max() > 0.7 * likeness[0]:
            # The first peak that is nearly the best is the period; its multiples are as good.
            lag = int(np.flatnonzero(lags > 0.93 * lags.max())[0])
            lag += int(np.argmax(lags[lag : lag + 20]))
            found.append(RATE_HZ / (lag + RATE_HZ // HIGHEST_HZ))
    return found


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hertz", [75.0, 120.0, 210.0, 330.0])
def test_a_vowel_keeps_its_pitch(hertz: float, speed: float) -> None:
    made = stretched(voiced(2.0, hertz=hertz), speed)

    # Every joint fits, or some frames would be off or have no pitch at all.
    heard = np.array(pitches(made))
    assert len(heard) >= 0.9 * (len(made) / (FRAME // 2) - 3)
    assert np.median(heard) == pytest.approx(hertz, rel=0.02)
    assert np.mean(np.abs(heard / hertz - 1) < 0.03) > 0.95


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("voice", ["Cherry", "Ethan", "Serena", "Dylan"])
def test_speech_keeps_its_pitch(voice: str, speed: float) -> None:
    sound = from_pcm(speech.speak(SENTENCE, voice))

    made = stretched(sound, speed)

    assert np.median(pitches(made)) == pytest.approx(np.median(pitches(sound)), rel=0.02)


def test_the_pitch_of_faster_samples_would_be_noticed() -> None:
    """Else the tests above could not fail."""
    sound = from_pcm(speech.speak(SENTENCE, "Cherry"))

    assert np.median(pitches(sound[::2])) > 1.5 * np.median(pitches(sound))


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("seconds", [0.4, 1.0, 4.3])
def test_the_length_is_what_the_speed_says(seconds: float, speed: float) -> None:
    sound = voiced(seconds, hertz=140.0)

    made = stretched(sound, speed)

    assert len(made) == pytest.approx(len(sound) / speed, rel=0.02)


@pytest.mark.parametrize("speed", SPEEDS)
def test_there_is_no_click_at_the_joints(speed: float) -> None:
    sound = from_pcm(speech.speak(SENTENCE, "Ethan"))

    made = stretched(sound, speed)

    assert np.abs(np.diff(made)).max() <= 1.2 * np.abs(np.diff(sound)).max()
    assert np.abs(made).max() <= 1.1 * np.abs(sound).max()


@pytest.mark.parametrize("speed", SPEEDS)
def test_words_stay_in_their_place(speed: float) -> None:
    sound = np.zeros(4 * RATE_HZ, np.float32)
    beats = [0.5, 1.2, 2.0, 3.3]
    for beat in beats:
        start = int(beat * RATE_HZ)
        sound[start : start + 4_800] = voiced(0.2, hertz=150.0)

    made = stretched(sound, speed)

    loud = np.abs(made) > 0.02
    quiet = np.lib.stride_tricks.sliding_window_view(~loud, 1_200).all(axis=1)
    starts = np.flatnonzero(loud[1_200:] & quiet[: len(loud) - 1_200]) / RATE_HZ + 0.05
    assert starts == pytest.approx(np.array(beats) / speed, abs=0.03)


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_first_sound_comes_at_once(speed: float) -> None:
    sound = voiced(0.5, hertz=140.0)
    tempo = Tempo(speed)

    assert np.array_equal(tempo.push(sound[:120]), sound[:120])
    assert np.array_equal(tempo.push(sound[120:FIRST]), sound[120:FIRST])


@pytest.mark.parametrize("speed", SPEEDS)
def test_speech_is_never_far_behind_its_input(speed: float) -> None:
    sound = voiced(3.0, hertz=140.0)
    tempo = Tempo(speed)
    given, behind = 0, []

    for at in range(0, len(sound), 120):
        given += len(tempo.push(sound[at : at + 120]))
        behind.append((at + 120) - given * speed)

    assert max(behind) <= 0.030 * RATE_HZ * max(speed, 1.0) + 240


@pytest.mark.parametrize("piece", [1, 100, 4_801, 10**6])
def test_it_does_not_matter_how_the_sound_is_cut(piece: int) -> None:
    sound = from_pcm(speech.speak("Ten minutes later.", "Cherry"))[:24_000]

    assert np.array_equal(stretched(sound, 1.4, piece=piece), stretched(sound, 1.4))


@pytest.mark.parametrize("speed", SPEEDS)
def test_silence_stays_silence(speed: float) -> None:
    made = stretched(np.zeros(RATE_HZ, np.float32), speed)

    assert len(made) == pytest.approx(RATE_HZ / speed, rel=0.02)
    assert not made.any()


def test_nothing_becomes_nothing() -> None:
    assert not Tempo(1.5).flush().size
