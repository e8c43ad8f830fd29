"""F9: how late the loop is, and members are answered, while 50 guilds speak."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.benchmarks._crowd import Recording, open_crowd
from tests.benchmarks._figures import Figure, Findings, Spread, spread
from tests.benchmarks._scene import JOINS_AT_ONCE, OURS, USUAL
from tests.benchmarks._window import Lag

CALLS = 50
PER_S = 50.0
SPEECH_S = 30.0
"""Longer than anybody measures."""

OVERHEARD = 3.0  # s; what was never answered counts as so late
COMMANDS = {OURS: "server show", USUAL: "show"}


@dataclass(frozen=True, slots=True)
class Service:
    """How a bot was while it spoke everywhere."""

    lag: Lag
    answer_ms: Spread
    cores: float


def run(seconds: float) -> Findings:
    """Speak in 50 guilds and answer 50 commands a second, both ways."""
    ours, usual = (asyncio.run(_serve(program, seconds)) for program in (OURS, USUAL))
    findings = Findings()
    for name, service in (("ours", ours), ("usual way", usual)):
        findings.notes.append(
            f"{name}: loop late by {service.lag}, first answers after {service.answer_ms} ms, "
            f"{service.cores:.2f} cores"
        )
    findings.figures += [
        Figure(
            id="F9",
            what=f"loop lag p99, {CALLS} guilds speak, {PER_S:.0f} commands a second",
            unit="ms",
            target=10,
            ours=ours.lag.p99,
            usual=usual.lag.p99,
        ),
        Figure(
            id="F9",
            what="first answer to a command meanwhile, p99",
            unit="ms",
            target=500,
            ours=ours.answer_ms.p99,
            usual=usual.answer_ms.p99,
        ),
    ]
    return findings


async def _serve(program: str, seconds: float) -> Service:
    async with open_crowd(program, CALLS, voice=Recording(SPEECH_S)) as crowd:
        await crowd.join_all(at_once=JOINS_AT_ONCE[program])
        await crowd.say_everywhere("Good evening.")
        before = crowd.window.usage()
        await crowd.window.lag()
        used = await crowd.use(COMMANDS[program], per_s=PER_S, seconds=seconds)
        lag, after = await crowd.window.lag(), crowd.window.usage()
        answer_ms = [each.acknowledged_after_ms or OVERHEARD * 1e3 for each in used]
        return Service(lag, spread(answer_ms), (after.cpu_s - before.cpu_s) / seconds)
