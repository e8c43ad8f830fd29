"""How soon the first packet of a clip that is there already leaves, ours and discord.py's player.

No network: both hand their packets to a sink that notes the time.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from types import SimpleNamespace
from typing import Any

import discord
from rich.console import Console
from rich.table import Table

from bot.audio.clip import Clip
from bot.audio.encode import SpeechEncoder
from bot.tts.recorder import Recorder
from bot.voice.pacer import Pacer
from bot.voice.session import VoiceSession
from tests.voice.fakes import FakeCall, FakeSynthesizer, utterance

ROUNDS = 50
FRAMES = 10


async def ours() -> tuple[list[float], list[float]]:
    """Return the ms to the first packet, and from the first to the second, of every round."""
    pacer, recorder, call = Pacer(), Recorder(FakeSynthesizer()), FakeCall()
    pacer.start()
    session = VoiceSession(call, recorder=recorder, pacer=pacer)
    first, second = [], []
    for _ in range(ROUNDS):
        already = len(call.times)
        began = time.monotonic()
        turn = session.enqueue(utterance("ready"), opening=_clip())
        await turn.wait_until_ended()
        first.append((call.times[already] - began) * 1e3)
        second.append((call.times[already + 1] - call.times[already]) * 1e3)
        await asyncio.sleep(0.15)  # five frames of silence: each round starts from rest
    await session.close(RuntimeError("over"))
    pacer.close()
    return first, second


async def naive() -> tuple[list[float], list[float]]:
    """Return the same for `discord.player.AudioPlayer`, which every discord.py bot uses."""
    first, second = [], []
    for _ in range(ROUNDS):
        times: list[float] = []
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        player = discord.player.AudioPlayer(
            _Packets(_clip().packets),
            _client(times, loop),
            after=lambda _, ended=ended, loop=loop: loop.call_soon_threadsafe(ended.set),
        )
        player.start()
        await ended.wait()
        first.append((times[0] - began) * 1e3)
        second.append((times[1] - times[0]) * 1e3)
    return first, second


class _Packets(discord.AudioSource):
    def __init__(self, packets: list[bytes]) -> None:
        self._packets = iter(packets)

    def read(self) -> bytes:
        return next(self._packets, b"")

    def is_opus(self) -> bool:
        return True


def _client(times: list[float], loop: asyncio.AbstractEventLoop) -> Any:
    async def speak(_state: object) -> None:
        return None

    return SimpleNamespace(
        client=SimpleNamespace(loop=loop),
        ws=SimpleNamespace(speak=speak),
        is_connected=lambda: True,
        _connection=SimpleNamespace(is_connected=lambda: True),
        send_audio_packet=lambda _packet, encode: times.append(time.monotonic()),
    )


def _clip() -> Clip:
    clip, encoder = Clip(), SpeechEncoder()
    for _ in range(FRAMES):
        clip.append(encoder.encode_frame(bytes(960)))
    clip.finish()
    return clip


def run(console: Console) -> None:
    """Measure both and print them side by side."""
    table = Table(
        "F2: ready clip, accepted to first packet", "p50", "p95", "to the second", box=None
    )
    for name, measured in (("ours", asyncio.run(ours())), ("discord.py", asyncio.run(naive()))):
        first, second = measured
        p95 = statistics.quantiles(first, n=20, method="inclusive")[-1]
        table.add_row(
            name,
            f"{statistics.median(first):.2f} ms",
            f"{p95:.2f} ms",
            f"{statistics.median(second):.1f} ms",
        )
    console.print(table)
    console.print(f"{ROUNDS} rounds each\n")
