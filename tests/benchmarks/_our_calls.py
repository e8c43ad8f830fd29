"""The bot's own way of a packet, without a Discord: narrators, one pacer, our encryption."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.audio.clip import Clip
from bot.models import AudioFormat, SpeechRequest, Utterance, Voice
from bot.tts._sessions import Connections
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from bot.voice.ledger import Ledger
from bot.voice.media import MediaSocket
from bot.voice.narrator import Narrator
from bot.voice.pacer import Pacer
from bot.voice.transport import AES256_GCM, KEY_BYTES, RtpPacketizer
from tests.benchmarks._group import group_for

TEXT = "Good evening everybody, the harbour is quiet tonight and the boats are all in."
VOICE = "Cherry"
REQUEST = SpeechRequest(TEXT, "qwen3-tts-flash", Voice(VOICE))

PIECE_S = 0.8
"""Audio the endpoint sends at once."""

REPEATS = 20
"""How often a call says its text: for longer than anybody measures."""

SWITCH_INTERVAL_S = 0.0005


class Line:
    """One call's way out, as a connection has it."""

    is_settled = True

    def __init__(self, port: int, number: int) -> None:
        self._group = group_for(number)
        self._packetizer = RtpPacketizer(port, AES256_GCM, secrets.token_bytes(KEY_BYTES))
        self._media = MediaSocket("127.0.0.1", port)
        self.first_sent_at = 0.0

    def send_opus(self, packet: bytes) -> bool:
        if not self.first_sent_at:
            self.first_sent_at = time.monotonic()
        payload = self._group.encrypt(packet)
        return payload is not None and self._media.send(self._packetizer.seal(payload))

    async def announce(self, *, speaking: bool) -> None:
        """Tell nobody."""


class LiveSynthesizer(Synthesizer):
    """Says the same each time, in the pieces of the endpoint, twice as fast as it sounds."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        size = round(AudioFormat().bytes_per_second * PIECE_S) // 2 * 2
        loop = asyncio.get_running_loop()
        due = loop.time()
        for start in range(0, len(self._pcm), size):
            piece = self._pcm[start : start + size]
            due += len(piece) / AudioFormat().bytes_per_second / 2
            await asyncio.sleep(due - loop.time())
            yield piece


class ReadyRecorder(Recorder):
    """Makes nothing: hands out what `make` returns, which is there already."""

    def __init__(self, synthesizer: Synthesizer, make: Callable[[], Clip]) -> None:
        super().__init__(synthesizer)
        self._make = make

    def record(self, request: SpeechRequest) -> Clip:
        return self._make()


def ready_clip(packets: list[bytes]) -> Clip:
    """Return a whole clip of packets."""
    clip = Clip()
    clip.packets = packets
    clip.is_closed = True
    return clip


class OurCalls:
    """Everything the bot has for its calls; `packets` are what they say if they are there."""

    def __init__(
        self, ports: Sequence[int], synthesizer: Synthesizer, packets: list[bytes] | None
    ) -> None:
        self._pacer, ledger = Pacer(), Ledger()
        self._pacer.start()
        self._is_ready = packets is not None
        self._lines = [Line(port, number) for number, port in enumerate(ports)]
        recorder = Recorder(synthesizer)
        if packets is not None:
            recorder = ReadyRecorder(synthesizer, partial(ready_clip, packets))
        self._narrators = [
            Narrator(line, guild_id=number, recorder=recorder, pacer=self._pacer, ledger=ledger)
            for number, line in enumerate(self._lines)
        ]
        # The bot's own composition root does the same.
        sys.setswitchinterval(SWITCH_INTERVAL_S)

    @property
    def is_real_time(self) -> bool:
        """Whether the system lets the pacer run before others."""
        return self._pacer.is_real_time

    def speak(self, number: int) -> None:
        """Let one call begin."""
        requests = (REQUEST,) if self._is_ready else _requests(number)
        self._narrators[number].enqueue(Utterance(number, requests))

    def first_sent_at(self, number: int) -> float:
        """Return when a call's first packet left (monotonic seconds)."""
        return self._lines[number].first_sent_at


def _requests(number: int) -> tuple[SpeechRequest, ...]:
    """Return what one call says: nothing that is being said already, so that all is made."""
    return tuple(replace(REQUEST, text=f"{TEXT} {number}.{each}") for each in range(REPEATS))


def qwen_synthesizer() -> tuple[Connections, QwenSynthesizer]:
    """Return the client of the endpoint that the environment names, and its connections."""
    endpoint = QwenEndpoint(
        base_url=os.environ["DASHSCOPE_HTTP_BASE_URL"], api_key=os.environ["DASHSCOPE_API_KEY"]
    )
    http = open_session(endpoint)
    return http, QwenSynthesizer(http, endpoint)
