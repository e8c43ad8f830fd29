"""What happens to speech between the synthesizer and the ear, while it streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from bot.audio.clip import FRAME_MS, PREFILL_FRAMES
from bot.audio.level import Leveller
from bot.audio.limiter import Limiter
from bot.audio.loudness import Loudness
from bot.audio.samples import NO_SAMPLES, from_pcm, to_pcm
from bot.audio.tempo import Tempo
from bot.audio.trim import LEAD_S, TAIL_S, Trimmer
from bot.models import AudioFormat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from bot.audio.samples import Samples
    from bot.audio.turnstile import Turnstile

SLICE_BYTES: Final = AudioFormat().bytes_per_second
"""PCM worked on before the loop gets a turn: a second takes one or two milliseconds."""

PREFILL_BYTES: Final = SLICE_BYTES * PREFILL_FRAMES * FRAME_MS // 1000

FIRST_SLICE_BYTES: Final = SLICE_BYTES * 80 // 1000
"""The same until a call can begin to speak: little more than that takes, so that it begins sooner.
The loudness is measured every 100 ms, and thus not before the first packet."""

GUESS_WEIGHT_S: Final = 0.2
"""What a guessed loudness counts for: after this much speech, half."""

SAMPLE_WIDTH: Final = AudioFormat.SAMPLE_WIDTH


@dataclass(frozen=True, slots=True)
class EffectsSettings:
    """What is done to all speech.

    Args:
        target_lufs: The loudness every voice is brought to; `None` leaves each as it is.
        guess_lufs: How loud the provider's voices are, until they have been heard.
        is_trimmed: Whether silence before and after the speech is cut.
    """

    target_lufs: float | None = -16.0
    guess_lufs: float = -20.0
    is_trimmed: bool = True


DEFAULT: Final = EffectsSettings()


class Effect(Protocol):
    """One step on the way."""

    def push(self, samples: Samples) -> Samples:
        """Take the next samples and return those that are ready."""

    def flush(self) -> Samples:
        """Return what was held back."""


class Volume:
    """Makes speech louder or softer by a constant factor."""

    def __init__(self, factor: float) -> None:
        self._factor = np.float32(factor)

    def push(self, samples: Samples) -> Samples:
        """Return the samples with the factor applied."""
        return samples * self._factor

    def flush(self) -> Samples:
        """Return nothing: nothing is held."""
        return NO_SAMPLES


class Effects:
    """Trims, stretches, levels and limits one utterance: PCM in and PCM out, in any pieces.

    The output does not depend on how the input was cut, and begins at most 20 ms of speech later
    than it would without. Silence alone gives nothing at all.

    Args:
        settings: What is done to all speech.
        expected: How loud the utterance will probably be; by default what the settings guess.
        speed: 0.5 to 2.0; the pitch stays. 1.0 costs nothing.
        volume: 0.0 to 2.0, on top of the levelling.
    """

    def __init__(
        self,
        settings: EffectsSettings = DEFAULT,
        *,
        expected: Loudness | None = None,
        speed: float = 1.0,
        volume: float = 1.0,
    ) -> None:
        self._rest = b""
        self._leveller: Leveller | None = None
        self._effects: list[Effect] = []
        # Silence is judged before any gain: a volume of zero is no reason to say nothing.
        if settings.is_trimmed:
            # What is slowed down later is cut shorter, so that it ends up as long.
            share = min(speed, 1.0)
            self._effects.append(Trimmer(lead_s=LEAD_S * share, tail_s=TAIL_S * share))
        if speed != 1.0:
            self._effects.append(Tempo(speed))
        if settings.target_lufs is not None:
            guess = Loudness(settings.guess_lufs, GUESS_WEIGHT_S)
            self._leveller = Leveller(settings.target_lufs, expected or guess)
            self._effects.append(self._leveller)
        if volume != 1.0:
            self._effects.append(Volume(volume))
        self._effects.append(Limiter())

    @property
    def loudness(self) -> Loudness | None:
        """How loud the speech came in; `None` if too short or too soft to tell, or not levelled."""
        return self._leveller.loudness if self._leveller else None

    def push(self, pcm: bytes) -> bytes:
        """Take the next PCM and return what is ready."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % SAMPLE_WIDTH
        self._rest = pcm[whole:]
        samples = from_pcm(pcm[:whole])
        for effect in self._effects:
            samples = effect.push(samples)
        return to_pcm(samples)

    def flush(self) -> bytes:
        """Return the end; nothing may be pushed after it."""
        samples = NO_SAMPLES
        for effect in self._effects:
            samples = np.concatenate((effect.push(samples), effect.flush()))
        return to_pcm(samples)


async def apply(
    pcm: AsyncIterator[bytes], effects: Effects, turnstile: Turnstile
) -> AsyncGenerator[bytes, None]:
    """Yield `pcm` with the effects applied while it arrives, giving the loop its turns."""
    given = 0
    async for piece in pcm:
        start = 0
        while start < len(piece):
            end = start + (FIRST_SLICE_BYTES if given < PREFILL_BYTES else SLICE_BYTES)
            async with turnstile.turn():
                ready = effects.push(piece[start:end])
            start = end
            given += len(ready)
            if ready:
                yield ready
    if ready := effects.flush():
        yield ready
