"""`python -m tests.faults.probed_bot run`: the real bot, with a window into it."""

from __future__ import annotations

import functools
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from discord import gateway

from bot import app, cli, services
from bot.voice.recovery import Recovery
from tests.faults.probe import Probe, Witness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.client import Bot
    from bot.config import Config

SOCKET = "PROBE_SOCKET"
RECOVERY = "PROBE_RECOVERY"
COMMANDS_PER_MINUTE = "PROBE_COMMANDS_PER_MINUTE"


def main() -> None:
    """Run the command line with a probe in the bot."""
    witness = Witness()
    witness.install()
    if recovery := os.environ.get(RECOVERY):
        services.RECOVERY = Recovery(**json.loads(recovery))
    if commands := os.environ.get(COMMANDS_PER_MINUTE):
        _allow_commands(int(commands))
    open_bot = app.open_bot

    @asynccontextmanager
    async def open_probed_bot(config: Config) -> AsyncIterator[Bot]:
        async with open_bot(config) as bot, Probe(bot, witness).serving(os.environ[SOCKET]):
            yield bot

    app.open_bot = open_probed_bot
    cli.main()


def _allow_commands(per_minute: int) -> None:
    """Let the library send as much as a loopback takes: a day of joins in a few minutes."""
    limiter = functools.partial(gateway.GatewayRatelimiter, per_minute)
    vars(gateway)["GatewayRatelimiter"] = limiter


if __name__ == "__main__":
    main()
