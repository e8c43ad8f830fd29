"""A window into a bot that runs in a process of its own: its id, and how late its loop is.

The bot's side prints JSON lines on the standard error, where its log goes; SIGUSR1 asks for one.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import discord
from discord import gateway

from bot.sandbox.bot_process import BotProcess
from bot.tasks import Tasks
from tests.benchmarks._figures import spread
from tests.benchmarks._machine import Usage, usage

STEP_S = 0.005
ANSWER_S = 10.0
MARK = '{"benchmark": '
COMMANDS_A_MINUTE = 100_000
"""Discord takes 120 gateway commands a minute; a loopback takes 400 joins in one."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the loop's turns were, in ms."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    def __str__(self) -> str:
        values = " / ".join(f"{ms:.1f}" for ms in (self.p50, self.p95, self.p99, self.worst))
        return f"{values} ms (p50 / p95 / p99 / worst)"


class Window:
    """What can be seen of a running bot."""

    def __init__(self, bot: BotProcess) -> None:
        self._log = bot.log
        self._seen = 0

    async def open(self) -> None:
        """Wait until the bot knows its guilds and has said who it is."""
        self.pid: int = (await self._next())["pid"]

    def usage(self) -> Usage:
        """Return what the bot has used so far."""
        return usage(self.pid)

    async def lag(self) -> Lag:
        """Return how late the loop was since this was asked last."""
        os.kill(self.pid, signal.SIGUSR1)
        return Lag(**(await self._next())["lag"])

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_S):
            while True:
                lines = self._log[self._seen :]
                for line in lines:
                    self._seen += 1
                    if line.startswith(MARK):
                        answer: dict[str, Any] = json.loads(line)["benchmark"]
                        return answer
                await asyncio.sleep(STEP_S)


class Pane:
    """The bot's side of a window."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []
        self._tasks = Tasks()

    def open(self, client: discord.Client) -> None:
        """Begin to measure the running loop."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._tell)
        self._tasks.start(self._measure(), name="loop lag")
        self._tasks.start(self._introduce(client), name="introduction")
        limiter = functools.partial(gateway.GatewayRatelimiter, COMMANDS_A_MINUTE)
        vars(gateway)["GatewayRatelimiter"] = limiter

    async def _introduce(self, client: discord.Client) -> None:
        await client.wait_until_ready()
        _print({"pid": os.getpid()})

    async def _measure(self) -> None:
        while True:
            due = time.monotonic() + STEP_S
            await asyncio.sleep(STEP_S)
            self._late_ms.append(max(time.monotonic() - due, 0.0) * 1e3)

    def _tell(self) -> None:
        late_ms, self._late_ms = self._late_ms, []
        _print({"lag": asdict(spread(late_ms))})


def _print(content: dict[str, Any]) -> None:
    sys.stderr.write(f"{MARK}{json.dumps(content)}}}\n")
    sys.stderr.flush()
