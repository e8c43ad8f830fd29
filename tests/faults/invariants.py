"""What must be true after every fault (I1 to I9), and how close it was."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.faults.canaries import leaks
from tests.faults.hearing import windows_p99_ms
from tests.faults.lag import WORTH_TELLING_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.faults.inspection import Holdings, Inspection, Lags
    from tests.faults.lag import Delay
    from tests.faults.metronome import Metronome
    from tests.faults.scene import Scene

SETTLE_S = 2.0
"""After the last session's end, everything it held is given back."""

SPOKEN_SHARE = 0.99
MAX_GAP_P99_MS = 25.0
WINDOW_S = 1.0
MAX_LAG_P99_S = 0.010
MAX_LAG_S = 0.050
FEW_TURNS = 400
"""Of the loop, two seconds: of fewer, no percentile is told."""

MACHINE_SHARE = 0.6
"""A delay is laid to the machine if the metronome, too, missed so much of it."""

STALL_S = 0.01
"""A window of time in which the machine kept somebody waiting so long says nothing of the bot."""

MAX_POOLED = 8
"""HTTP connections to the endpoint; those to Discord are the library's."""

_POOLED_THREADS = re.compile(r"^asyncio_|^ThreadPoolExecutor|_connection_worker_thread")
_DATABASE = re.compile(r"\.db(-wal|-shm)?$")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a row breaks on purpose."""

    reports: int = 1
    """Messages about the fault in guild A."""
    unhandled: tuple[str, ...] = ()
    """Beginnings of log lines that belong to the fault."""
    blocks_loop: bool = False
    stops_control: bool = False
    """Whether the fault strikes the whole bot, guild B included."""


async def check(scene: Scene, allowed: Allowed) -> list[str]:
    """Return every invariant the bot broke since the scene began; leaves all calls."""
    lags = await scene.inspector.lags()
    secrets = _secrets(scene)  # of the calls that are still going on, too
    scene.heal()
    await scene.chatter.stop()
    violations = [*_loop_health(scene, lags, allowed), *_isolation(scene, lags, allowed)]
    for place in scene.places:
        await place.leave()
    held = await _settled(scene, time.monotonic() + SETTLE_S)
    violations += _conservation(scene, await scene.look())
    violations += [f"I3: a zombie in guild {guild_id}" for guild_id in held.zombies]
    violations += list(_leaks(scene, held))
    violations += _ghosts(scene)
    violations += _told_once(scene, allowed)
    violations += sorted({*secrets, *_secrets(scene)})
    violations += [
        f"I9: {line}"
        for line in held.unhandled
        if not line.startswith(allowed.unhandled or ("\0",))
    ]
    return violations


async def _settled(scene: Scene, deadline: float) -> Holdings:
    while True:
        held = await scene.inspector.count()
        if time.monotonic() > deadline or not list(_leaks(scene, held)):
            return held
        await asyncio.sleep(0.2)


def _secrets(scene: Scene) -> list[str]:
    logged = "\n".join(scene.bot.log)
    bots = [place.bot for place in scene.places]
    return [f"I6: the log has a secret: {name}" for name in leaks(logged, scene.loopback, bots)]


def _conservation(scene: Scene, seen: Inspection) -> list[str]:
    waiting = {place.guild.name: seen.open_utterances(place.id) for place in scene.places}
    short = [
        entry
        for entry in seen.entries
        if entry.reason == "spoken" and entry.frames_sent < SPOKEN_SHARE * entry.frames_due
    ]
    return [
        *(f"I1: {name}: {count} utterances are open" for name, count in waiting.items() if count),
        *(f"I1: spoken with {each.frames_sent} of {each.frames_due} frames" for each in short),
    ]


def _ghosts(scene: Scene) -> list[str]:
    return [
        f"I2: joined {place.guild.name} {time.monotonic() - at:.1f} s ago, unwanted"
        for place in scene.places
        for at in place.ghost_joins()
    ]


def _leaks(scene: Scene, held: Holdings) -> Iterator[str]:
    before = scene.baseline
    yield from _more("tasks", Counter(before.tasks), Counter(held.tasks))
    yield from _more("threads", _own_threads(before), _own_threads(held))
    yield from _more("descriptors", _own_fds(scene, before), _own_fds(scene, held))
    to_endpoint = held.fds.get(f"tcp {_port_of_endpoint(scene)}", 0)
    if to_endpoint > MAX_POOLED:
        yield f"I4: {to_endpoint} connections to the endpoint are kept"


def _more(kind: str, before: Counter[str], after: Counter[str]) -> Iterator[str]:
    for name, count in (after - before).items():
        yield f"I4: {count} more of {kind}: {name}"


def _own_threads(held: Holdings) -> Counter[str]:
    """Count threads, but not those of pools, which keep up to their maximum."""
    return Counter(name for name in held.threads if not _POOLED_THREADS.search(name))


def _own_fds(scene: Scene, held: Holdings) -> Counter[str]:
    """Count descriptors, but not HTTP and database connections, which are kept for reuse."""
    pools = {f"tcp {port}" for port in (scene.discord.port, _port_of_endpoint(scene))}
    return Counter(
        {
            kind: count
            for kind, count in held.fds.items()
            if kind not in pools and not _DATABASE.search(kind)
        }
    )


def _port_of_endpoint(scene: Scene) -> int:
    return int(scene.loopback.qwen.origin.rpartition(":")[2])


def _isolation(scene: Scene, lags: Lags, allowed: Allowed) -> list[str]:
    if allowed.stops_control:
        return []
    chatter, heard = scene.chatter, scene.b.heard
    packets = [p for p in heard.packets if chatter.began <= p.arrived_ns / 1e9 <= chatter.ended]
    windows = windows_p99_ms(packets, window_s=WINDOW_S)
    healthy = [p99 for at, p99 in windows if not _was_held_up(scene, lags, at)]
    scene.figures["B: windows in which the machine stalled"] = len(windows) - len(healthy)
    violations = []
    if healthy:
        median_ms = statistics.median(healthy)
        scene.figures["B: gap p99, median of windows, ms"] = median_ms
        scene.figures["B: gap p99, worst window, ms"] = max(p99 for _, p99 in windows)
        if median_ms > MAX_GAP_P99_MS:
            violations.append(f"I5: gaps in guild B, p99 {median_ms:.1f} ms")
    problems = Counter(str(packet.problem) for packet in packets if packet.problem is not None)
    if problems:
        violations.append(f"I5: guild B heard {dict(problems)}")
    return violations


def _was_held_up(scene: Scene, lags: Lags, since: float) -> bool:
    """Whether the machine kept the bot, or anybody, waiting in a window."""
    held_up_s = max((d.length_s - d.own_s for d in lags.delays if _overlaps(d, since)), default=0.0)
    return held_up_s >= STALL_S or (
        scene.metronome.longest_stall_s(since, since + WINDOW_S) >= STALL_S
    )


def _overlaps(delay: Delay, since: float) -> bool:
    return since <= delay.end and delay.end - delay.length_s <= since + WINDOW_S


def _loop_health(scene: Scene, lags: Lags, allowed: Allowed) -> list[str]:
    in_time = [length_s for length_s in lags.lengths_s if length_s <= WORTH_TELLING_S]
    late = [_own_s(delay, scene.metronome) for delay in lags.delays]
    own = np.array([*in_time, *late] or [0.0])
    longest_s = float(own.max())
    p99_s = float(np.percentile(own, 99)) if len(own) >= FEW_TURNS else 0.0
    worst_s = max((delay.length_s for delay in lags.delays), default=longest_s)
    scene.figures["loop lag p99, ms"] = p99_s * 1000
    scene.figures["loop lag max, ms"] = longest_s * 1000
    scene.figures["loop lag max, with what the machine added, ms"] = worst_s * 1000
    if allowed.blocks_loop or (p99_s <= MAX_LAG_P99_S and longest_s <= MAX_LAG_S):
        return []
    worst = max(lags.delays, key=lambda delay: delay.own_s)
    return [f"I7: loop lag p99 {p99_s * 1000:.1f} ms, max {longest_s * 1000:.1f} ms: {worst}"]


def _own_s(delay: Delay, metronome: Metronome) -> float:
    """Return how much of a delay was the bot's own doing."""
    stall_s = metronome.longest_stall_s(delay.end - delay.length_s, delay.end)
    return 0.0 if stall_s >= MACHINE_SHARE * delay.length_s else delay.own_s


def _told_once(scene: Scene, allowed: Allowed) -> Iterable[str]:
    reports = scene.a.reports()
    if len(reports) > allowed.reports:
        return [f"I8: {len(reports)} messages in guild A: {reports}"]
    return [f"I8: guild B was told {report!r}" for report in _control_reports(scene, allowed)]


def _control_reports(scene: Scene, allowed: Allowed) -> list[str]:
    return [] if allowed.stops_control else scene.b.reports()
