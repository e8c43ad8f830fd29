"""When a datagram arrived, by the kernel's clock where there is one to ask.

A program that is busy, or collecting garbage, reads a datagram late; when it arrived is another
matter, and the one that tells how evenly a bot speaks.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from typing import Final

# Linux, asm-generic/socket.h: SO_TIMESTAMPNS, also the type of the message it brings.
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_MESSAGE_BYTES: Final = 64
_NS_PER_S: Final = 1_000_000_000

Address = tuple[str, int]


def ask_for_times(udp: socket.socket) -> None:
    """Let the kernel note the time of every datagram, where it can."""
    if sys.platform == "linux":
        udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def receive(udp: socket.socket, max_bytes: int) -> tuple[bytes, Address, int]:
    """Return a datagram, its sender, and when it arrived (monotonic ns)."""
    if sys.platform != "linux":
        datagram, address = udp.recvfrom(max_bytes)
        return datagram, address, time.monotonic_ns()
    datagram, messages, _, address = udp.recvmsg(max_bytes, socket.CMSG_SPACE(_MESSAGE_BYTES))
    age_ns = max(
        (_age_ns(content) for level, kind, content in messages if _is_time(level, kind)), default=0
    )
    return datagram, address, time.monotonic_ns() - age_ns


def _is_time(level: int, kind: int) -> bool:
    return (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS)


def _age_ns(timespec: bytes) -> int:
    seconds, nanoseconds = _TIMESPEC.unpack_from(timespec)
    age_ns: int = time.time_ns() - seconds * _NS_PER_S - nanoseconds
    # A clock that was set back in between must not put an arrival into the future.
    return max(age_ns, 0)
