"""A speech service whose sound tells what it was asked for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator

from bot.audio.clip import Clip
from bot.audio.effects import EffectsSettings
from bot.models import Origin, SpeechRequest, Voice
from bot.tts.synthesizer import Synthesizer

AS_IT_IS = EffectsSettings(target_lufs=None, is_trimmed=False)
REQUEST = SpeechRequest("Good morning.", "qwen3-tts-flash", Voice("Cherry"), origin=Origin(1, 11))
FRAME_BYTES = 960
PIECE_BYTES = 4 * FRAME_BYTES
"""Enough for packets to come out, though the effects hold something back."""


class TellingSynthesizer(Synthesizer):
    """Says noise that is another for every request, in pieces of 80 ms; fails if told so.

    With a `gate`, everything after the first piece waits for it.
    """

    def __init__(self, *, frames: int = 8) -> None:
        self.frames = frames
        self.requests: list[SpeechRequest] = []
        self.errors: list[Exception] = []
        """What the next requests fail with, after their sound."""
        self.gate: asyncio.Event | None = None
        self.has_begun = asyncio.Event()
        self.open = 0
        """How many requests are under way."""

    def sound(self, request: SpeechRequest) -> bytes:
        asked = (request.text, request.model, request.voice.id, request.language, request.style)
        return random.Random(repr(asked)).randbytes(FRAME_BYTES * self.frames)

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.requests.append(request)
        error = self.errors.pop(0) if self.errors else None
        self.open += 1
        try:
            pcm = self.sound(request)
            for start in range(0, len(pcm), PIECE_BYTES):
                yield pcm[start : start + PIECE_BYTES]
                self.has_begun.set()
                if self.gate is not None:
                    await self.gate.wait()
            if error is not None:
                raise error
        finally:
            self.open -= 1


async def ended(clip: Clip) -> Clip:
    """Wait until a clip is whole or has failed."""
    await clip.wait_for_frames(10**6)
    return clip


async def settle() -> None:
    """Let everything happen that needs no more than the loop's turns."""
    for _ in range(50):
        await asyncio.sleep(0)
