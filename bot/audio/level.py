"""The gain that makes every voice equally loud."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.loudness import STEP, STEP_S, Loudness, LoudnessMeter
from bot.audio.samples import NO_SAMPLES, amplitude

if TYPE_CHECKING:
    from collections.abc import Hashable

    from bot.audio.samples import Samples

MAX_GAIN_DB: Final = 20.0
MAX_SLOPE_DB_PER_S: Final = 3.0
SPEECH_GATE_LUFS: Final = -50.0
"""Blocks below are background, not speech; no gain is derived from them."""

MEMORY_WEIGHT_S: Final = 20.0
"""How much of the past counts, so that a voice that has changed is learned again."""

MEMORY_SIZE: Final = 1_024

_MAX_CHANGE_DB: Final = MAX_SLOPE_DB_PER_S * STEP_S
_RAMP: Final = np.arange(STEP, dtype=np.float32) / np.float32(STEP)


class LoudnessMemory:
    """How loud each voice has been; the least recently heard is forgotten first."""

    def __init__(self, *, size: int = MEMORY_SIZE) -> None:
        self._size = size
        self._voices: OrderedDict[Hashable, Loudness] = OrderedDict()

    def recall(self, voice: Hashable) -> Loudness | None:
        """Return how loud `voice` has been, if it is known."""
        if voice in self._voices:
            self._voices.move_to_end(voice)
        return self._voices.get(voice)

    def learn(self, voice: Hashable, heard: Loudness) -> None:
        """Let an utterance that is over count."""
        past = self._voices.pop(voice, None)
        if past is not None:
            past = Loudness(past.lufs, min(past.seconds, MEMORY_WEIGHT_S))
            heard = past.merged(heard)
        self._voices[voice] = heard
        if len(self._voices) > self._size:
            self._voices.popitem(last=False)


class Leveller:
    """Brings speech to a loudness: first by what is expected, then by what is heard.

    The gain follows with at most `MAX_SLOPE_DB_PER_S`; the longer a voice is known, the less one
    utterance moves it.

    Args:
        target_lufs: The loudness wanted.
        expected: The loudness that the speech will probably have.
    """

    def __init__(self, target_lufs: float, expected: Loudness) -> None:
        self._target_lufs = target_lufs
        self._expected = expected
        self._meter = LoudnessMeter(gate_lufs=SPEECH_GATE_LUFS)
        self._gain_db = self._wanted_db(None)
        self._next_db = self._gain_db
        self._position = 0

    @property
    def loudness(self) -> Loudness | None:
        """How loud the speech was before the gain; `None` if too short or too soft to tell."""
        return self._meter.loudness

    def push(self, samples: Samples) -> Samples:
        """Return the samples with the gain applied."""
        edges_db = [self._gain_db, self._next_db]
        for heard in self._meter.push(samples):
            change = self._wanted_db(heard) - edges_db[-1]
            edges_db.append(edges_db[-1] + math.copysign(min(abs(change), _MAX_CHANGE_DB), change))
        self._gain_db, self._next_db = edges_db[-2:]
        begin = self._position
        end = begin + len(samples)
        self._position = end % STEP
        return samples * _curve(edges_db)[begin:end]

    def flush(self) -> Samples:
        """Return nothing: nothing is held."""
        return NO_SAMPLES

    def _wanted_db(self, heard: Loudness | None) -> float:
        likely = self._expected.merged(heard) if heard else self._expected
        return max(-MAX_GAIN_DB, min(self._target_lufs - likely.lufs, MAX_GAIN_DB))


def _curve(edges_db: list[float]) -> Samples:
    """Return the gain from edge to edge, a step apart, in straight lines."""
    edges = np.array([amplitude(edge) for edge in edges_db], np.float32)
    curve: Samples = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * _RAMP
    return curve.reshape(-1)
