"""What a test asks the probe in its bot."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.lag import Delay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CONNECT_S = 20.0
ANSWER_S = 10.0
_LINE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class SessionView:
    """One guild's session, as the registry shows it."""

    desired: int | None
    is_live: bool
    is_retrying: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """One utterance in the ledger; lengths in frames of 20 ms, closed `at` a monotonic second."""

    guild_id: int
    ending: str
    reason: str
    frames_sent: int
    frames_due: int
    at: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """Sessions and ledger of a bot at one moment (`at`: monotonic seconds)."""

    at: float
    sessions: Mapping[int, SessionView]
    accepted: int
    counts: Mapping[int, Mapping[str, int]]
    entries: tuple[Closed, ...]
    """What has been closed since the beginning, or since the entry that was asked for."""
    warnings: int

    def count(self, guild_id: int, reason: str) -> int:
        """Return how many utterances of a guild ended for a reason, or were `accepted`."""
        return self.counts.get(guild_id, {}).get(reason, 0)

    def open_utterances(self, guild_id: int) -> int:
        """Return how many accepted utterances have no ending yet."""
        counts = dict(self.counts.get(guild_id, {}))
        return counts.pop("accepted", 0) - sum(counts.values())

    def closed_in(self, guild_id: int) -> list[Closed]:
        """Return the ledger's entries of a guild, oldest first."""
        return [entry for entry in self.entries if entry.guild_id == guild_id]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a bot holds, and what it should not have let happen."""

    pid: int
    threads: tuple[str, ...]
    fds: Mapping[str, int]
    tasks: tuple[str, ...]
    zombies: tuple[int, ...]
    unhandled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lags:
    """How late the bot's loop was since the last reset."""

    lengths_s: tuple[float, ...]
    delays: tuple[Delay, ...]


class Inspector:
    """Asks one bot, one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    async def look(self, *, entries_from: int = 0) -> Inspection:
        """Look at sessions and ledger."""
        seen = await self.ask("look", entries_from=entries_from)
        return Inspection(
            at=seen["at"],
            sessions={int(key): SessionView(**view) for key, view in seen["sessions"].items()},
            accepted=seen["accepted"],
            counts={int(key): counts for key, counts in seen["counts"].items()},
            entries=tuple(Closed(**entry) for entry in seen["entries"]),
            warnings=seen["warnings"],
        )

    async def count(self) -> Holdings:
        """Free what only a collection frees, then count what is left."""
        seen = await self.ask("count")
        return Holdings(
            pid=seen["pid"],
            threads=tuple(seen["threads"]),
            fds=seen["fds"],
            tasks=tuple(seen["tasks"]),
            zombies=tuple(seen["zombies"]),
            unhandled=tuple(seen["unhandled"]),
        )

    async def lags(self) -> Lags:
        """Return how late the loop was."""
        seen = await self.ask("lags")
        return Lags(tuple(seen["lengths_s"]), tuple(Delay(**each) for each in seen["delays"]))

    async def ask(self, question: str, **details: Any) -> dict[str, Any]:
        """Ask anything the probe knows an answer to."""
        async with self._turn, asyncio.timeout(ANSWER_S):
            line = json.dumps({"ask": question, **details})
            self._writer.write(line.encode() + b"\n")
            answer = await self._reader.readline()
        if not answer:
            raise ConnectionError("the probed bot has ended")
        decoded: dict[str, Any] = json.loads(answer)
        return decoded

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@asynccontextmanager
async def open_inspector(path: Path) -> AsyncIterator[Inspector]:
    """Connect to a probe, as soon as it listens."""
    async with asyncio.timeout(CONNECT_S):
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_BYTES)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.sleep(0.05)
    inspector = Inspector(reader, writer)
    try:
        yield inspector
    finally:
        inspector.close()
