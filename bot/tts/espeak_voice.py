"""A speech service without a network: the embedded espeak-ng."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.tts._espeak_voices import espeak_language, timbre_of
from bot.tts.espeak import EspeakVoice
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import SpeechRequest
    from bot.tts.espeak import Espeak


def espeak_voice(text: str, voice_id: str, language: str, *, tempo: float = 1.0) -> EspeakVoice:
    """Choose how espeak-ng says `text` as `voice_id`, at `tempo` times the voice's own rate."""
    timbre = timbre_of(voice_id)
    return EspeakVoice(
        language=espeak_language(text, voice_id, language),
        variant=timbre.variant,
        pitch=timbre.pitch,
        words_per_minute=round(timbre.words_per_minute * tempo),
    )


class EspeakSynthesizer(Synthesizer):
    """Speaks every text in every voice: its own by name, those of other providers by likeness.

    It follows no style. Whoever opened the engine closes it.
    """

    def __init__(self, espeak: Espeak) -> None:
        self._espeak = espeak

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield whole samples while a worker thread makes them; closing it stops the worker."""
        voice = espeak_voice(request.text, request.voice.id, request.language)
        async with aclosing(self._espeak.stream(request.text, voice)) as pieces:
            async for pcm in pieces:
                yield pcm
