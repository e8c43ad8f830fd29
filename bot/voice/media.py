"""The UDP side of a voice connection: sending, address discovery, and whether anybody is there."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import ipaddress
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable

DISCOVERY_INTERVAL_S: Final = 0.25
DISCOVERY_TIMEOUT_S: Final = 3.0

MOST_INTRODUCTIONS: Final = 8
"""A server that has not answered so many requests does not answer any."""

# Discord documentation, "IP Discovery": type, length of the rest, ssrc, address, port.
_DISCOVERY: Final = struct.Struct(">HHI64sH")
_REQUEST: Final = 1
_REPLY: Final = 2
_LENGTH: Final = _DISCOVERY.size - 4

_DATAGRAM_BYTES: Final = 2_048
_MOST_AT_ONCE: Final = 512  # datagrams read before the loop turns to others
_inbox: Final = bytearray(_DATAGRAM_BYTES)  # every socket is read on the loop's thread


class DiscoveryTimeoutError(BotError):
    """The voice server did not say under which address it sees us."""


def _find_native_send() -> Callable[[int, bytes, int, int], int] | None:
    """Return the C library's `send`, called without giving the interpreter lock away.

    `socket.send` releases the lock around a call of two microseconds, and a thread that is busy
    with Python code gives it back only after the switch interval: each packet would be that late.
    """
    if sys.platform == "win32":
        return None
    function = ctypes.PyDLL(None).send
    function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    function.restype = ctypes.c_ssize_t
    return function


_native_send: Final = _find_native_send()
_FLAGS: Final = getattr(socket, "MSG_DONTWAIT", 0) | getattr(socket, "MSG_NOSIGNAL", 0)


class MediaSocket:
    """A UDP socket connected to the voice server.

    `send` belongs to the pacer's thread, everything else to the loop's. What comes in is not
    listened to, only noted; reading begins with `discover`.

    Raises:
        OSError: There is no way to that address.
        ValueError: It is no IP address.
    """

    def __init__(self, ip: str, port: int) -> None:
        is_v6 = ipaddress.ip_address(ip).version == 6
        self._socket = socket.socket(
            socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM
        )
        self._fd = self._socket.fileno()
        # A descriptor that is closed may be another socket's a moment later.
        self._lock = threading.Lock()
        self._ssrc = 0
        self._requests = 0
        self._replies = 0
        self._discovered: asyncio.Future[tuple[str, int]] | None = None
        self._stop_reading: Callable[[], object] | None = None
        self.sent = 0
        """How many packets the network took."""
        self.unsent = 0
        """How many it did not."""
        self.refusals = 0
        """How often the server's machine said that nobody listens there."""
        self.last_heard_at = 0.0
        """`time.monotonic` of the last datagram from the server; 0.0 before any."""
        self.unanswered = 0
        """How many requests went out since the last datagram came in."""
        self.answers_probes = False
        """Whether a request that was not needed has ever been answered."""
        try:
            self._socket.setblocking(False)
            self._socket.connect((ip, port))
        except (OSError, OverflowError, TypeError):
            self._socket.close()
            raise

    def send(self, datagram: bytes) -> bool:
        """Send a packet now or not at all; return whether the network took it."""
        with self._lock:
            is_sent = self._fd >= 0 and self._send_now(datagram)
        if is_sent:
            self.sent += 1
        else:
            self.unsent += 1
        return is_sent

    async def discover(self, ssrc: int) -> tuple[str, int]:
        """Ask under which address the server sees us; raise DiscoveryTimeoutError."""
        self._ssrc = ssrc
        self._discovered = asyncio.get_running_loop().create_future()
        self._read()
        try:
            async with asyncio.timeout(DISCOVERY_TIMEOUT_S):
                while not self._discovered.done():
                    self.probe()
                    await asyncio.wait([self._discovered], timeout=DISCOVERY_INTERVAL_S)
        except TimeoutError:
            raise DiscoveryTimeoutError("no answer to the address discovery") from None
        return self._discovered.result()

    def probe(self) -> None:
        """Ask again; any answer is a sign of life."""
        request = _DISCOVERY.pack(_REQUEST, _LENGTH, self._ssrc, b"", 0)
        with contextlib.suppress(OSError):
            self._socket.send(request)
        if self._discovered is not None and not self._discovered.done():
            self._requests += 1
        self.unanswered += 1

    def close(self) -> None:
        """Send and read nothing more; may be called twice."""
        if self._stop_reading is not None:
            self._stop_reading()
            self._stop_reading = None
        with self._lock:
            self._fd = -1
            self._socket.close()

    def _send_now(self, datagram: bytes) -> bool:
        if _native_send is not None:
            size = len(datagram)
            return _native_send(self._fd, datagram, size, _FLAGS) == size
        try:
            return self._socket.send(datagram) == len(datagram)
        except OSError:
            return False

    def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            loop.add_reader(self._fd, self._drain)
        except NotImplementedError:  # Windows' own event loop
            task = loop.create_task(self._read_one_by_one(), name="voice datagrams")
            self._stop_reading = task.cancel
            return
        fd = self._fd
        self._stop_reading = lambda: loop.remove_reader(fd)

    def _drain(self) -> None:
        for _ in range(_MOST_AT_ONCE):
            try:
                size = self._socket.recv_into(_inbox)
            except BlockingIOError:
                return
            except OSError:  # an ICMP message, which the system reports here
                self.refusals += 1
                continue
            self._take(memoryview(_inbox)[:size])

    async def _read_one_by_one(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                datagram = await loop.sock_recv(self._socket, _DATAGRAM_BYTES)
            except OSError:
                self.refusals += 1
                continue
            self._take(memoryview(datagram))

    def _take(self, datagram: memoryview) -> None:
        self.last_heard_at = time.monotonic()
        self.unanswered = 0
        if len(datagram) != _DISCOVERY.size:
            return
        kind, _, ssrc, address, port = _DISCOVERY.unpack(datagram)
        if kind != _REPLY or ssrc != self._ssrc:
            return
        self._replies += 1
        # Requests of the handshake are repeated and may be answered long after it.
        self.answers_probes = self._replies > self._requests
        if self._discovered is not None and not self._discovered.done():
            self._discovered.set_result((_text(address), port))


def _text(address: bytes) -> str:
    return address.partition(b"\0")[0].decode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class PathTimings:
    """How patient the watch over the UDP path is, in seconds."""

    period_s: float = 0.5
    """How often it looks while packets leave."""
    unsent_s: float = 1.0
    """How long the network may refuse all packets."""
    unheard_s: float = 2.0
    """How long a server that used to answer may be silent."""


class PathWatch:
    """Judges, period by period while packets leave, whether the server still gets them.

    Only a server that is known to answer requests can be missed for not answering them.
    `begin_soon` and `is_watching` are for the pacer's thread.

    Args:
        media: What to watch.
        timings: How patient to be.
        on_dead: Called once with the reason and the last `time.monotonic` the server was heard.
    """

    def __init__(
        self, media: MediaSocket, timings: PathTimings, *, on_dead: Callable[[str, float], None]
    ) -> None:
        self.is_watching = False
        self._media = media
        self._timings = timings
        self._on_dead = on_dead
        self._loop = asyncio.get_running_loop()
        self._next_look: asyncio.TimerHandle | None = None
        self._is_ended = False
        self._began_at = 0.0
        self._bad_periods = 0
        self._introductions = 0
        self._before = self._counts()

    def begin_soon(self) -> None:
        """Watch from now on, until there is nothing to send any more."""
        self.is_watching = True
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._begin)

    def end(self) -> None:
        """Watch no more."""
        self._is_ended = True
        if self._next_look is not None:
            self._next_look.cancel()

    def _begin(self) -> None:
        if self._is_ended:
            return
        self._began_at = time.monotonic()
        self._bad_periods = 0
        self._media.unanswered = 0
        self._look_later()

    def _look_later(self) -> None:
        self._probe()
        self._before = self._counts()
        self._next_look = self._loop.call_later(self._timings.period_s, self._look)

    def _look(self) -> None:
        sent, unsent, refusals, heard_at = (
            now - then for now, then in zip(self._counts(), self._before, strict=True)
        )
        if not sent and not unsent:
            self.is_watching = False
            return
        is_bad = not heard_at and (not sent or refusals)
        self._bad_periods = self._bad_periods + 1 if is_bad else 0
        verdict = self._verdict()
        if verdict is not None:
            self._on_dead(verdict, self._media.last_heard_at or self._began_at)
            return
        self._look_later()

    def _verdict(self) -> str | None:
        media, timings = self._media, self._timings
        if self._bad_periods * timings.period_s >= timings.unsent_s:
            return "the network takes no packets"
        # One lost answer proves nothing.
        if not media.answers_probes or media.unanswered < 2:
            return None
        if time.monotonic() - max(media.last_heard_at, self._began_at) < timings.unheard_s:
            return None
        return "the voice server hears us no more"

    def _probe(self) -> None:
        if not self._media.answers_probes:
            self._introductions += 1
        if self._introductions <= MOST_INTRODUCTIONS:
            self._media.probe()

    def _counts(self) -> tuple[int, int, int, float]:
        media = self._media
        return media.sent, media.unsent, media.refusals, media.last_heard_at
