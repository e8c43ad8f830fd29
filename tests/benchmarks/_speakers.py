"""Many calls that speak at once, in a process of its own: ours, or through discord.py's player.

Run as a program it reads a `Job` from its standard input, says when all calls speak, and in the end
what it took. The way of a packet is the real one: end-to-end encryption in an active group,
transport encryption, a UDP socket for each call.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.audio.encode import Framer, SpeechEncoder, load_opus
from bot.sandbox import speech
from tests.benchmarks import _machine
from tests.benchmarks._group import GROUPS, group_for
from tests.benchmarks._our_calls import TEXT, VOICE, LiveSynthesizer, OurCalls, qwen_synthesizer
from tests.benchmarks._sink import Reception, Sink
from tests.benchmarks._usual import UsualCalls

SETTLE_S = 0.5


class Source(StrEnum):
    """Where speech comes from."""

    CACHED = "cached"
    """Opus packets that are there."""
    LIVE = "live"
    """PCM that arrives twice as fast as it sounds; the usual way has all of it at once."""
    FETCHED = "fetched"
    """The endpoint that the environment names."""

    @property
    def start_s(self) -> float:
        """Within which time calls begin at random moments, as they do in life.

        What is made while it is spoken is made ahead at first; calls are past that afterwards.
        """
        return 1.0 if self is Source.CACHED else 6.0


@dataclass(frozen=True, slots=True)
class Job:
    """What to do."""

    is_ours: bool
    source: Source
    calls: int
    seconds: float
    is_disturbed: bool = False
    """Whether a thread beside it never rests, and all garbage is looked for once a second."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What it took from when all calls spoke until the end, and before."""

    wall_s: float
    cpu_s: float
    threads: int
    rss_mib: float
    idle_rss_mib: float
    """Before there was any call."""
    is_real_time: bool
    """Whether the system lets the pacer run before others."""
    first_packet_ms: list[float]
    """From the wish to speak until a packet was sent, of every call."""

    @property
    def cores(self) -> float:
        return self.cpu_s / self.wall_s

    def __str__(self) -> str:
        privilege = ", in real time" if self.is_real_time else ""
        return f"{self.cores:.3f} cores, {self.threads} threads{privilege}"


def run_job(
    job: Job, sink: Sink, environment: Mapping[str, str] | None = None
) -> tuple[Effort, Reception]:
    """Let a process speak into the first ports of the sink."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", __spec__.name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            order = asdict(job) | {"ports": sink.ports[: job.calls]}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            process.stdout.readline()
            sink.begin()
            effort = Effort(**json.loads(process.stdout.readline()))
            return effort, sink.end()
        finally:
            process.kill()


async def _work(job: Job, ports: list[int]) -> Effort:
    load_opus()
    pcm = speech.speak(TEXT, VOICE)
    packets = _packets(pcm, job.seconds) if job.source is Source.CACHED else None
    for number in range(min(job.calls, GROUPS)):
        group_for(number)
    idle = _machine.usage()
    calls: OurCalls | UsualCalls
    if job.is_ours:
        live = LiveSynthesizer(pcm)
        synthesizer = qwen_synthesizer()[1] if job.source is Source.FETCHED else live
        calls = OurCalls(ports, synthesizer, packets)
    else:
        calls = UsualCalls(ports, packets, pcm if job.source is Source.LIVE else None)
    gc.collect()
    gc.freeze()
    wished_at = await _begin_all(calls, job)
    _say("all speak")
    if job.is_disturbed:
        threading.Thread(target=_disturb, daemon=True).start()
    began, cpu_before = time.monotonic(), _machine.cpu_s()
    await asyncio.sleep(job.seconds)
    cpu_s, wall_s = _machine.cpu_s() - cpu_before, time.monotonic() - began
    now = _machine.usage()
    first_packet_ms = [
        (calls.first_sent_at(number) - wish) * 1e3 for number, wish in enumerate(wished_at)
    ]
    return Effort(
        wall_s=wall_s,
        cpu_s=cpu_s,
        threads=now.threads,
        rss_mib=now.rss_mib,
        idle_rss_mib=idle.rss_mib,
        is_real_time=calls.is_real_time,
        first_packet_ms=first_packet_ms,
    )


def _packets(pcm: bytes, seconds: float) -> list[bytes]:
    """Return speech for longer than is measured, so that nobody falls silent before the end."""
    encoder, framer = SpeechEncoder(), Framer()
    once = [encoder.encode_frame(frame) for frame in framer.push(pcm)]
    wanted = round((seconds + Source.CACHED.start_s + SETTLE_S + 1) * 50)
    return list(itertools.islice(itertools.cycle(once), wanted))


async def _begin_all(calls: OurCalls | UsualCalls, job: Job) -> list[float]:
    chance, start_s = random.Random(1), job.source.start_s
    began = time.monotonic()
    wished_at = []
    for number, moment in enumerate(sorted(chance.random() * start_s for _ in range(job.calls))):
        await asyncio.sleep(began + moment - time.monotonic())
        wished_at.append(time.monotonic())
        calls.speak(number)
    await asyncio.sleep(began + start_s + SETTLE_S - time.monotonic())
    return wished_at


def _disturb() -> None:
    """Keep the interpreter busy with Python code that never waits."""
    collect_at = time.monotonic()
    while True:
        sum(number * number for number in range(10_000))
        if time.monotonic() >= collect_at:
            gc.collect()
            collect_at += 1.0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the other side reads it


async def _tell_of(job: Job, ports: list[int]) -> None:
    _say(json.dumps(asdict(await _work(job, ports))))
    # In mid-speech: hundreds of threads would say a long goodbye, and nobody waits for it.
    os._exit(0)


def main() -> None:
    """Do one job."""
    order = json.loads(sys.stdin.readline())
    ports = order.pop("ports")
    job = Job(**{**order, "source": Source(order["source"])})
    asyncio.run(_tell_of(job, ports))


if __name__ == "__main__":
    main()
