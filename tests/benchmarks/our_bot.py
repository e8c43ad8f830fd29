"""`python -m tests.benchmarks.our_bot run`: the real bot, with a window into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import app, cli
from bot.client import Bot
from bot.config import Config
from tests.benchmarks._window import Pane


def main() -> None:
    """Run the command line."""
    open_bot, pane = app.open_bot, Pane()

    @asynccontextmanager
    async def open_observed_bot(config: Config) -> AsyncIterator[Bot]:
        async with open_bot(config) as bot:
            pane.open(bot)
            yield bot

    app.open_bot = open_observed_bot
    cli.main()


if __name__ == "__main__":
    main()
