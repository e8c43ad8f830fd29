"""`python -m tests.faults.soak --minutes 30 --guilds 20 --seed 1`: one bot, every fault, all day.

The bot speaks in all guilds while they are struck by one fault after the other, of every class in
turn. In the middle it is restarted by SIGTERM. What is sampled every second, how long each class of
faults keeps a guild from speaking, and every invariant that was broken is printed; then it exits 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.loopback import open_loopback
from bot.sandbox.speech import ToneSandboxVoice
from bot.terminal import console
from tests.faults import _soak_bot, probed_bot
from tests.faults._soak_chaos import Chaos
from tests.faults._soak_home import GuildwiseOptions, found, until
from tests.faults._soak_report import Findings, show
from tests.faults._soak_strikes import Town
from tests.faults._soak_watch import Life, Watch
from tests.faults.inspection import open_inspector
from tests.faults.scene import ENDPOINT
from tests.variables import NO_CACHE

HEARING = 3
"""So many guilds have somebody who decrypts and checks every packet."""

WARM_UP_SHARE = 0.1
"""Of the run, for each of the two processes."""

SETTLE_S = 2.0
QUIET_S = 15.0
RETURN_S = 60.0
SILENCE_S = 60.0
POLL_S = 0.2
BEFORE_STOP_S = 8.0
"""Until the bot speaks in nearly every guild."""

RECOVERY = {"rate_limited_s": 10.0}
"""A minute of patience that would keep a guild out of the soak for two; all else is as shipped."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how wide, how hard."""

    minutes: float
    guilds: int
    seed: int
    fault_every_s: float

    @property
    def warm_up_s(self) -> float:
        return self.minutes * 60 * WARM_UP_SHARE


class Soak:
    """One run in one town."""

    def __init__(self, plan: Plan, town: Town, folder: Path, findings: Findings) -> None:
        self._plan = plan
        self._town = town
        self._folder = folder
        self._findings = findings
        self._chaos = Chaos(town, seed=plan.seed, every_s=plan.fault_every_s)
        self._talk: list[asyncio.Task[None]] = []
        findings.recoveries = self._chaos.recoveries

    async def run(self) -> None:
        """Live two lives, with a restart in between."""
        began, length_s = time.monotonic(), self._plan.minutes * 60
        try:
            async with self._living() as (bot, watch):
                await self._join_everywhere()
                await self._spend(watch, began + length_s / 2)
                self._begin_talking()
                await asyncio.sleep(BEFORE_STOP_S)
                stopping = time.monotonic()
                await self._stop(bot, watch.life)
            async with self._living() as (_, watch):
                await self._return(watch.life, stopping)
                await self._spend(watch, began + length_s)
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            self._findings.violations.append(f"the bot has ended: {type(error).__name__} {error}")
        finally:
            await self._end_talking()
            self._conclude()

    # One process

    @asynccontextmanager
    async def _living(self) -> AsyncIterator[tuple[BotProcess, Watch]]:
        socket = self._folder / f"probe-{time.monotonic_ns()}"
        settings = {
            probed_bot.SOCKET: str(socket),
            probed_bot.RECOVERY: json.dumps(RECOVERY),
            _soak_bot.BALANCE: str(self._balance),
            **NO_CACHE,
        }
        program = _soak_bot.__name__
        bot = BotProcess(self._town.loopback, self._folder, program=program, **settings)
        bot.log = self._findings.log
        async with bot, open_inspector(socket) as inspector:
            self._town.inspector = inspector
            life = Life((await inspector.count()).pid, inspector, born=time.monotonic())
            self._findings.lives.append(life)
            yield bot, Watch(self._town, life)

    async def _spend(self, watch: Watch, until_s: float) -> None:
        """Let the faults rage, and count what is held after the warm-up and in the end."""
        life = watch.life
        await until(self._town.is_well, timeout_s=RETURN_S)
        await watch.sample()  # how late it was until now is not told: it has just begun
        watch.is_settled = True
        watching = asyncio.create_task(watch.run(), name="watch")
        try:
            self._begin_talking()
            await _while(watching, self._chaos.rage(life.born + self._plan.warm_up_s))
            await _while(watching, self._fall_silent(watch))
            life.warm, life.warm_since = await watch.count(), time.monotonic()
            self._begin_talking()
            await _while(watching, self._chaos.rage(until_s))
            await _while(watching, asyncio.sleep(QUIET_S))
            await _while(watching, self._fall_silent(watch))
            await _while(watching, self._speak_everywhere(watch))
            life.last = await watch.count()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _stop(self, bot: BotProcess, life: Life) -> None:
        exit_code = await bot.stop()
        if exit_code:
            self._findings.violations.append(f"after SIGTERM it exits {exit_code}")
        if not self._balance.exists():
            self._findings.violations.append("I1: the first process has left no balance")
            return
        balance = json.loads(self._balance.read_text())
        accepted_before = life.accepted
        life.counts = {int(guild_id): counts for guild_id, counts in balance.items()}
        if life.accepted < accepted_before:
            self._findings.violations.append("I1: the balance of the first process has gaps")

    @property
    def _balance(self) -> Path:
        return self._folder / "balance.json"

    # What the town does

    async def _join_everywhere(self) -> None:
        for home in self._town.homes:
            answer = await home.place.join()
            if not answer.content.startswith("I am in"):
                self._findings.violations.append(f"the first /join: {answer.content}")

    async def _return(self, life: Life, stopped: float) -> None:
        back = await until(self._town.is_well, timeout_s=RETURN_S)
        if back is None:
            self._findings.violations.append(f"a restart: not in all calls {RETURN_S:g} s later")
            return
        self._chaos.recoveries["SIGTERM, restarted"].append((back - stopped, back - life.born))

    def _begin_talking(self) -> None:
        if not self._talk:
            self._talk = [
                asyncio.create_task(home.talk(random.Random(home.id)), name="talk")
                for home in self._town.homes
            ]

    async def _end_talking(self) -> None:
        for task in self._talk:
            task.cancel()
        await asyncio.gather(*self._talk, return_exceptions=True)
        self._talk = []

    async def _fall_silent(self, watch: Watch) -> None:
        """Stop talking, and wait until everything is said and what it took is given back."""
        await self._end_talking()
        deadline = time.monotonic() + SILENCE_S
        while (seen := await watch.sample()) and any(map(seen.open_utterances, seen.counts)):
            if time.monotonic() > deadline:
                self._findings.violations.append(f"I1: still speaking after {SILENCE_S:g} s")
                break
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(SETTLE_S)

    async def _speak_everywhere(self, watch: Watch) -> None:
        """Check that every guild is in its call, and that one more sentence is spoken there."""
        before = await watch.sample()
        for home in self._town.homes:
            session = before.sessions.get(home.id)
            if session is None or not session.is_live or not home.is_well():
                self._findings.violations.append(f"{home.name}: not in its call in the end")
            await home.say()
        await asyncio.sleep(POLL_S)
        await self._fall_silent(watch)
        after = await watch.sample()
        self._findings.violations += [
            f"{home.name}: the last sentence was not spoken"
            for home in self._town.homes
            if after.count(home.id, "spoken") <= before.count(home.id, "spoken")
        ]

    def _conclude(self) -> None:
        findings, homes = self._findings, self._town.homes
        findings.unspeakable = self._town.unspeakable
        findings.figures |= {
            "faults": str(self._chaos.struck),
            "packets heard": str(sum(home.spoken for home in homes)),
            "packets nobody could decrypt": str(sum(home.garbled for home in homes)),
            "packets in the clear": str(sum(home.plain for home in homes)),
        }
        if any(home.plain for home in homes):
            findings.violations.append("packets were sent in the clear")
        findings.violations += [
            f"I2: {home.name} was joined {len(ghosts)} times unwanted"
            for home in homes
            if (ghosts := home.place.ghost_joins())
        ]


async def _while(watching: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
    """Do some work, unless the watch ends before."""
    working = asyncio.create_task(work, name="soak")
    await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        watching.result()
    await working


async def soak(plan: Plan) -> Findings:
    """Run the soak and show what it found."""
    findings = Findings()
    options = GuildwiseOptions()
    with tempfile.TemporaryDirectory() as folder:
        async with open_loopback(
            ENDPOINT, DiscordOptions(voice=options), voice=ToneSandboxVoice()
        ) as loopback:
            homes = [
                found(loopback.discord, options, number, hears=number < HEARING)
                for number in range(plan.guilds)
            ]
            town = Town(loopback, homes, findings.violations)
            endpoint_port = int(loopback.qwen.origin.rpartition(":")[2])
            try:
                await Soak(plan, town, Path(folder), findings).run()
            finally:  # what was found until then is worth reading, whatever went wrong
                findings.judge(ports={loopback.discord.port, endpoint_port})
                show(out, findings)
    return findings


def main() -> None:
    """Run the soak and exit 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--guilds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault-every", type=float, default=10.0, help="seconds")
    parser.add_argument("--log", type=Path, help="where the log of both processes is written")
    arguments = parser.parse_args()
    plan = Plan(arguments.minutes, arguments.guilds, arguments.seed, arguments.fault_every)
    findings = asyncio.run(soak(plan))
    if arguments.log:
        arguments.log.write_text("\n".join(findings.log))
    if findings.violations:
        out.print(f"{len(findings.violations)} violations, seed {plan.seed}", style="bold red")
        sys.exit(1)
    out.print("every invariant holds", style="bold green")


out = console()

if __name__ == "__main__":
    main()
