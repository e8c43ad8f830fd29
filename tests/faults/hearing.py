"""What a listener heard: how much of a text, with which holes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.sandbox import speech
from bot.sandbox.discord.voice.heard import Heard, HeardPacket

Samples = NDArray[np.float64]

HEARD_RATE = 48_000
MADE_RATE = 24_000
RATE = 8_000
"""Speech can be told apart at this rate, three times as fast as at that of the endpoint."""

SEGMENT_S = 0.25
SEGMENT = round(RATE * SEGMENT_S)
SAME = 0.8
"""Of a segment with itself, through the coder; with any other it stays below."""

AUDIBLE = 150.0
SEAM_S = 2 * SEGMENT_S
"""Where speech is taken up again, the segments around that are not what they were."""

FEW = 20
"""Gaps that say nothing yet of their percentiles."""

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Hole:
    """A pause between two packets of speech; when it began and ended in monotonic seconds."""

    began: float
    ended: float

    @property
    def length_s(self) -> float:
        """How long nothing came."""
        return self.ended - self.began


def spoken(packets: Sequence[HeardPacket], since: float = 0.0) -> list[HeardPacket]:
    """Return the packets that carried speech a listener could decrypt, from a moment on."""
    return [
        packet
        for packet in packets
        if packet.arrived_ns >= since * _NS and not packet.is_silence and packet.problem is None
    ]


def longest_hole(packets: Sequence[HeardPacket], since: float) -> Hole:
    """Return the longest pause that ended after a moment; without one, no length at all."""
    times = [packet.arrived_ns / _NS for packet in spoken(packets)]
    holes = [Hole(a, b) for a, b in pairwise(times) if b > since]
    return max(holes, key=lambda hole: hole.length_s, default=Hole(since, since))


def closest_together(packets: Sequence[HeardPacket], since: float, *, under_ms: float) -> int:
    """Count the packets that followed the one before in less than so many milliseconds."""
    times = [packet.arrived_ns / 1e6 for packet in packets if packet.arrived_ns >= since * _NS]
    return sum(b - a < under_ms for a, b in pairwise(times))


def windows_p99_ms(packets: Sequence[HeardPacket], *, window_s: float) -> list[tuple[float, float]]:
    """Return the 99th percentile of the gaps within speech in every window of time.

    With it comes when the window began (monotonic seconds); one with little speech is left out.
    """
    times = [(packet.arrived_ns / _NS, packet.is_silence) for packet in packets]
    windows: dict[int, list[float]] = {}
    for (before, is_silence), (after, _) in pairwise(times):
        if not is_silence:
            windows.setdefault(int(after // window_s), []).append((after - before) * 1000)
    return [
        (number * window_s, float(np.percentile(gaps, 99)))
        for number, gaps in windows.items()
        if len(gaps) >= FEW
    ]


def unheard_s(texts: Sequence[str], heard: Heard, since: float = 0.0) -> float:
    """Return how many seconds of what was said for `texts` are nowhere in what was heard."""
    sounds = [sound.pcm for sound in heard.sounds if sound.start_ns >= since * _NS]
    sound = _reduced(b"".join(sounds), HEARD_RATE)
    segments = [segment for text in texts for segment in _segments(text)]
    return SEGMENT_S * sum(_likeness(segment, sound) < SAME for segment in segments)


def length_s(text: str) -> float:
    """Return how long the endpoint speaks a text."""
    return len(_speak(text)) / 2 / MADE_RATE


@lru_cache(maxsize=64)
def _speak(text: str) -> bytes:
    return speech.speak(text, "Cherry")


def _segments(text: str) -> list[Samples]:
    sound = _reduced(_speak(text), MADE_RATE)
    segments = [sound[at : at + SEGMENT] for at in range(0, len(sound) - SEGMENT, SEGMENT)]
    return [segment for segment in segments if np.sqrt(np.mean(segment**2)) > AUDIBLE]


def _reduced(pcm: bytes, rate: int) -> Samples:
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    step = rate // RATE
    reduced: Samples = samples[: len(samples) // step * step].reshape(-1, step).mean(axis=1)
    return reduced


def _likeness(segment: Samples, within: Samples) -> float:
    """Return the best correlation of `segment` with any stretch of `within`."""
    if len(within) < len(segment):
        return 0.0
    size = 1 << (len(within) + len(segment)).bit_length()
    spectrum = np.fft.rfft(within, size) * np.conj(np.fft.rfft(segment, size))
    product = np.fft.irfft(spectrum, size)[: len(within) - len(segment) + 1]
    energy = np.concatenate([[0.0], np.cumsum(within**2)])
    strengths = np.sqrt(np.maximum(energy[len(segment) :] - energy[: -len(segment)], 1.0))
    return float(np.max(product / strengths) / np.linalg.norm(segment))
