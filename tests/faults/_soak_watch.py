"""What is sampled of one bot process every second, and what must be true of it in the end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.voice.ledger import KEPT_ENTRIES
from tests.faults.invariants import MAX_LAG_S, SPOKEN_SHARE
from tests.faults.lag import WORTH_TELLING_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults._soak_strikes import Town
    from tests.faults.inspection import Closed, Holdings, Inspection, Inspector

SAMPLE_S = 1.0
NEW_ENTRIES = 1_000
"""More than are closed within a second; older ones leave a full ledger."""

POOLED_THREADS = ("asyncio_", "ThreadPoolExecutor")


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of a process; `at` in monotonic seconds."""

    at: float
    threads: int
    fds: int
    tasks: int
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late, and how much of that was its own doing; monotonic seconds."""

    end: float
    length_s: float
    own_s: float


@dataclass
class Life:
    """One bot process from its readiness to its end."""

    pid: int
    inspector: Inspector
    born: float
    """When it was ready, in monotonic seconds."""
    samples: list[Sample] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)
    delays: list[Delay] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    """When the loop was blocked by its own doing for longer than it may be (I7)."""
    counts: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    """Of every guild: what was accepted, and how it ended."""
    seen: int = 0
    warm_since: float = 0.0
    warm: Holdings | None = None
    last: Holdings | None = None

    @property
    def accepted(self) -> int:
        return sum(of_guild.get("accepted", 0) for of_guild in self.counts.values())

    @property
    def endings(self) -> Counter[str]:
        """How often each reason ended an utterance."""
        total: Counter[str] = Counter()
        for of_guild in self.counts.values():
            total.update(of_guild)
        del total["accepted"]
        return total

    def unbalanced(self) -> list[int]:
        """Return the guilds where not every accepted utterance has one ending (I1)."""
        return [
            guild_id
            for guild_id, counts in self.counts.items()
            if 2 * counts.get("accepted", 0) != sum(counts.values())
        ]

    @property
    def warm_samples(self) -> list[Sample]:
        return [each for each in self.samples if self.warm_since and each.at >= self.warm_since]

    def rss_slope_mib_h(self, *, since: float = 0.0) -> float | None:
        """Return how fast memory grows after the warm-up, by the line closest to all samples.

        A share of the samples, from the first on, may be left out by `since`.
        """
        warm = self.warm_samples
        warm = warm[round(len(warm) * since) :]
        if len(warm) < 3:
            return None
        hours = [each.at / 3600 for each in warm]
        return float(np.polyfit(hours, [each.rss_mib for each in warm], 1)[0])

    def own_lags_s(self) -> list[float]:
        """Return how late the loop was by its own doing."""
        short = [lag for lag in self.lags_s if lag <= WORTH_TELLING_S]
        return [*short, *(delay.own_s for delay in self.delays)]

    def growth(self, ports: set[int]) -> list[str]:
        """Return what is held in the end that was not held after the warm-up (I4).

        At both moments nothing is said and the bot is in the same calls, so none is more. Pools
        keep what they have opened up to a maximum of their own: threads of executors, and HTTP and
        database connections (`ports`).
        """
        if self.warm is None or self.last is None:
            return ["it was never counted"]
        grown = {
            "tasks": Counter(self.last.tasks) - Counter(self.warm.tasks),
            "threads": _threads(self.last) - _threads(self.warm),
            "descriptors": _fds(self.last, ports) - _fds(self.warm, ports),
        }
        return [
            f"{count} more of {kind}: {name}"
            for kind, more in grown.items()
            for name, count in more.items()
        ]


def _threads(held: Holdings) -> Counter[str]:
    return Counter(
        name
        for name in held.threads
        if not name.startswith(POOLED_THREADS) and "_connection_worker_thread" not in name
    )


def _fds(held: Holdings, ports: set[int]) -> Counter[str]:
    pooled = {f"tcp {port}" for port in ports}
    return Counter(
        {
            kind: count
            for kind, count in held.fds.items()
            if kind not in pooled and ".db" not in kind
        }
    )


class Watch:
    """Samples a life and notes what may never be."""

    def __init__(self, town: Town, life: Life) -> None:
        self._town = town
        self.life = life
        self.is_settled = False
        """Whether the bot has returned to its calls: before, it may be in none."""
        self._is_counting = False
        self._zombies: set[int] = set()

    async def run(self) -> None:
        """Sample every second until cancelled."""
        due = time.monotonic()
        while True:
            due = max(due + SAMPLE_S, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            await self.sample()

    async def sample(self) -> Inspection:
        """Take one sample."""
        life = self.life
        vitals = await life.inspector.ask("vitals")
        if self.is_settled and not self._is_counting:
            life.lags_s += vitals["lengths_s"]
            self._note_delays([Delay(**each) for each in vitals["delays"]])
        entries_from = min(life.seen, KEPT_ENTRIES - NEW_ENTRIES)
        seen = await life.inspector.look(entries_from=entries_from)
        self._note_entries(seen)
        if self.is_settled:
            self._note_zombies(seen)
        threads, rss_mib = _status(life.pid)
        tasks = sum(vitals["tasks"].values())
        life.samples.append(Sample(seen.at, threads, _open_fds(life.pid), tasks, rss_mib))
        return seen

    def _note_delays(self, delays: list[Delay]) -> None:
        self.life.delays += delays
        under_way = [home.fault for home in self._town.homes if home.fault]
        self.life.blocks += [
            f"{each.own_s * 1000:.0f} of {each.length_s * 1000:.0f} ms at {each.end:.1f} s, during"
            f" {', '.join(under_way) or 'no fault'}"
            for each in delays
            if each.own_s > MAX_LAG_S
        ]

    def _note_entries(self, seen: Inspection) -> None:
        life = self.life
        life.counts = seen.counts
        closed = life.endings.total()
        news, life.seen = closed - life.seen, closed
        for entry in seen.entries[-news:] if news else ():
            if _is_short(entry):
                self._town.violations.append(
                    f"I1: spoken with {entry.frames_sent} of {entry.frames_due} frames"
                )

    def _note_zombies(self, seen: Inspection) -> None:
        for home in self._town.homes:
            session = seen.sessions.get(home.id)
            is_alive = session is not None and (session.is_live or session.is_retrying)
            if is_alive or home.is_out:
                self._zombies.discard(home.id)
            elif home.id not in self._zombies:
                self._zombies.add(home.id)
                self._town.violations.append(
                    f"I3: in {home.name} ({home.id}) the bot is wanted, neither live nor on its"
                    f" way; fault {home.fault or 'none'}, the last was {home.last_fault};"
                    f" {seen.at:.1f} s"
                )

    async def count(self) -> Holdings:
        """Count what is held, without the lag that the collection before it costs."""
        self._is_counting = True
        try:
            held = await self.life.inspector.count()
            await self.sample()
        finally:
            self._is_counting = False
        return held


def _is_short(entry: Closed) -> bool:
    return entry.reason == "spoken" and entry.frames_sent < SPOKEN_SHARE * entry.frames_due


def _status(pid: int) -> tuple[int, float]:
    """Return how many threads a process has, and its resident memory in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["Threads"]), int(fields["VmRSS"].split()[0]) / 1024


def _open_fds(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
