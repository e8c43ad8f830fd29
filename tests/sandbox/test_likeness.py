"""The demo can tell whether the listener heard what was written."""

import numpy as np
import pytest

from bot.sandbox import speech
from bot.sandbox.likeness import envelope, likeness

RATE = 24_000
SENTENCE = "The harbour is open, and the first ship is already in sight."


def spoken(text: str) -> bytes:
    return speech.speak(text, "Cherry")


def silence(milliseconds: int) -> bytes:
    return bytes(RATE * 2 * milliseconds // 1000)


def alike(one: bytes, other: bytes) -> float:
    return likeness(envelope(one, RATE), envelope(other, RATE))


def test_a_recording_is_like_itself() -> None:
    assert alike(spoken(SENTENCE), spoken(SENTENCE)) == pytest.approx(1.0)


def test_silence_around_it_and_loudness_do_not_count() -> None:
    quiet = (np.frombuffer(spoken(SENTENCE), "<i2") // 2).astype("<i2").tobytes()

    assert alike(spoken(SENTENCE), silence(700) + quiet + silence(300)) > 0.95


@pytest.mark.parametrize(
    "other",
    [
        spoken("Something else entirely is said by the same voice at about this length."),
        spoken(SENTENCE)[: RATE * 2],
        spoken(SENTENCE)[RATE * 2 :],
        spoken(SENTENCE)[: RATE * 2] + silence(500) + spoken(SENTENCE)[RATE * 2 :],
        silence(3_000),
        b"",
    ],
    ids=["other words", "only the beginning", "only the end", "a hole", "silence", "nothing"],
)
def test_what_was_not_heard_as_written_is_not_alike(other: bytes) -> None:
    assert alike(spoken(SENTENCE), other) < 0.9
