"""F3: how soon a bot that is not yet in the call speaks there, the voice server 30 ms away.

Joining and synthesizing overlap, so the first packet should follow the later of both at once. The
moment the bot can be heard is when its group is agreed on, plus the way of the server's last word.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.qwen import QwenOptions
from tests.benchmarks._figures import Figure, Findings, spread
from tests.benchmarks._scene import ENDPOINT, OURS, PATIENCE_S, USUAL, Scene, open_scene

RTT_MS = 30.0
SENTENCE = "Hello, I have just come in for the {number}. time."
"""Another one each time: what was said before is not made again."""

ROUNDS = 5
HASTY_ENDPOINT = replace(ENDPOINT, first_audio_delay_s=0.02)
LOOK_S = 0.001


@dataclass(frozen=True, slots=True)
class Start:
    """One `/say` from outside of the call; all in ms after it, but the lost packets."""

    joined: float
    first_sound: float
    first_packet: float
    lost_packets: int
    """Sent before anybody could hear them."""

    @property
    def beyond(self) -> float:
        """How long after both were ready the first packet came."""
        return self.first_packet - max(self.joined, self.first_sound)


def run(seconds: float) -> Findings:
    """Come in and speak five times each way, and five times with an endpoint that is faster."""
    ours = asyncio.run(_measure(OURS, ENDPOINT))
    hasty = asyncio.run(_measure(OURS, HASTY_ENDPOINT))
    usual = asyncio.run(_measure(USUAL, ENDPOINT))
    findings = Findings()
    findings.notes += [
        _line("ours", ours),
        _line("ours, endpoint faster than the join", hasty),
        _line("usual way", usual),
    ]
    findings.figures += [
        Figure(
            id="F3",
            what="not in the call: first packet beyond join and first sound, p95",
            unit="ms",
            target=30,
            ours=max(spread([start.beyond for start in (*ours, *hasty)]).p95, 0.0),
            usual=spread([start.beyond for start in usual]).p95,
        ),
        Figure(
            id="F3",
            what="not in the call: packets nobody could hear, worst",
            unit="packets",
            target=0,
            ours=max(start.lost_packets for start in (*ours, *hasty)),
            usual=max(start.lost_packets for start in usual),
        ),
    ]
    return findings


async def _measure(program: str, endpoint: QwenOptions) -> list[Start]:
    voice = VoiceOptions(websocket_rtt_ms=RTT_MS)
    async with open_scene(program, voice=voice, endpoint=endpoint) as scene:
        return [await _come_in(scene, number) for number in range(ROUNDS)]


async def _come_in(scene: Scene, number: int) -> Start:
    already = len(scene.packets)
    joining = asyncio.create_task(_agreed_at(scene), name="group")
    interaction = await scene.say(SENTENCE.format(number=number))
    packet = await scene.first_heard_after(already)
    joined_at = await joining + RTT_MS / 1e3
    await scene.fall_silent()
    sound_at = scene.loopback.qwen.requests[-1].first_audio_at
    assert sound_at is not None
    began = interaction.created_at
    packets = scene.packets[already:]
    # The numbers of a session begin at 1: what is missing before the first one was lost.
    lost = packets[0].sequence - 1 + sum(each.problem is not None for each in packets)
    await scene.leave_if_there()
    return Start(
        joined=(joined_at - began) * 1e3,
        first_sound=(sound_at - began) * 1e3,
        first_packet=packet.arrived_ns / 1e6 - began * 1e3,
        lost_packets=lost,
    )


async def _agreed_at(scene: Scene) -> float:
    """Return when everybody in the call held the keys of a group with the bot."""
    loopback = scene.loopback
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            call = loopback.discord.voice.call(loopback.voice_channel.id)
            if call and loopback.guild.bot.id in call.encrypted_members and call.is_settled:
                return loop.time()
            await asyncio.sleep(LOOK_S)


def _line(name: str, starts: list[Start]) -> str:
    joined, sound, packet = (
        spread(values).p50
        for values in (
            [start.joined for start in starts],
            [start.first_sound for start in starts],
            [start.first_packet for start in starts],
        )
    )
    beyond = spread([start.beyond for start in starts])
    return (
        f"{name}: in the call after {joined:.0f} ms, first sound of the endpoint after "
        f"{sound:.0f} ms, first packet after {packet:.0f} ms (p50); beyond both {beyond} ms"
    )
