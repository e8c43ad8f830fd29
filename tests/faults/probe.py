"""The inside of a running bot, over a unix socket: one JSON line asks, one answers."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import gc
import json
import logging
import os
import re
import resource
import socket
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tests.faults.lag import LagMeter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.client import Bot

Json = dict[str, Any]

SAMPLE_S = 1.0
_NUMBERED = re.compile(r"^Task-\d+$")
"""A task its library gave no name; every new one has another number."""


class Witness(logging.Handler):
    """Counts warnings and keeps what nobody handled."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings = 0
        self.unhandled: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note one record."""
        text = record.getMessage()
        if record.levelno >= logging.ERROR or "was never" in text or "nclosed" in text:
            self.unhandled.append(f"{record.name}: {text} {record.exc_text or ''}".strip())
            return
        self.warnings += 1

    def install(self) -> None:
        """Listen to the log, and to what never reaches it."""
        logging.getLogger().addHandler(self)
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._thread_ended

    def _unraisable(self, unraisable: sys.UnraisableHookArgs) -> None:
        self.unhandled.append(f"unraisable: {unraisable.exc_value!r} in {unraisable.object!r}")

    def _thread_ended(self, arguments: threading.ExceptHookArgs) -> None:
        self.unhandled.append(f"thread {arguments.thread}: {arguments.exc_value!r}")


class Probe:
    """Answers what is asked about one bot, and breaks in it what can only be broken inside."""

    def __init__(self, bot: Bot, witness: Witness) -> None:
        self._bot = bot
        self._witness = witness
        self._lag = LagMeter()
        self._zombies: list[Json] = []
        self._spare_fds: list[int] = []
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self._answers: dict[str, Callable[..., Json]] = {
            "look": self._look,
            "lags": self._lags,
            "count": self._count,
            "reset": self._reset,
            "break_udp": self._break_udp,
            "block": self._block,
            "open_fds": self._open_fds,
            "cpu": self._cpu,
            "crash": self._crash,
            "sabotage": self._sabotage,
        }

    @asynccontextmanager
    async def serving(self, path: str) -> AsyncIterator[None]:
        """Listen on a unix socket at `path`."""
        server = await asyncio.start_unix_server(self._serve, path)
        own = [
            asyncio.create_task(self._lag.run(), name="probe lag"),
            asyncio.create_task(self._sample(), name="probe sampler"),
        ]
        try:
            yield
        finally:
            server.close()
            for task in own:
                task.cancel()
            connections = dict(self._connections)
            for writer in connections.values():
                writer.close()
            await asyncio.gather(*own, *connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        assert current is not None
        current.set_name("probe connection")
        self._connections[current] = writer
        with suppress(ConnectionError):
            async for line in reader:
                question = json.loads(line)
                answer = self._answers[question.pop("ask")](**question)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()
        self._connections.pop(current, None)

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_S)
            now = time.monotonic()
            self._zombies += [
                {"guild_id": guild_id, "at": now}
                for guild_id, view in self._sessions().items()
                if view["desired"] is not None and not view["is_live"] and not view["is_retrying"]
            ]

    # Questions

    def _look(self, *, entries_from: int = 0) -> Json:
        """Show what changes all the time; it is asked often and must not hold the loop up."""
        ledger = self._bot.sessions.ledger
        return {
            "at": time.monotonic(),
            "sessions": self._sessions(),
            "accepted": ledger.accepted,
            "counts": {guild.id: ledger.counts(guild.id) for guild in self._bot.guilds},
            "entries": [asdict(each) for each in islice(ledger.outcomes, entries_from, None)],
            "warnings": self._witness.warnings,
        }

    def _lags(self) -> Json:
        delays = [asdict(delay) for delay in self._lag.delays]
        return {"lengths_s": self._lag.lengths_s[:], "delays": delays}

    def _count(self) -> Json:
        """Show what may leak."""
        gc.collect()  # what nobody waits for complains when it is collected
        return {
            "pid": os.getpid(),
            "threads": sorted(thread.name for thread in threading.enumerate()),
            "fds": dict(Counter(fd_kinds())),
            "tasks": sorted(task_names()),
            "zombies": [zombie["guild_id"] for zombie in self._zombies],
            "unhandled": self._witness.unhandled[:],
        }

    def _reset(self) -> Json:
        self._lag.reset()
        self._zombies.clear()
        self._witness.unhandled.clear()
        self._witness.warnings = 0
        return {}

    def _cpu(self) -> Json:
        # Looking at every thread costs more than a silent call does.
        cpu_s = time.process_time() - self._lag.observer_cpu_s
        return {"at": time.monotonic(), "cpu_s": cpu_s}

    def _sessions(self) -> dict[int, Json]:
        sessions = self._bot.sessions
        views = {}
        for guild in self._bot.guilds:
            if (session := sessions.get(guild.id)) is not None:
                views[guild.id] = {
                    "desired": session.desired_channel_id,
                    "is_live": session.is_live,
                    "is_retrying": session.is_retrying,
                }
        return views

    # Damage

    def _break_udp(self, *, port: int) -> Json:
        """Put something that is no socket in the place of the one bound to a port."""
        broken = []
        for fd in _numbered_fds():
            with suppress(OSError):  # the descriptor the list itself was read by
                broken += [fd] if _bound_port(fd) == port else []
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor, not a file
            for fd in broken:
                os.dup2(nothing.fileno(), fd)
        return {"broken": len(broken)}

    def _block(self, *, seconds: float) -> Json:
        time.sleep(seconds)
        return {}

    def _open_fds(self, *, count: int) -> Json:
        """Hold so many descriptors, so that every later one has a number above them."""
        while self._spare_fds:
            os.close(self._spare_fds.pop())
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 500)), hard))
        self._spare_fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
        return {"highest": max(self._spare_fds, default=0)}

    def _crash(self) -> Json:
        """Read where nothing is, as a broken native library does."""
        ctypes.string_at(0)
        return {}

    def _sabotage(self, *, method: str, message: str) -> Json:
        """Let the next call of a service's method fail as a bug does, with this message."""
        *path, name = method.split(".")
        service = functools.reduce(getattr, path, self._bot)

        def fail(*_: object, **__: object) -> NoReturn:
            delattr(service, name)
            raise RuntimeError(message)

        setattr(service, name, fail)
        return {}


def task_names() -> Iterator[str]:
    """Name every task but the probe's own."""
    for task in asyncio.all_tasks():
        if not task.get_name().startswith("probe "):
            coroutine = task.get_coro()
            name = _NUMBERED.sub("", task.get_name())
            yield f"{name} ({getattr(coroutine, '__qualname__', coroutine)})".strip()


def fd_kinds() -> Iterator[str]:
    """Say of every open descriptor what it is; sockets by kind and the port of the other end."""
    for fd in _numbered_fds():
        with suppress(OSError):
            target = str(Path(f"/proc/self/fd/{fd}").readlink())
            yield _socket_kind(fd) if target.startswith("socket:") else target.partition(":[")[0]


def _numbered_fds() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())


def _socket_kind(fd: int) -> str:
    with socket.socket(fileno=os.dup(fd)) as copy:
        if copy.family == socket.AF_UNIX:
            return "unix"
        if copy.type == socket.SOCK_DGRAM:
            return "udp"
        try:
            return f"tcp {copy.getpeername()[1]}"
        except OSError:
            return "tcp unconnected"


def _bound_port(fd: int) -> int | None:
    if not stat.S_ISSOCK(os.fstat(fd).st_mode):
        return None
    with socket.socket(fileno=os.dup(fd)) as copy:
        is_udp = copy.family == socket.AF_INET and copy.type == socket.SOCK_DGRAM
        return copy.getsockname()[1] if is_udp else None
