"""What the machine gave and what a program took."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STEAL = 8  # fields of the first line of /proc/stat, proc(5)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one program has used so far."""

    cpu_s: float
    rss_mib: float
    threads: int


def usage(pid: int | None = None) -> Usage:
    """Return what a running program has used, its ended children's CPU included."""
    folder = Path("/proc", str(pid or os.getpid()))
    # The name of the program, in brackets, may hold spaces; what follows has fixed places.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    cpu_s = sum(int(ticks) for ticks in fields[11:15]) / _TICKS_PER_S
    resident = int((folder / "statm").read_text().split()[1])
    return Usage(cpu_s, resident * _PAGE_BYTES / (1 << 20), int(fields[17]))


def cpu_s() -> float:
    """Return the CPU this process and its ended children have used, to the microsecond."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@dataclass(slots=True)
class Weather:
    """What else happened on the machine meanwhile."""

    seconds: float = 0.0
    busy_share: float = 0.0
    steal_share: float = 0.0
    """CPU time that was wanted here and given to other machines."""

    def __str__(self) -> str:
        return f"machine: {self.busy_share:.0%} busy, {self.steal_share:.1%} stolen"


@contextlib.contextmanager
def weather() -> Iterator[Weather]:
    """Watch the machine; what is yielded is filled in at the end."""
    observed = Weather()
    began, before = time.monotonic(), _all_cpus()
    yield observed
    spent = [after - earlier for after, earlier in zip(_all_cpus(), before, strict=True)]
    total = sum(spent) or 1
    observed.seconds = time.monotonic() - began
    observed.steal_share = spent[_STEAL - 1] / total
    observed.busy_share = 1 - (spent[3] + spent[4]) / total


def _all_cpus() -> list[int]:
    first, *_ = Path("/proc/stat").read_text().splitlines()
    # User, nice, system, idle, iowait, irq, softirq, steal.
    return [int(ticks) for ticks in first.split()[1 : _STEAL + 1]]
