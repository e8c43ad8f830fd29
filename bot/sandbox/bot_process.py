"""The real bot in a process of its own, pointed at the loopback services."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Final, Self

from bot.tasks import Tasks

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from bot.sandbox.loopback import Loopback

READY_TIMEOUT_S: Final = 20.0
STOP_TIMEOUT_S: Final = 10.0


class BotProcess:
    """`python -m bot run`, from its start to its exit code; what it logs is kept in `log`.

    `settings` are more variables for it; `program` is another module to run instead of the bot.
    """

    def __init__(
        self, loopback: Loopback, data_dir: Path, *, program: str = "bot", **settings: str
    ) -> None:
        self.data_dir = data_dir
        self._loopback = loopback
        self._program = program
        self._environment = {
            **os.environ,
            "LOG_FORMAT": "json",
            "DATA_DIR": str(data_dir),
            **loopback.environment(),
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._tasks = Tasks()
        self.log: list[str] = []

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start the program without waiting for it to connect."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._program,
            "run",
            stdin=DEVNULL,
            stderr=PIPE,
            env=self._environment,
        )
        self._tasks.start(self._read_log(self._process), name="bot log")

    async def wait_until_ready(self) -> None:
        """Wait until the bot is connected and its commands are registered.

        Raises:
            RuntimeError: It ended instead; the message is the end of its log.
        """
        assert self._process is not None
        changes = self._loopback.discord.changes
        ready = asyncio.create_task(
            changes.until(self._is_ready, timeout_s=READY_TIMEOUT_S), name="bot ready"
        )
        ended = asyncio.create_task(self._process.wait(), name="bot ended")
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if self._process.returncode is not None:
            ready.cancel()
            raise RuntimeError("\n".join(self.log[-20:]))
        await ready

    async def wait(self) -> int:
        """Wait until the program has ended by itself; return its exit code, or minus the signal."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the program as an operator would; return its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()
        finally:
            await self._tasks.close()

    async def __aenter__(self) -> Self:
        """Start and wait until it is ready."""
        await self.start()
        try:
            await self.wait_until_ready()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    def _is_ready(self) -> bool:
        discord = self._loopback.discord
        is_connected = any(session.connection for session in discord.gateway.sessions.values())
        return is_connected and bool(discord.application.commands.all())

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.log.append(line.decode().rstrip())
