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

from bot.models import AudioFormat, Sex
from bot.tts.catalog import VOICES
from bot.tts.espeak import Espeak, EspeakVoice, is_installed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

RATE_HZ: Final = AudioFormat().rate

# One timbre of espeak-ng for each voice of a sex, then the same timbres at another pitch.
_VARIANTS: Final = {
    Sex.FEMALE: ("f2", "f4", "f1", "f5", "f3"),
    Sex.MALE: ("m3", "m1", "m7", "m2", "m5", "m8"),
}
_PITCHES: Final = (50, 80, 20, 95, 65)
_RATES_WPM: Final = (165, 180, 150)

_ESPEAK_LANGUAGES: Final = {
    "Chinese": "cmn",
    "English": "en-us",
    "German": "de",
    "Italian": "it",
    "Portuguese": "pt-br",
    "Spanish": "es",
    "Japanese": "ja",
    "Korean": "ko",
    "French": "fr",
    "Russian": "ru",
}
# The first script found decides: kana before Han, because Japanese has both.
_SCRIPTS: Final = (
    (re.compile(r"[\u3040-\u30ff]"), "Japanese"),
    (re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"), "Korean"),
    (re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]"), "Chinese"),
    (re.compile(r"[\u0400-\u04ff]"), "Russian"),
)

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
        return self._espeak.speak(text, espeak_voice(text, voice_id, language, style))

    async def stream(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield the same, made by a worker thread, as it is made."""
        voice = espeak_voice(text, voice_id, language, style)
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


def espeak_voice(text: str, voice_id: str, language: str, style: str | None) -> EspeakVoice:
    """Choose how espeak-ng imitates `voice_id`."""
    rank, sex = _rank(voice_id)
    variants = _VARIANTS[sex]
    return EspeakVoice(
        language=_espeak_language(text, voice_id, language),
        variant=variants[rank % len(variants)],
        pitch=_PITCHES[rank // len(variants) % len(_PITCHES)],
        words_per_minute=round(_RATES_WPM[rank % len(_RATES_WPM)] * _tempo(style)),
    )


def guess_language(text: str) -> str:
    """Name the language of `text` by its script, as `Auto` does."""
    return next((name for script, name in _SCRIPTS if script.search(text)), "English")


def _espeak_language(text: str, voice_id: str, language: str) -> str:
    known = language if language in _ESPEAK_LANGUAGES else guess_language(text)
    voice = VOICES.get(voice_id)
    if known == "Chinese" and voice is not None and voice.dialect == "Cantonese":
        return "yue"
    return _ESPEAK_LANGUAGES[known]


def _rank(voice_id: str) -> tuple[int, Sex]:
    """Place a voice among those of its sex; custom voices by a hash of their id."""
    voice = VOICES.get(voice_id)
    if voice is None or voice.sex is None:
        digest = hashlib.sha256(voice_id.encode()).digest()
        return digest[0], Sex.FEMALE if digest[1] % 2 else Sex.MALE
    peers = [other.id for other in VOICES.values() if other.sex is voice.sex]
    return peers.index(voice_id), voice.sex


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
