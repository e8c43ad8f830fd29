"""What the benchmarks find out, and the table of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number beside its target; less is always better."""

    id: str
    what: str
    unit: str
    target: float
    ours: float
    usual: float | None = None
    """The same for the usual way, measured in the same run; None where it has no such thing."""
    least_ratio: float | None = None
    """How many times as much the usual way must need."""

    @property
    def ratio(self) -> float | None:
        """How many times as much the usual way needs."""
        return None if self.usual is None or not self.ours else self.usual / self.ours

    @property
    def is_met(self) -> bool:
        is_enough = self.least_ratio is None or (self.ratio or 0.0) >= self.least_ratio
        return self.ours <= self.target and is_enough

    @property
    def goal(self) -> str:
        """The target in words."""
        ratio = "" if self.least_ratio is None else f", {self.least_ratio:g} x less"
        return f"≤ {amount(self.target, self.unit)}{ratio}"


@dataclass(slots=True)
class Findings:
    """What one benchmark found: figures, and lines that say more."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spread:
    """How measured values lie."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    def __str__(self) -> str:
        values = " / ".join(f"{value:.2f}" for value in (self.p50, self.p95, self.p99, self.worst))
        return f"{values} (p50 / p95 / p99 / worst of {self.count})"


def spread(values: Sequence[float]) -> Spread:
    """Return the quantiles of some values, at least one."""
    if len(values) == 1:
        return Spread(1, *(list(values) * 4))
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return Spread(len(values), cuts[49], cuts[94], cuts[98], max(values))


def amount(value: float, unit: str) -> str:
    """Write a number with three digits that matter, and its unit."""
    if unit == "%":
        return f"{value:.3g} %"
    digits = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}".strip()


def table(figures: Iterable[Figure]) -> Table:
    """Return the figures side by side."""
    shown = Table("id", "what", "target", "ours", "usual way", "ratio", "met", box=None)
    for figure in figures:
        usual = "" if figure.usual is None else amount(figure.usual, figure.unit)
        shown.add_row(
            figure.id,
            figure.what,
            figure.goal,
            amount(figure.ours, figure.unit),
            usual,
            "" if figure.ratio is None else amount(figure.ratio, "x"),
            "[green]yes[/]" if figure.is_met else "[red]NO[/]",
        )
    return shown


def show(console: Console, findings: Findings) -> None:
    """Print what one benchmark found."""
    for note in findings.notes:
        console.print(f"  [dim]{note}[/]", soft_wrap=True)
    console.print(table(findings.figures))
    console.print()
