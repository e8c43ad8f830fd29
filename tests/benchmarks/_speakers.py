"""Many calls that speak at once, in a process of its own: ours, or through discord.py's player.

Run as a program it reads a `Job` from its standard input, says when all is prepared, begins at the
next line, says when all calls speak, and in the end what it took. The way of a packet is the real
one: end-to-end encryption in an active group, transport encryption, a UDP socket for each call.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass

from discord.player import AudioPlayer

from bot.audio.clip import Clip
from bot.audio.encode import Framer, SpeechEncoder
from bot.models import AudioFormat, SpeechRequest, Voice
from bot.sandbox import speech
from bot.tts.recorder import Recorder
from bot.tts.synthesizer import Synthesizer
from bot.voice.media import MediaSocket
from bot.voice.pacer import Pacer
from bot.voice.playback import Piece, Playback
from bot.voice.transport import AES256_GCM, KEY_BYTES, RtpPacketizer
from tests.benchmarks import _machine
from tests.benchmarks._group import GROUPS, group_for, session_for
from tests.benchmarks._sink import Reception, Sink
from tests.benchmarks._usual import PacketSource, PcmSource, UsualCall, as_discord_wants_it

TEXT = "Good evening everybody, the harbour is quiet tonight and the boats are all in."
VOICE = "Cherry"
REQUEST = SpeechRequest(TEXT, "qwen3-tts-flash", Voice(VOICE))

START_S = 1.0
"""Calls begin at random moments of this time, as they do in life."""

PIECE_S = 0.8
"""Audio the endpoint sends at once."""

PREFILL_FRAMES = 3
SWITCH_INTERVAL_S = 0.0005


@dataclass(frozen=True, slots=True)
class Job:
    """What to do."""

    way: str
    """`ours`, or `usual` for discord.py's."""
    source: str
    """`cached` for Opus packets that are there, `live` for PCM that arrives at its pace."""
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
    first_packet_ms: list[float]
    """From the wish to speak until a packet was sent, of every call."""

    @property
    def cores(self) -> float:
        return self.cpu_s / self.wall_s


def run_job(job: Job, sink: Sink) -> tuple[Effort, Reception]:
    """Let a process speak into the first ports of the sink."""
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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


class Line:
    """One call's way out, as a connection has it."""

    is_settled = True

    def __init__(self, port: int, number: int) -> None:
        self._group = group_for(number)
        self._packetizer = RtpPacketizer(port, AES256_GCM, secrets.token_bytes(KEY_BYTES))
        self._media = MediaSocket("127.0.0.1", port)
        self.first_sent_at = 0.0

    def send_opus(self, packet: bytes) -> bool:
        if not self.first_sent_at:
            self.first_sent_at = time.monotonic()
        payload = self._group.encrypt(packet)
        return payload is not None and self._media.send(self._packetizer.seal(payload))


class Nobody:
    """Does not care how it goes."""

    def on_piece_started(self, piece: Piece) -> None:
        pass

    def on_piece_finished(self, piece: Piece) -> None:
        pass

    def on_silent(self) -> None:
        pass


class LiveSynthesizer(Synthesizer):
    """Says the same for ever, as fast as it sounds, in the pieces of the endpoint."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        size = round(AudioFormat().bytes_per_second * PIECE_S) // 2 * 2
        loop = asyncio.get_running_loop()
        due = loop.time()
        for start in itertools.cycle(range(0, len(self._pcm), size)):
            piece = self._pcm[start : start + size]
            yield piece
            due += len(piece) / AudioFormat().bytes_per_second
            # One piece is always ahead: speech is made before it is said.
            await asyncio.sleep(due - PIECE_S / 2 - loop.time())


class OurCalls:
    """Everything the bot has for its calls."""

    def __init__(self, job: Job, ports: list[int], pcm: bytes) -> None:
        self._pacer = Pacer()
        self._pacer.start()
        self._recorder = Recorder(LiveSynthesizer(pcm))
        self._clip = _whole_clip(pcm, job.seconds + START_S) if job.source == "cached" else None
        self._lines = [Line(port, number) for number, port in enumerate(ports)]
        self._playbacks = [Playback(line, Nobody(), self._pacer) for line in self._lines]
        sys.setswitchinterval(SWITCH_INTERVAL_S)

    async def speak(self, number: int) -> None:
        clip = self._clip or self._recorder.record(REQUEST)
        await clip.wait_for_frames(PREFILL_FRAMES)
        self._playbacks[number].feed(Piece(clip))

    def first_sent_at(self, number: int) -> float:
        return self._lines[number].first_sent_at


class UsualCalls:
    """The same with discord.py's player: a thread for each call."""

    def __init__(self, job: Job, ports: list[int], pcm: bytes) -> None:
        self._packets = _whole_clip(pcm, job.seconds + START_S).packets
        self._pcm = as_discord_wants_it(pcm) if job.source == "live" else None
        self._calls = [UsualCall(port, session_for(at)) for at, port in enumerate(ports)]

    async def speak(self, number: int) -> None:
        source = PcmSource(self._pcm) if self._pcm else PacketSource(iter(self._packets))
        AudioPlayer(source, self._calls[number]).start()

    def first_sent_at(self, number: int) -> float:
        return self._calls[number].first_sent_at


def _whole_clip(pcm: bytes, seconds: float) -> Clip:
    clip, encoder, framer = Clip(), SpeechEncoder(), Framer()
    once = [encoder.encode_frame(frame) for frame in framer.push(pcm)]
    # A little more, so that nobody falls silent before the end.
    clip.packets = list(itertools.islice(itertools.cycle(once), round((seconds + 2) * 50)))
    clip.is_closed = True
    return clip


async def _work(job: Job, ports: list[int]) -> Effort:
    pcm = speech.speak(TEXT, VOICE)
    for number in range(min(job.calls, GROUPS)):
        group_for(number)
    idle = _machine.usage()
    calls = OurCalls(job, ports, pcm) if job.way == "ours" else UsualCalls(job, ports, pcm)
    gc.collect()
    gc.freeze()
    wished_at = await _begin_all(calls, job.calls)
    print("all speak", flush=True)  # noqa: T201 - the other side reads it
    if job.is_disturbed:
        threading.Thread(target=_disturb, daemon=True).start()
    began, cpu_before = time.monotonic(), _machine.cpu_s()
    await asyncio.sleep(job.seconds)
    cpu_s, wall_s = _machine.cpu_s() - cpu_before, time.monotonic() - began
    now = _machine.usage()
    first_packet_ms = [
        (calls.first_sent_at(number) - wish) * 1e3 for number, wish in enumerate(wished_at)
    ]
    return Effort(wall_s, cpu_s, now.threads, now.rss_mib, idle.rss_mib, first_packet_ms)


async def _begin_all(calls: OurCalls | UsualCalls, count: int) -> list[float]:
    chance = random.Random(1)
    began = time.monotonic()
    moments = sorted(chance.random() * START_S for _ in range(count))
    wished_at = []
    for number, moment in enumerate(moments):
        await asyncio.sleep(began + moment - time.monotonic())
        wished_at.append(time.monotonic())
        await calls.speak(number)
    await asyncio.sleep(began + START_S + 0.5 - time.monotonic())
    return wished_at


def _disturb() -> None:
    """Keep the interpreter busy with Python code that never waits."""
    collect_at = time.monotonic()
    while True:
        sum(number * number for number in range(10_000))
        if time.monotonic() >= collect_at:
            gc.collect()
            collect_at += 1.0


def main() -> None:
    """Do one job."""
    order = json.loads(sys.stdin.readline())
    ports = order.pop("ports")
    effort = asyncio.run(_work(Job(**order), ports))
    print(json.dumps(asdict(effort)), flush=True)  # noqa: T201
    # Hundreds of threads would say a long goodbye, and nobody waits for it.
    os._exit(0)


if __name__ == "__main__":
    main()
