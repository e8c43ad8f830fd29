"""discord.py's own way of a packet, without a Discord: its client, its player, its encryption."""

from __future__ import annotations

import asyncio
import io
import itertools
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import davey
import discord
import numpy as np
from discord.player import AudioPlayer

from bot.audio import files
from bot.models import AudioFormat
from bot.tasks import Tasks
from bot.voice.transport import KEY_BYTES, XCHACHA20_POLY1305
from tests.benchmarks._ffmpeg import find_ffmpeg
from tests.benchmarks._group import session_for
from tests.benchmarks._our_calls import TEXT
from tests.benchmarks.naive_bot import fetch_whole


class _Websocket:
    async def speak(self, state: object) -> None:
        """Tell nobody."""


@dataclass
class _Link:
    """What the library's client needs of its connection."""

    ssrc: int
    dave_session: davey.DaveSession
    socket: socket.socket
    mode: str = XCHACHA20_POLY1305  # the only current one the library speaks
    secret_key: list[int] = field(default_factory=lambda: list(secrets.token_bytes(KEY_BYTES)))
    can_encrypt: bool = True
    ws: _Websocket = field(default_factory=_Websocket)
    first_sent_at: float = 0.0

    def is_connected(self) -> bool:
        return True

    def send_packet(self, packet: bytes) -> None:
        if not self.first_sent_at:
            self.first_sent_at = time.monotonic()
        self.socket.sendall(packet)


class UsualCall(discord.VoiceClient):
    """The library's client in a call that is connected."""

    _connection: Any

    def __init__(self, port: int, session: davey.DaveSession) -> None:
        # Not the library's constructor: it wants a client that is logged in.
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("127.0.0.1", port))
        udp.setblocking(False)
        self._connection = _Link(port, session, udp)
        self.client: Any = SimpleNamespace(loop=asyncio.get_running_loop())
        self.sequence = self.timestamp = self._incr_nonce = 0
        self._player = None
        self.encoder = discord.opus.Encoder()

    @property
    def first_sent_at(self) -> float:
        """When the first packet left (monotonic seconds)."""
        at: float = self._connection.first_sent_at
        return at


class PacketSource(discord.AudioSource):
    """Opus packets that are there already: the best a bot can give the library's player."""

    def __init__(self, packets: Iterator[bytes]) -> None:
        self._packets = packets

    def read(self) -> bytes:
        return next(self._packets, b"")

    def is_opus(self) -> bool:
        return True


class PcmSource(discord.AudioSource):
    """48 kHz stereo without an end, which the library encodes in its player's thread."""

    def __init__(self, pcm: bytes) -> None:
        size = discord.opus.Encoder.FRAME_SIZE
        starts = range(0, len(pcm) - size + 1, size)
        self._frames = (pcm[start : start + size] for start in itertools.cycle(starts))

    def read(self) -> bytes:
        return next(self._frames)


class UsualCalls:
    """Calls with a player each.

    They play `packets` if those are there, or else `pcm` (24 kHz mono), or else what the endpoint
    says: fetched whole, then converted by ffmpeg, then played, over and over.
    """

    def __init__(
        self, ports: Sequence[int], packets: list[bytes] | None, pcm: bytes | None
    ) -> None:
        self._packets = packets
        self._pcm = _as_discord_wants_it(pcm) if pcm else None
        self._calls = [UsualCall(port, session_for(at)) for at, port in enumerate(ports)]
        self._tasks = Tasks()

    is_real_time = False

    def speak(self, number: int) -> None:
        """Let one call begin."""
        call = self._calls[number]
        if self._packets is not None:
            AudioPlayer(PacketSource(iter(self._packets)), call).start()
        elif self._pcm is not None:
            AudioPlayer(PcmSource(self._pcm), call).start()
        else:
            self._tasks.start(_speak_for_ever(call), name=f"call {number}")

    def first_sent_at(self, number: int) -> float:
        """Return when a call's first packet left (monotonic seconds)."""
        return self._calls[number].first_sent_at


async def _speak_for_ever(call: UsualCall) -> None:
    loop = asyncio.get_running_loop()
    ffmpeg = find_ffmpeg().path
    while True:
        wav = files.wav(await fetch_whole(TEXT), AudioFormat())
        ended = asyncio.Event()
        AudioPlayer(
            discord.FFmpegPCMAudio(
                io.BytesIO(wav), pipe=True, executable=ffmpeg, options="-v quiet"
            ),
            call,
            after=lambda _, ended=ended: loop.call_soon_threadsafe(ended.set),  # type: ignore[misc]
        ).start()
        await ended.wait()


def _as_discord_wants_it(pcm: bytes) -> bytes:
    """Return 24 kHz mono as 48 kHz stereo, as ffmpeg gives it to a player."""
    samples = np.frombuffer(pcm, "<i2")
    return np.repeat(samples, 4).tobytes()
