"""How soon the first packet follows the endpoint's first sound, ours and the usual way.

Both bots are real programs in a process of their own, already in the call, with an endpoint that
is twice as fast as speech; times are those of the loopback services, on one clock.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import Loopback, open_loopback
from bot.sandbox.qwen import QwenOptions

SENTENCE = (
    "This sentence takes about five seconds to say, which is long enough to hear a difference."
)
ROUNDS = 8
ENDPOINT = QwenOptions(first_audio_delay_s=0.3, real_time_factor=0.5, piece_ms=200, throttle=None)


async def measure(program: str) -> list[float]:
    """Return, for each round, the ms from the endpoint's first sound to the first packet."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_loopback(ENDPOINT) as loopback,
            BotProcess(loopback, Path(folder), program=program),
        ):
            await loopback.speaker.join_voice(loopback.voice_channel)
            await _speak(loopback)  # joins the call
            return [await _speak(loopback) for _ in range(ROUNDS)]


async def _speak(loopback: Loopback) -> float:
    ear, bot = loopback.ear, loopback.guild.bot
    before = len(ear.heard(bot.id).packets)
    await loopback.speaker.slash("say", {"text": SENTENCE})
    await ear.wait_until(lambda: len(ear.heard(bot.id).packets) > before, timeout_s=20)
    first_packet = ear.heard(bot.id).packets[before]
    await ear.wait_until_quiet(bot.id, timeout_s=20)
    first_sound_at = loopback.qwen.requests[-1].first_audio_at
    assert first_sound_at is not None
    return first_packet.arrived_ns / 1e6 - first_sound_at * 1e3


def run(console: Console) -> None:
    """Measure both and print the ratio."""
    ours = asyncio.run(measure("bot"))
    naive = asyncio.run(measure("tests.benchmarks.naive_bot"))
    table = Table(
        "F1: first sound of the endpoint to first packet", "p50", "p95", "worst", box=None
    )
    for name, times in (("ours", ours), ("the usual way", naive)):
        p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
        table.add_row(
            name, f"{statistics.median(times):.1f} ms", f"{p95:.1f} ms", f"{max(times):.1f} ms"
        )
    console.print(table)
    ratio = statistics.median(naive) / statistics.median(ours)
    console.print(f"ratio of the medians: {ratio:.0f} x, {ROUNDS} rounds each\n")
