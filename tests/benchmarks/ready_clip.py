"""F2: how soon the first packet of a clip that is there already leaves.

No network: both ways hand their packets to a sink that notes the time.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from discord.player import AudioPlayer

from bot.audio.clip import Clip
from bot.audio.encode import SpeechEncoder
from bot.models import Utterance
from bot.voice.ledger import DropReason, Ledger
from bot.voice.narrator import Narrator
from bot.voice.pacer import Pacer
from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._our_calls import REQUEST, ReadyRecorder
from tests.benchmarks._usual import PacketSource
from tests.voice.fakes import FakeCall, FakeSynthesizer

ROUNDS = 40
FRAMES = 10
REST_S = 0.15
"""Five frames of silence and a little: each round starts from rest."""


def run(seconds: float) -> Findings:
    """Begin to speak 40 times both ways."""
    ours, ours_second = asyncio.run(_ours())
    usual, usual_second = asyncio.run(_usual())
    findings = Findings()
    findings.notes += [
        f"ours: {spread(ours)} ms; the second packet follows {spread(ours_second)} ms later",
        f"usual way: {spread(usual)} ms; the second follows {spread(usual_second)} ms later",
    ]
    findings.figures += [
        Figure(
            id="F2",
            what="ready clip to first packet, p95",
            unit="ms",
            target=10,
            ours=spread(ours).p95,
            usual=spread(usual).p95,
        ),
        Figure(
            id="F2",
            what="first packet to second, p50",
            unit="ms",
            target=21,
            ours=spread(ours_second).p50,
            usual=spread(usual_second).p50,
        ),
    ]
    return findings


async def _ours() -> tuple[list[float], list[float]]:
    """Return the ms to the first packet, and from the first to the second, of every round."""
    clips: list[Clip] = []
    recorder = ReadyRecorder(FakeSynthesizer(), clips.pop)
    pacer, call = Pacer(), FakeCall()
    pacer.start()
    narrator = Narrator(call, guild_id=1, recorder=recorder, pacer=pacer, ledger=Ledger())
    loop, first, second = asyncio.get_running_loop(), [], []
    for _ in range(ROUNDS):
        already = len(call.times)
        clips.append(_clip())
        began = loop.time()
        turn = narrator.enqueue(Utterance(1, (REQUEST,)))
        await turn.wait_until_ended()
        first.append((call.times[already] - began) * 1e3)
        second.append((call.times[already + 1] - call.times[already]) * 1e3)
        await asyncio.sleep(REST_S)
    await narrator.close(DropReason.SHUTDOWN)
    pacer.close()
    return first, second


async def _usual() -> tuple[list[float], list[float]]:
    """Return the same for the player every discord.py bot uses."""
    loop = asyncio.get_running_loop()
    first, second = [], []
    for _ in range(ROUNDS):
        times: list[float] = []
        ended, clip = asyncio.Event(), _clip()
        began = loop.time()
        AudioPlayer(
            PacketSource(iter(clip.packets)),
            _client(times, loop),
            after=lambda _, ended=ended: loop.call_soon_threadsafe(ended.set),  # type: ignore[misc]
        ).start()
        await ended.wait()
        first.append((times[0] - began) * 1e3)
        second.append((times[1] - times[0]) * 1e3)
    return first, second


def _client(times: list[float], loop: asyncio.AbstractEventLoop) -> Any:
    async def speak(_state: object) -> None:
        return None

    return SimpleNamespace(
        client=SimpleNamespace(loop=loop),
        ws=SimpleNamespace(speak=speak),
        is_connected=lambda: True,
        send_audio_packet=lambda _packet, encode: times.append(loop.time()),
    )


def _clip() -> Clip:
    clip, encoder = Clip(), SpeechEncoder()
    for _ in range(FRAMES):
        clip.append(encoder.encode_frame(bytes(960)))
    clip.finish()
    return clip
