"""`python -m tests.end_to_end.conversation --minutes 10 --seed 20261129`: a chat, heard to its end.

Six people write in three languages, think better of it, come and go, while a raid is on elsewhere.
What one of them hears is compared with what is due, utterance by utterance; then it exits 1 if
anything is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bot.terminal import console
from tests.end_to_end.conversation.author import write
from tests.end_to_end.conversation.holding import ENDPOINT, hold, open_house
from tests.end_to_end.conversation.verdict import Verdict, judge, show


async def _run(minutes: float, seed: int, log: Path | None) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder)) as stage:
            try:
                evidence = await hold(stage, write(minutes, seed))
            finally:
                if log:
                    log.write_text("\n".join(stage.bot.log))
    verdict = judge(evidence)
    show(out, verdict, endpoint_s=ENDPOINT.first_audio_delay_s)
    return verdict


def main() -> None:
    """Hold a conversation and exit 1 if the listener has not heard exactly what was due."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--log", type=Path, help="where the log of the bot is written")
    arguments = parser.parse_args()
    verdict = asyncio.run(_run(arguments.minutes, arguments.seed, arguments.log))
    if verdict.disagreements:
        count = len(verdict.disagreements)
        out.print(f"{count} disagreements, seed {arguments.seed}", style="bold red")
        sys.exit(1)
    out.print("heard exactly what was due", style="bold green")


out = console()

if __name__ == "__main__":
    main()
