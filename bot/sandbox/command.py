"""`python -m bot sandbox`: both services, until ended."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

from bot import terminal
from bot.audio import files
from bot.ops.signals import wait_for_stop
from bot.sandbox.discord.voice.heard import HEARD_FORMAT
from bot.sandbox.loopback import Loopback, open_loopback

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.discord.server import DiscordOptions
    from bot.sandbox.qwen import QwenOptions


async def serve(
    qwen: QwenOptions, discord: DiscordOptions, *, as_json: bool, heard: Path | None = None
) -> None:
    """Run both services and say how to reach them, until SIGTERM or SIGINT.

    What the listener heard of the bot goes to the file `heard`, if there is one.
    """
    async with open_loopback(qwen, discord) as loopback:
        if as_json:
            sys.stdout.write(json.dumps(loopback.environment()) + "\n")
            sys.stdout.flush()
        else:
            _explain(loopback)
        await wait_for_stop()
        if heard is not None:
            pcm = loopback.ear.heard(loopback.guild.bot.id).pcm
            await asyncio.to_thread(files.write, heard, files.wav(pcm, HEARD_FORMAT))


def _explain(loopback: Loopback) -> None:
    console = terminal.console()
    console.print("A Discord and a Qwen-TTS are running on loopback. Point a program at them:\n")
    for name, value in loopback.environment().items():
        console.print(f"export {name}={value}", style="cyan", markup=False)
    console.print(
        f"\n{loopback.listener.name} listens in {loopback.voice_channel.name}, in the server"
        f" {loopback.guild.name}. Ctrl+C ends it."
    )
