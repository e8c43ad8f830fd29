"""A call that writes down what it is sent, and a speech service that says what it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from bot.audio.effects import EffectsSettings
from bot.models import SpeechRequest, Utterance, Voice
from bot.tts.synthesizer import Synthesizer
from bot.voice.playback import OPUS_SILENCE

FRAME_BYTES = 960
CHERRY = Voice("Cherry")
AS_IT_IS = EffectsSettings(target_lufs=None, is_trimmed=False)
"""The fake synthesizer says nothing but silence."""


def request(text: str) -> SpeechRequest:
    return SpeechRequest(text, "qwen3-tts-flash", CHERRY)


def utterance(*texts: str, speaker_id: int = 1) -> Utterance:
    return Utterance(speaker_id, tuple(request(text) for text in texts))


@dataclass
class FakeCall:
    """A connection that takes every packet, unless it is unsettled or deaf."""

    is_settled: bool = True
    is_deaf: bool = False
    packets: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    announcements: list[bool] = field(default_factory=list)
    has_left: bool = False
    fault: Exception | None = None
    send_fault: Exception | None = None
    channel: Any = field(default_factory=lambda: SimpleNamespace(id=2, guild=SimpleNamespace(id=1)))

    def send_opus(self, packet: bytes) -> bool:
        if self.send_fault is not None:
            raise self.send_fault
        self.packets.append(packet)
        self.times.append(time.monotonic())
        return not self.is_deaf

    async def announce(self, *, speaking: bool) -> None:
        if self.fault is not None:
            raise self.fault
        self.announcements.append(speaking)

    async def disconnect(self, *, force: bool = False) -> None:
        self.has_left = True

    @property
    def speech(self) -> list[bytes]:
        return [packet for packet in self.packets if packet != OPUS_SILENCE]


class FakeSynthesizer(Synthesizer):
    """Yields `frames` of silence for each text, after its gate opens, then fails if told so."""

    def __init__(self, *, frames: int = 5, error: Exception | None = None) -> None:
        self.frames = frames
        self.error = error
        self.requests: list[str] = []
        self.released: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def hold(self, text: str) -> asyncio.Event:
        """Say nothing for `text` until the returned event is set."""
        return self.gates.setdefault(text, asyncio.Event())

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        self.requests.append(request.text)
        try:
            if gate := self.gates.get(request.text):
                await gate.wait()
            yield b"\0" * FRAME_BYTES * self.frames
            if self.error is not None:
                raise self.error
        finally:
            self.released.append(request.text)
