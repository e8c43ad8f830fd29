"""The verdict of the soak, and the tables of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from bot.errors import ProviderFault
from bot.voice.ledger import DropReason, Ending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tests.faults._soak_watch import Life

MAX_SLOPE_MIB_H = 1.0
SLOPE_NEEDS_S = 3600.0
"""In less time the line says nothing: a single megabyte more would be a slope of several."""

FAILURES = (DropReason.FAILED, *ProviderFault)
NAMES = ("accepted", *Ending, *DropReason, *ProviderFault)

# The library reports every lost gateway connection as an error, with its traceback.
LIBRARY_RECONNECTS = ("discord.client: Attempting a reconnect", "discord.shard: Attempting a")


@dataclass
class Findings:
    """Everything a soak found out."""

    lives: list[Life] = field(default_factory=list)
    recoveries: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    unspeakable: int = 0
    """Requests the speech service was made to fail at."""
    log: list[str] = field(default_factory=list)
    """What both processes have logged."""

    def judge(self, *, ports: set[int]) -> None:
        """Add what the lives break."""
        for number, life in enumerate(self.lives, 1):
            self.violations += [f"process {number}: {each}" for each in _breaches(life, ports)]
        failed = sum(life.endings[each] for life in self.lives for each in FAILURES)
        if failed > self.unspeakable:
            self.violations.append(f"{failed} utterances failed, {self.unspeakable} were made to")


def _breaches(life: Life, ports: set[int]) -> list[str]:
    slope = life.rss_slope_mib_h()
    measured = life.warm_samples
    is_long = bool(measured) and measured[-1].at - measured[0].at >= SLOPE_NEEDS_S
    breaches = [f"I1: open utterances in guild {guild_id}" for guild_id in life.unbalanced()]
    breaches += [f"I4: {grown}" for grown in life.growth(ports)]
    breaches += [f"no reason: {each}" for each in life.endings if each not in NAMES]
    if life.last is not None:
        breaches += [f"I3: a zombie in guild {guild_id}" for guild_id in life.last.zombies]
        breaches += [
            f"I9: {line}" for line in life.last.unhandled if not line.startswith(LIBRARY_RECONNECTS)
        ]
    if is_long and slope is not None and slope > MAX_SLOPE_MIB_H:
        breaches.append(f"E10: memory grows by {slope:.1f} MiB/h")
    return breaches


def show(out: Console, findings: Findings) -> None:
    """Print it all."""
    out.print(_recovery_table(findings.recoveries))
    out.print(_life_table(findings.lives))
    for number, life in enumerate(findings.lives, 1):
        for block in life.blocks:
            out.print(f"process {number}: the loop was late by {block}", style="yellow")
    for name, value in findings.figures.items():
        out.print(f"{name}: {value}")
    for violation in findings.violations:
        out.print(violation, style="red", markup=False, soft_wrap=True)


def _recovery_table(recoveries: Mapping[str, Sequence[tuple[float, float]]]) -> Table:
    table = Table(
        "fault", "runs", "well after p50", "p95", "max", "after its end p95", "max", box=None
    )
    rows = dict(sorted(recoveries.items()))
    rows["all"] = [each for times in rows.values() for each in times]
    for name, times in rows.items():
        if times:
            well, ended = zip(*times, strict=True)
            table.add_row(name, str(len(times)), *_seconds(well), *_seconds(ended)[1:])
    return table


def _seconds(values: Sequence[float]) -> list[str]:
    p50, p95 = np.percentile(values, [50, 95])
    return [f"{value:.2f} s" for value in (p50, p95, max(values))]


def _life_table(lives: Sequence[Life]) -> Table:
    table = Table("process", *(str(number) for number, _ in enumerate(lives, 1)), box=None)
    reasons = sorted({reason for life in lives for reason in life.endings})
    columns = [_rows(life, reasons) for life in lives]
    for name in columns[0] if columns else ():
        table.add_row(name, *(column[name] for column in columns))
    return table


def _rows(life: Life, reasons: Sequence[str]) -> dict[str, str]:
    warm = life.warm_samples or life.samples
    lags_ms = np.array(life.own_lags_s() or [0.0]) * 1000
    longest_s = max((each.length_s for each in life.delays), default=0.0)
    return {
        "utterances accepted": str(life.accepted),
        **{f"… {reason}": str(life.endings[reason]) for reason in reasons},
        "threads, first to last, most": _range([each.threads for each in warm]),
        "descriptors": _range([each.fds for each in warm]),
        "tasks": _range([each.tasks for each in warm]),
        "memory, MiB": _range([each.rss_mib for each in warm]),
        "memory slope, MiB/h": _per_hour(life.rss_slope_mib_h()),
        "memory slope in the second half, MiB/h": _per_hour(life.rss_slope_mib_h(since=0.5)),
        "loop lag p50 / p99 / max, ms": " / ".join(
            f"{value:.1f}" for value in (*np.percentile(lags_ms, [50, 99]), lags_ms.max())
        ),
        "loop lag max with what the machine added, ms": f"{longest_s * 1000:.1f}",
    }


def _per_hour(slope: float | None) -> str:
    return "" if slope is None else f"{slope:.1f}"


def _range(values: Sequence[float]) -> str:
    return f"{values[0]:.0f} to {values[-1]:.0f}, {max(values):.0f}" if values else ""
