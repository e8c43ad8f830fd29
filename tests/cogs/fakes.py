"""A speech service that notes whole requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from bot.models import SpeechRequest
from tests.voice.fakes import FakeSynthesizer


class AttentiveSynthesizer(FakeSynthesizer):
    """Remembers how it was asked to speak, not only what."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[SpeechRequest] = []
        self.was_asked = asyncio.Event()

    def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.asked.append(request)
        self.was_asked.set()
        return super().stream(request)
