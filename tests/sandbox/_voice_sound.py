"""Speech one can recognise: a row of tones, and how much of it is found in what was heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.sandbox.discord.voice.opus import MonoEncoder, load_opus

RATE = 48_000
FRAME_SAMPLES = 960
SYLLABLE_MS = 120
MELODY = (440, 660, 880, 550, 330, 770)

Samples = NDArray[np.int16]


def syllables(pitches: tuple[int, ...] = MELODY, *, each_ms: int = SYLLABLE_MS) -> Samples:
    """Return one tone after the other, each with soft edges."""
    time = np.arange(RATE * each_ms // 1000) / RATE
    edge = np.minimum(1, 20 * np.minimum(time, time[::-1]) / time[-1])
    tones = [9_000 * np.sin(2 * np.pi * pitch * time) * edge for pitch in pitches]
    return np.concatenate(tones).astype(np.int16)


def opus_packets(samples: Samples) -> list[bytes]:
    """Encode in frames of 20 ms."""
    load_opus()
    encoder = MonoEncoder()
    encoder.set_fec(False)
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return [encoder.encode(frame.tobytes(), FRAME_SAMPLES) for frame in frames]


def likeness(heard_pcm: bytes, said: Samples) -> float:
    """Return the best normalised correlation of the two, from 0 to 1."""
    heard = np.frombuffer(heard_pcm, np.int16).astype(float)
    if not heard.any():
        return 0.0
    size = 1 << (len(heard) + len(said)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said.astype(float), size))
    norms = np.linalg.norm(heard) * np.linalg.norm(said.astype(float))
    return float(np.max(np.fft.irfft(spectrum, size)) / norms)
