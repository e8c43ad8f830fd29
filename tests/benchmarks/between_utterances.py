"""F4: the silence between two utterances, beyond the pause that is wanted there."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._scene import OURS, USUAL, Scene, open_scene

TEXTS = [f"This is number {number}." for number in range(12)]
PAUSE_MS = 200
FRAME_MS = 20
LOOK_S = 0.01


def run(seconds: float) -> Findings:
    """Queue twelve short utterances each way; the usual way wants no pause."""
    ours = asyncio.run(_measure(OURS, PAUSE_MS))
    usual = asyncio.run(_measure(USUAL, 0))
    findings = Findings()
    findings.notes += [
        f"ours: {spread(ours)} ms beyond the pause of {PAUSE_MS} ms",
        f"usual way: {spread(usual)} ms",
    ]
    findings.figures.append(
        Figure(
            id="F4",
            what="silence between utterances beyond the wanted pause, p95",
            unit="ms",
            target=60,
            ours=max(spread(ours).p95, 0.0),
            usual=spread(usual).p95,
        )
    )
    return findings


async def _measure(program: str, pause_ms: int) -> list[float]:
    """Return, for each seam, the ms nothing sounds there beyond the pause."""
    async with open_scene(program, PAUSE_BETWEEN_MS=str(pause_ms)) as scene:
        await scene.say("Hello.")  # joins the call
        await scene.first_packet_after(0)
        await scene.fall_silent()
        already = len(scene.packets)
        asked_before = len(scene.loopback.qwen.requests)
        for number, text in enumerate(TEXTS):
            await scene.say(text)
            # A member may have a few waiting, and one that waits is enough for what is measured.
            while len(scene.loopback.qwen.requests) - asked_before < number:
                await asyncio.sleep(LOOK_S)
        await scene.first_packet_after(already)
        await scene.fall_silent()
        return [silence - pause_ms for silence in _silences_ms(scene, already)]


def _silences_ms(scene: Scene, already: int) -> list[float]:
    """Return how long each pause with silence frames in it was."""
    packets = scene.packets[already:]
    spoken = [number for number, packet in enumerate(packets) if not packet.is_silence]
    seams = [(before, after) for before, after in pairwise(spoken) if after - before > 1]
    assert len(seams) == len(TEXTS) - 1, "an utterance had a hole, or was not spoken"
    return [
        (packets[after].arrived_ns - packets[before].arrived_ns) / 1e6 - FRAME_MS
        for before, after in seams
    ]
