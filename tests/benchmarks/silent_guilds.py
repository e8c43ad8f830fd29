"""F8: what a bot needs that is in 400 calls and says nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.benchmarks._crowd import open_crowd
from tests.benchmarks._figures import Figure, Findings
from tests.benchmarks._machine import Usage
from tests.benchmarks._scene import JOINS_AT_ONCE, OURS, USUAL

CALLS = 400
SETTLE_S = 1.0
MOST_S = 6.0
"""At least one heartbeat of every call, which discord.py and the bot send every 5 s."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A bot before its calls and in them."""

    calls: int
    before: Usage
    joined: Usage
    after: Usage
    seconds: float

    @property
    def cores(self) -> float:
        return (self.after.cpu_s - self.joined.cpu_s) / self.seconds

    @property
    def mib_a_call(self) -> float:
        return (self.after.rss_mib - self.before.rss_mib) / self.calls

    @property
    def threads_a_call(self) -> float:
        return (self.after.threads - self.before.threads) / self.calls


def run(seconds: float) -> Findings:
    """Be in 400 calls both ways."""
    ours, usual = (asyncio.run(_stay(program)) for program in (OURS, USUAL))
    findings = Findings()
    findings.notes += [_line("ours", ours), _line("usual way", usual)]
    findings.figures += [
        Figure(
            id="F8",
            what=f"{CALLS} silent calls: CPU",
            unit="cores",
            target=0.1,
            ours=ours.cores,
            usual=usual.cores,
        ),
        Figure(
            id="F8",
            what="memory of a silent call",
            unit="MiB",
            target=0.3,
            ours=ours.mib_a_call,
            usual=usual.mib_a_call,
        ),
        Figure(
            id="F8",
            what="threads of a silent call",
            unit="threads",
            target=0.05,
            ours=max(ours.threads_a_call, 0.0),
            usual=usual.threads_a_call,
        ),
    ]
    return findings


async def _stay(program: str) -> Stay:
    async with open_crowd(program, CALLS) as crowd:
        before = crowd.window.usage()
        calls = await crowd.join_all(at_once=JOINS_AT_ONCE[program])
        await asyncio.sleep(SETTLE_S)
        joined = crowd.window.usage()
        await asyncio.sleep(MOST_S)
        return Stay(calls, before, joined, crowd.window.usage(), MOST_S)


def _line(name: str, stay: Stay) -> str:
    cpu_s = stay.joined.cpu_s - stay.before.cpu_s
    return (
        f"{name}, {stay.calls} calls: "
        f"{stay.before.rss_mib:.0f} MiB and {stay.before.threads} threads before, "
        f"{stay.after.rss_mib:.0f} MiB and {stay.after.threads} threads in the calls; "
        f"joining took {cpu_s / stay.calls * 1e3:.1f} ms of CPU a call"
    )
