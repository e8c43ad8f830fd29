"""`python -m tests.faults._soak_bot run`: the probed bot, with vitals and a last balance."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot import app
from tests.faults import probed_bot
from tests.faults.probe import Json, Probe, Witness, task_names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.client import Bot
    from bot.config import Config
    from bot.voice.ledger import Ledger

BALANCE = "PROBE_BALANCE"


class SoakProbe(Probe):
    """Answers so cheaply that it may be asked all day, and keeps nothing it has told."""

    def __init__(self, bot: Bot, witness: Witness) -> None:
        super().__init__(bot, witness)
        self._answers["vitals"] = self._vitals

    def _vitals(self) -> Json:
        answer = {
            "tasks": dict(Counter(task_names())),
            "lengths_s": self._lag.lengths_s[:],
            "delays": [
                {"end": delay.end, "length_s": delay.length_s, "own_s": delay.own_s}
                for delay in self._lag.delays
            ],
        }
        self._lag.reset()  # or the measurement would look like a leak
        return answer


def main() -> None:
    """Run the bot; its ledger is written down when every call has been left."""
    open_bot = app.open_bot

    @asynccontextmanager
    async def open_balanced_bot(config: Config) -> AsyncIterator[Bot]:
        ledger: Ledger | None = None
        guild_ids: list[int] = []
        try:
            async with open_bot(config) as bot:
                ledger = bot.sessions.ledger
                try:
                    yield bot
                finally:
                    guild_ids = [guild.id for guild in bot.guilds]
        finally:
            counts = {} if ledger is None else {each: ledger.counts(each) for each in guild_ids}
            Path(os.environ[BALANCE]).write_text(json.dumps(counts))

    app.open_bot = open_balanced_bot
    vars(probed_bot)["Probe"] = SoakProbe
    probed_bot.main()


if __name__ == "__main__":
    main()
