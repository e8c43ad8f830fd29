"""The UDP port: address discovery, audio in and out, receiver reports."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice import arrival
from bot.sandbox.discord.voice.participant import Frame
from bot.sandbox.discord.voice.session import Address, ClientSession
from bot.sandbox.discord.voice.transport import (
    VOICE_PAYLOAD_TYPE,
    BadPacketError,
    RtpHeader,
    is_rtcp,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.discord.voice.options import VoiceOptions

log = logging.getLogger(__name__)

# Discord documentation, "IP Discovery": type, length of the rest, ssrc, address, port.
_DISCOVERY = struct.Struct(">HHI64sH")
_DISCOVERY_REQUEST = 1
_DISCOVERY_REPLY = 2
_DISCOVERY_LENGTH = 70
_DATAGRAM_BYTES = 2_048
_RECEIVE_BUFFER_BYTES = 1 << 20
_POLL_S = (
    0.5  # how soon the reading thread notices that it should end, where closing does not wake it
)

Datagram = tuple[bytes, Address, int]


@dataclass(slots=True)
class Oddities:
    """Datagrams nobody could use; they are counted and otherwise ignored."""

    discoveries: int = 0
    keepalives: int = 0
    rtcp: int = 0
    unknown_ssrc: int = 0
    malformed: int = 0
    lost_on_purpose: int = 0


class MediaPort:
    """The one UDP socket all clients of a voice server talk to.

    Datagrams are read on a thread of their own, so that their arrival is timed right even when the
    loop is busy with something else.
    """

    def __init__(
        self,
        options: VoiceOptions,
        *,
        session_of: Callable[[int], ClientSession | None],
        forward: Callable[[ClientSession, Frame], None],
    ) -> None:
        self.oddities = Oddities()
        self._options = options
        self._session_of = session_of
        self._forward = forward
        self._random = random.Random(options.seed)  # noqa: S311 - repeatable loss, not a secret
        self._arrived: deque[Datagram] = deque()
        self._is_draining = threading.Event()
        self._is_closed = threading.Event()

    @property
    def address(self) -> Address:
        """Where clients send to."""
        host, port = self._socket.getsockname()
        return host, port

    def open(self) -> None:
        """Bind a free port and start to listen."""
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        arrival.ask_for_times(self._socket)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(_POLL_S)
        self._thread = threading.Thread(target=self._read, name="sandbox-voice-udp", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop listening."""
        self._is_closed.set()
        # An empty datagram to itself wakes the thread at once.
        self._socket.sendto(b"", self.address)
        await asyncio.to_thread(self._thread.join)
        self._socket.close()

    def send(self, datagram: bytes, address: Address) -> None:
        """Send to a client."""
        if self._options.faults.is_udp_black_hole or self._is_closed.is_set():
            return
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            log.debug("a datagram to a client could not be sent")

    # Receiving

    def _read(self) -> None:
        while not self._is_closed.is_set():
            try:
                arrived = arrival.receive(self._socket, _DATAGRAM_BYTES)
            except TimeoutError:
                continue
            except OSError:  # a client closed its port: Windows tells the sender so
                continue
            self._arrived.append(arrived)
            if not self._is_draining.is_set() and not self._is_closed.is_set():
                self._is_draining.set()
                self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._is_draining.clear()
        while self._arrived:
            self._receive(*self._arrived.popleft())

    def _receive(self, datagram: bytes, address: Address, arrived_ns: int) -> None:
        if self._options.faults.is_udp_black_hole:
            return
        if len(datagram) == _DISCOVERY.size and datagram[:2] == b"\x00\x01":
            self._discover(datagram, address)
            return
        if is_rtcp(datagram):
            self.oddities.rtcp += 1
            return
        if len(datagram) <= 8:
            self.oddities.keepalives += 1
            return
        self._receive_audio(datagram, address, arrived_ns)

    def _discover(self, request: bytes, address: Address) -> None:
        self.oddities.discoveries += 1
        _, length, ssrc, _, _ = _DISCOVERY.unpack(request)
        session = self._session_of(ssrc)
        if session is None or length != _DISCOVERY_LENGTH:
            self.oddities.malformed += 1
            return
        session.address = address
        faults = self._options.faults_in(session.seat.guild_id)
        if session.is_cut_off or faults.strikes("discoveries_to_drop"):
            return
        host, port = address
        reply = _DISCOVERY.pack(_DISCOVERY_REPLY, _DISCOVERY_LENGTH, ssrc, host.encode(), port)
        self._loop.call_later(self._options.udp_delay_ms / 1000, self.send, reply, address)

    def _receive_audio(self, packet: bytes, address: Address, arrived_ns: int) -> None:
        try:
            header = RtpHeader.parse(packet)
        except BadPacketError:
            self.oddities.malformed += 1
            return
        session = self._session_of(header.ssrc)
        if session is None:
            self.oddities.unknown_ssrc += 1
            return
        if session.is_cut_off:
            return
        if self._random.random() < self._options.udp_loss:
            self.oddities.lost_on_purpose += 1
            return
        self._open(session, header, packet, address, arrived_ns)

    def _open(
        self,
        session: ClientSession,
        header: RtpHeader,
        packet: bytes,
        address: Address,
        arrived_ns: int,
    ) -> None:
        try:
            payload = session.open_rtp(packet)
        except BadPacketError:
            session.traffic.bad += 1
            return
        session.address, session.last_header = address, header
        if packet[1] & 0x7F != VOICE_PAYLOAD_TYPE:
            return
        self._deliver(session, Frame(session.user_id, header, payload, arrived_ns))

    def _deliver(self, session: ClientSession, frame: Frame) -> None:
        if not self._options.udp_jitter_ms:
            self._forward(session, frame)
            return
        delay_s = self._random.random() * self._options.udp_jitter_ms / 1000
        self._loop.call_later(delay_s, self._forward_late, session, frame)

    def _forward_late(self, session: ClientSession, frame: Frame) -> None:
        late = Frame(frame.user_id, frame.header, frame.payload, time.monotonic_ns())
        self._forward(session, late)
