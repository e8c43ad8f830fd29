"""discord.py's own way of a packet, without a Discord: its client, its player, its encryption."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import davey
import discord
import numpy as np

from bot.voice.transport import KEY_BYTES, XCHACHA20_POLY1305


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
    """48 kHz stereo, which the library encodes in its player's thread."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = memoryview(pcm)
        self._at = 0

    def read(self) -> bytes:
        size = discord.opus.Encoder.FRAME_SIZE
        frame = self._pcm[self._at : self._at + size]
        self._at += size
        return bytes(frame) if len(frame) == size else b""


def as_discord_wants_it(pcm: bytes) -> bytes:
    """Return 24 kHz mono as 48 kHz stereo, as ffmpeg gives it to a player."""
    samples = np.frombuffer(pcm, "<i2")
    return np.repeat(samples, 4).tobytes()
