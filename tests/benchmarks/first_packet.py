"""F1: how soon the first packet follows the endpoint's first sound.

Both bots are real programs in a process of their own, already in the call, with an endpoint that
is twice as fast as speech; times are those of the loopback services, on one clock.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._scene import OURS, USUAL, Scene, open_scene

SENTENCE = (
    "This sentence takes about five seconds to say, which is long enough to hear a difference."
)
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after something of the endpoint's the first packet arrived, in ms."""

    after_first_sound: float
    after_last_sound: float


def run(seconds: float) -> Findings:
    """Say eight sentences of five seconds each way."""
    ours, usual = (asyncio.run(_measure(program)) for program in (OURS, USUAL))
    first = [delay.after_first_sound for delay in ours]
    usual_first = [delay.after_first_sound for delay in usual]
    pipeline = spread([delay.after_last_sound for delay in usual])
    findings = Findings()
    findings.notes += [
        f"ours: {spread(first)} ms after the first sound",
        f"usual way: {spread(usual_first)} ms after the first sound",
        f"usual way: {pipeline} ms after the last sound",
    ]
    findings.figures += [
        Figure(
            id="F1",
            what="first sound of the endpoint to first packet, p50",
            unit="ms",
            target=10,
            ours=spread(first).p50,
            usual=spread(usual_first).p50,
            least_ratio=100,
        ),
        Figure(
            id="F1",
            what="first sound of the endpoint to first packet, p95",
            unit="ms",
            target=25,
            ours=spread(first).p95,
            usual=spread(usual_first).p95,
        ),
        Figure(
            id="F1",
            what="the same, beside the usual way after the last sound, p50",
            unit="ms",
            target=10,
            ours=spread(first).p50,
            usual=pipeline.p50,
            least_ratio=20,
        ),
    ]
    return findings


async def _measure(program: str) -> list[Delay]:
    async with open_scene(program) as scene:
        await _speak(scene)  # joins the call
        return [await _speak(scene) for _ in range(ROUNDS)]


async def _speak(scene: Scene) -> Delay:
    already = len(scene.packets)
    await scene.say(SENTENCE)
    packet = await scene.first_packet_after(already)
    request = scene.loopback.qwen.requests[-1]
    assert request.first_audio_at is not None
    arrived_at = packet.arrived_ns / 1e9
    ended_at = request.finished_at or arrived_at
    await scene.hush()
    return Delay((arrived_at - request.first_audio_at) * 1e3, (arrived_at - ended_at) * 1e3)
