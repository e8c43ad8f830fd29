"""The other end of many calls: UDP ports in a process of their own, timed by the kernel.

Run as a program with the number of ports it prints them, forgets everything at `begin`, and at
`end` says how evenly packets came, one JSON a line.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

FRAME_MS = 20.0
LATE_MS = 40.0

# Linux, asm-generic/socket.h: SO_TIMESTAMPNS, also the type of the message it brings.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_HEADER_BYTES = 12
_REST_S = 0.005
_NS_PER_S = 1_000_000_000
_QUANTILES = (0.5, 0.95, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Reception:
    """How packets of all calls arrived; jitter is how far a gap is from 20 ms."""

    packets: int
    calls: int
    jitter_ms: tuple[float, float, float, float]
    """At p50, p95, p99 and the worst."""
    late_share: float
    """Of gaps longer than 40 ms."""

    @property
    def p99_ms(self) -> float:
        return self.jitter_ms[2]

    def __str__(self) -> str:
        p50, p95, p99, worst = self.jitter_ms
        return (
            f"{self.packets} packets of {self.calls} calls, jitter {p50:.2f} / {p95:.2f} / "
            f"{p99:.2f} / {worst:.1f} ms (p50 / p95 / p99 / worst), "
            f"{self.late_share:.3%} later than 40 ms"
        )


class Sink:
    """The program, as those who measure see it."""

    def __init__(self, process: subprocess.Popen[str], ports: list[int]) -> None:
        self._process = process
        self.ports = ports

    def begin(self) -> None:
        """Forget what came so far."""
        self._ask("begin")

    def end(self) -> Reception:
        """Return how packets came since `begin`."""
        answer = json.loads(self._ask("end"))
        return Reception(**{**answer, "jitter_ms": tuple(answer["jitter_ms"])})

    def _ask(self, question: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextlib.contextmanager
def open_sink(calls: int) -> Iterator[Sink]:
    """Start the program with one port for each call."""
    command = [sys.executable, "-m", __spec__.name, str(calls)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Sink(process, json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


class _Ports:
    """One socket for each call: together they can hold what comes while this process waits."""

    def __init__(self, count: int) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._times: dict[int, array[int]] = {}
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)
        for _ in range(count):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            udp.bind(("127.0.0.1", 0))
            udp.setblocking(False)
            self._sockets[udp.fileno()] = udp
            self._epoll.register(udp.fileno(), select.EPOLLIN)
        self.forget()

    @property
    def numbers(self) -> list[int]:
        return [udp.getsockname()[1] for udp in self._sockets.values()]

    def forget(self) -> None:
        self._times = {descriptor: array("q") for descriptor in self._sockets}

    def receive_until_asked(self) -> None:
        """Note packets until there is something on the standard input.

        They wait a little, as each would wake this process at the sender's expense; in life whoever
        receives them has a machine of their own.
        """
        space = socket.CMSG_SPACE(_TIMESPEC.size)
        asking = sys.stdin.fileno()
        while True:
            arrived = self._epoll.poll(0)
            if not arrived:
                time.sleep(_REST_S)
            for descriptor, _ in arrived:
                if descriptor == asking:
                    return
                _, messages, _, _ = self._sockets[descriptor].recvmsg(_HEADER_BYTES, space)
                seconds, nanoseconds = _TIMESPEC.unpack_from(messages[0][2])
                self._times[descriptor].append(seconds * _NS_PER_S + nanoseconds)

    def reception(self) -> Reception:
        arrivals = [np.array(times, np.int64) for times in self._times.values() if times]
        gaps_ms = np.concatenate([np.diff(times) for times in arrivals] or [np.zeros(0)]) / 1e6
        jitter = np.quantile(np.abs(gaps_ms - FRAME_MS), _QUANTILES) if gaps_ms.size else [0.0] * 4
        p50, p95, p99, worst = (float(each) for each in jitter)
        late_share = float(np.mean(gaps_ms > LATE_MS)) if gaps_ms.size else 0.0
        packets = sum(len(times) for times in arrivals)
        return Reception(packets, len(arrivals), (p50, p95, p99, worst), late_share)


def main() -> None:
    """Serve until the standard input ends."""
    ports = _Ports(int(sys.argv[1]))
    print(json.dumps(ports.numbers), flush=True)  # noqa: T201 - the other side reads it
    while True:
        ports.receive_until_asked()
        # Not through `sys.stdin`, whose buffer would hide a second question from the poll.
        question = os.read(sys.stdin.fileno(), 64).decode().strip()
        if not question:
            return
        if question == "begin":
            ports.forget()
        answer = asdict(ports.reception()) if question == "end" else {}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
