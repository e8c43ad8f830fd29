"""`python -m bot sandbox`: both services, until ended."""

from __future__ import annotations

import json
import sys

from bot import terminal
from bot.ops.signals import wait_for_stop
from bot.sandbox.loopback import Loopback, open_loopback


async def serve(*, as_json: bool) -> None:
    """Run both services and say how to reach them, until SIGTERM or SIGINT."""
    async with open_loopback() as loopback:
        if as_json:
            sys.stdout.write(json.dumps(loopback.environment()) + "\n")
            sys.stdout.flush()
        else:
            _explain(loopback)
        await wait_for_stop()


def _explain(loopback: Loopback) -> None:
    console = terminal.console()
    console.print("A Discord and a Qwen-TTS are running on loopback. Point a program at them:\n")
    for name, value in loopback.environment().items():
        console.print(f"export {name}={value}", style="cyan", markup=False)
    console.print(
        f"\n{loopback.listener.name} listens in {loopback.voice_channel.name}, in the server"
        f" {loopback.guild.name}. Ctrl+C ends it."
    )
