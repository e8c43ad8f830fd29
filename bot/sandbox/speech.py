"""The voice of the sandbox: real speech if espeak-ng is installed, else tones."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
from abc import ABC, abstractmethod
from array import array
from contextlib import aclosing
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.models import AudioFormat
from bot.tts.catalog import VOICES
from bot.tts.espeak import Espeak, is_installed
from bot.tts.espeak_voice import espeak_voice

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from bot.tts.espeak import EspeakVoice

RATE_HZ: Final = AudioFormat().rate

# What a style asks for, in the two languages it may be written in.
_SLOW: Final = re.compile(r"slow|calm|慢|缓", re.IGNORECASE)
_FAST: Final = re.compile(r"fast|quick|rapid|快", re.IGNORECASE)
_SLOWER, _FASTER = 0.75, 1.3

_LOWEST_TONE_HZ: Final = 150.0
_TONE_STEP: Final = 2 ** (1 / 16)  # 48 voices fill three octaves
SYLLABLE_S: Final = 0.12
_TONE_PEAK: Final = 9_000


class SandboxVoice(ABC):
    """Speaks PCM (16-bit mono, 24 kHz); equal calls give equal bytes."""

    @abstractmethod
    def speak(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> bytes:
        """Return the whole of `text`."""

    @abstractmethod
    def stream(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the same, made off the event loop, as it is made."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the voice holds."""


class EspeakSandboxVoice(SandboxVoice):
    """Real speech, another timbre and pitch for each voice id."""

    def __init__(self) -> None:
        self._espeak = Espeak(is_repeatable=True)

    def speak(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> bytes:
        """Return the whole of `text`."""
        return self._espeak.speak(text, _espeak_voice(text, voice_id, language, style))

    async def stream(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the same, made by a worker thread, as it is made."""
        voice = _espeak_voice(text, voice_id, language, style)
        async with aclosing(self._espeak.stream(text, voice)) as pieces:
            async for piece in pieces:
                yield piece

    def close(self) -> None:
        """End the worker thread."""
        self._espeak.close()


class ToneSandboxVoice(SandboxVoice):
    """A tone for each character, another pitch for each voice id: heard, but not understood."""

    def __init__(self, *, syllable_s: float = SYLLABLE_S) -> None:
        self._syllable_s = syllable_s

    def speak(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> bytes:
        """Return the whole of `text`."""
        return b"".join(_tones(text, voice_id, self._syllable_s / _tempo(style)))

    async def stream(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the same, syllable by syllable, made by a worker thread."""
        syllables = _tones(text, voice_id, self._syllable_s / _tempo(style))
        while syllable := await asyncio.to_thread(next, syllables, b""):
            yield syllable

    def close(self) -> None:
        """Give back nothing: tones need no engine."""


def open_voice() -> SandboxVoice:
    """Open the best voice this installation has."""
    return EspeakSandboxVoice() if is_installed() else ToneSandboxVoice()


def speak(text: str, voice_id: str, language: str = "Auto", style: str | None = None) -> bytes:
    """Return what the sandbox says for these arguments, as PCM (16-bit mono, 24 kHz)."""
    voice = open_voice()
    try:
        return voice.speak(text, voice_id, language, style)
    finally:
        voice.close()


def _espeak_voice(text: str, voice_id: str, language: str, style: str | None) -> EspeakVoice:
    return espeak_voice(text, voice_id, language, tempo=_tempo(style))


def _tempo(style: str | None) -> float:
    if not style:
        return 1.0
    if _SLOW.search(style):
        return _SLOWER
    return _FASTER if _FAST.search(style) else 1.0


def _tone_rank(voice_id: str) -> int:
    if voice_id in VOICES:
        return list(VOICES).index(voice_id)
    return hashlib.sha256(voice_id.encode()).digest()[0] % len(VOICES)


def _tones(text: str, voice_id: str, syllable_s: float) -> Iterator[bytes]:
    rank = _tone_rank(voice_id)
    base_hz = _LOWEST_TONE_HZ * _TONE_STEP**rank
    samples = round(syllable_s * RATE_HZ)
    for character in text:
        # A fifth of the pitch depends on the character, so that texts differ too.
        pitch_hz = base_hz * (1 + 0.2 * (ord(character) % 8) / 8)
        peak = 0 if character.isspace() else _TONE_PEAK
        # Voices next to each other in pitch have another overtone.
        yield _syllable(pitch_hz, samples, overtone=2 + rank % 3, peak=peak)


# A voice has eight tones and the silence of a space; every text is made of them.
@lru_cache(maxsize=128)
def _syllable(pitch_hz: float, samples: int, *, overtone: int, peak: int) -> bytes:
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    swell = math.pi / samples
    shape = (
        math.sin(swell * n) * (math.sin(turn * n) + 0.5 * math.sin(overtone * turn * n))
        for n in range(samples)
    )
    return array("h", (round(peak * level) for level in shape)).tobytes()
