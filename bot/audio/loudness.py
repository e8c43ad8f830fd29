"""How loud speech is, by ITU-R BS.1770-4."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.samples import NO_SAMPLES, RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.audio.samples import Samples

STEP: Final = RATE_HZ // 10
"""Samples from one gating block to the next; a block is four steps, 400 ms."""

STEP_S: Final = STEP / RATE_HZ
ABSOLUTE_GATE_LUFS: Final = -70.0
RELATIVE_GATE_LU: Final = -10.0

_STEPS_PER_BLOCK: Final = 4
_FFT: Final = 4_096
_TAPS: Final = _FFT - STEP + 1
_RELATIVE_GATE: Final = 10 ** (RELATIVE_GATE_LU / 10)


@dataclass(frozen=True, slots=True)
class Loudness:
    """An integrated loudness, and how many seconds of speech it was measured on."""

    lufs: float
    seconds: float

    def merged(self, other: Loudness) -> Loudness:
        """Return the mean of both, each weighted by its length."""
        seconds = self.seconds + other.seconds
        return Loudness((self.lufs * self.seconds + other.lufs * other.seconds) / seconds, seconds)


class LoudnessMeter:
    """Measures the integrated loudness of what has been pushed.

    Args:
        gate_lufs: Blocks below are not counted; the standard has `ABSOLUTE_GATE_LUFS`.
    """

    def __init__(self, *, gate_lufs: float = ABSOLUTE_GATE_LUFS) -> None:
        self._gate = _power(gate_lufs)
        self._past = np.zeros(_TAPS - 1, np.float32)
        self._rest = NO_SAMPLES
        self._steps: list[float] = []
        self._blocks: list[float] = []
        self.loudness: Loudness | None = None
        """The gated loudness so far; `None` while not even 400 ms of speech are over."""

    def push(self, samples: Samples) -> list[Loudness | None]:
        """Measure every step that is complete now; return the loudness after each of them."""
        rest = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = len(rest) - len(rest) % STEP
        self._rest = rest[whole:]
        return [self._take(power) for power in self._powers(rest[:whole])] if whole else []

    def _powers(self, steps: Samples) -> list[float]:
        """Return the weighted power of each step."""
        # Overlap-save: what is left of a filtered block behind the wrapped part is a step.
        sound = np.concatenate((self._past, steps))
        self._past = sound[-len(self._past) :]
        blocks = np.lib.stride_tricks.sliding_window_view(sound, _FFT)[::STEP]
        # Scaled on the way there: unscaled, NumPy calculates in double precision.
        spectra = np.fft.rfft(blocks, norm="forward")
        spectra *= _K_WEIGHTING
        weighted = np.fft.irfft(spectra, _FFT)[:, _TAPS - 1 :]
        powers: list[float] = (np.einsum("ij,ij->i", weighted, weighted) / STEP).tolist()
        return powers

    def _take(self, power: float) -> Loudness | None:
        self._steps = [*self._steps, power][-_STEPS_PER_BLOCK:]
        block = sum(self._steps) / _STEPS_PER_BLOCK
        if len(self._steps) == _STEPS_PER_BLOCK and block > self._gate:
            self._blocks.append(block)
            self.loudness = _gated(self._blocks)
        return self.loudness


def _gated(blocks: list[float]) -> Loudness:
    # Some hundred numbers at most, for which NumPy is slower.
    gate = sum(blocks) / len(blocks) * _RELATIVE_GATE
    loud = [power for power in blocks if power > gate]
    return Loudness(_lufs(sum(loud) / len(loud)), len(loud) * STEP_S)


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _k_weighting() -> NDArray[np.complex64]:
    """Return the spectrum of the K-weighting as a filter of `_TAPS` taps, for a scaled transform.

    The standard gives its two filters at 48 kHz; these are the same analogue filters at our rate.
    After `_TAPS` samples the response has died away.
    """
    z = np.exp(-2j * np.pi * np.arange(_FFT // 2 + 1) / _FFT)
    response = np.fft.irfft(_head_shelf(z) * _high_pass(z))[:_TAPS]
    return (np.fft.rfft(response, _FFT) * _FFT).astype(np.complex64)


def _head_shelf(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    k, q = math.tan(math.pi * 1681.974450955533 / RATE_HZ), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    above = (high + band * k / q + k * k) + 2 * (k * k - high) * z
    above = above + (high - band * k / q + k * k) * z * z
    below = (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z
    shelf: NDArray[np.complex128] = above / below
    return shelf


def _high_pass(z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    k, q = math.tan(math.pi * 38.13547087602444 / RATE_HZ), 0.5003270373238773
    scale = 1 + k / q + k * k
    below = 1 + (2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z) / scale
    return (1 - z) ** 2 / below


_K_WEIGHTING: Final = _k_weighting()
