"""`python -m tests.faults.loop V-01 --runs 300`: one row again and again, in one bot process.

Several guilds take turns, each with a fault of its own at a moment of its own; the times until the
bot speaks again are printed, and every failure with the seed that repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.voice.protocol import CloseCode
from bot.terminal import console
from tests.faults import probed_bot
from tests.faults.hearing import SEAM_S
from tests.faults.metronome import open_metronome
from tests.faults.place import Place, furnish
from tests.faults.scene import SHORT, Scene, open_scene

COMMANDS_PER_MINUTE = 1_000_000
GUILDS = 6
PACKETS = 10
LATEST_FAULT_S = 2.0
SCALED = {"first_delay_s": 0.0125, "max_delay_s": 0.5, "slow_delay_s": 1.5, "give_up_s": 5.0}

Row = Callable[[Scene, Place, random.Random], Awaitable[float]]


async def lost_websocket(scene: Scene, place: Place, chance: random.Random) -> float:
    """V-01: close the websocket with a code that means nothing bad, or cut it."""
    return await _interrupted(scene, place, chance, chance.choice([None, 1001, 4000, 4009]))


async def invalid_session(scene: Scene, place: Place, chance: random.Random) -> float:
    """V-02: end the voice session."""
    return await _interrupted(scene, place, chance, CloseCode.SESSION_INVALID)


async def endless_refusal(scene: Scene, place: Place, chance: random.Random) -> float:
    """V-03: refuse every identify until the bot gives up, then let it in."""
    faults = scene.discord.voice.faults
    await _speak(scene, place, chance)
    faults.guild_id = place.id
    faults.close_on_identify, faults.close_on_identify_times = CloseCode.SESSION_INVALID, 1_000
    scene.discord.voice.hang_up(CloseCode.SESSION_INVALID, guild_id=place.id)
    await scene.until(lambda seen: place.id not in seen.sessions)
    scene.heal()
    began = time.monotonic()
    answer = await place.join()
    assert answer.content.startswith("I am in"), answer.content
    return time.monotonic() - began


async def fatal_refusal(scene: Scene, place: Place, chance: random.Random) -> float:
    """V-04: refuse the first join with a code that no patience helps against."""
    faults = scene.discord.voice.faults
    faults.guild_id = place.id
    faults.close_on_identify = chance.choice([4004, 4011, 4012, 4016, 4020])
    faults.close_on_identify_times = 1_000
    began = time.monotonic()
    answer = await place.join()
    scene.heal()
    assert not answer.content.startswith("I am in"), answer.content
    assert len(place.handshakes()) <= 2
    await scene.until(lambda seen: place.id not in seen.sessions)
    return time.monotonic() - began


async def _interrupted(
    scene: Scene, place: Place, chance: random.Random, code: int | None
) -> float:
    await _speak(scene, place, chance)
    failed = time.monotonic()
    scene.discord.voice.hang_up(code, guild_id=place.id)
    await scene.all_said(place)
    unheard_s = place.unheard_s(SHORT)
    assert unheard_s <= SEAM_S, f"{unheard_s} s were not heard after code {code}"
    return place.hole(failed).length_s


async def _speak(scene: Scene, place: Place, chance: random.Random) -> None:
    await scene.say(SHORT, place)
    await place.hear(PACKETS)
    await asyncio.sleep(chance.uniform(0.0, LATEST_FAULT_S))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a row is repeated; one that needs a switch of the whole voice server is alone."""

    row: Row
    guilds: int = GUILDS
    recovery: dict[str, float] = field(default_factory=dict)


PLANS = {
    "V-01": Plan(lost_websocket),
    "V-02": Plan(invalid_session),
    "V-03": Plan(endless_refusal, guilds=1, recovery=SCALED),
    "V-04": Plan(fatal_refusal, guilds=1),
}


@dataclass
class Tally:
    """What came of all runs."""

    times_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def repeat(plan: Plan, *, runs: int, seed: int) -> Tally:
    """Run a row so many times."""
    tally = Tally()
    settings = {probed_bot.COMMANDS_PER_MINUTE: str(COMMANDS_PER_MINUTE)}
    if plan.recovery:
        settings[probed_bot.RECOVERY] = json.dumps(plan.recovery)
    options = DiscordOptions(commands_per_minute=COMMANDS_PER_MINUTE)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_metronome() as metronome,
            open_scene(
                Path(folder), metronome, discord_options=options, settings=settings
            ) as scene,
        ):
            seeds = iter(range(seed, seed + runs))
            lanes = (_lane(scene, plan, number, seeds, tally) for number in range(plan.guilds))
            await asyncio.gather(*lanes)
            held = await scene.inspector.count()
            tally.failures += held.unhandled
            tally.failures += [f"a zombie in guild {guild_id}" for guild_id in held.zombies]
    return tally


async def _lane(scene: Scene, plan: Plan, number: int, seeds: Iterator[int], tally: Tally) -> None:
    place = furnish(scene.discord, f"Lane {number}")
    await scene.until(lambda seen: place.id in seen.counts)
    for seed in seeds:
        seen = await scene.look()
        await place.gather(accepted_before=seen.count(place.id, "accepted"))
        try:
            tally.times_s.append(await plan.row(scene, place, random.Random(seed)))
        except (AssertionError, TimeoutError):
            tally.failures.append(f"seed {seed}: {traceback.format_exc(limit=-2)}")
            scene.heal()
        await place.leave()  # else the bot would count one loss after the other as a failure
        _show(tally)


def _show(tally: Tally) -> None:
    done = len(tally.times_s) + len(tally.failures)
    if done % 20 == 0:
        out.print(f"{done} runs, {len(tally.failures)} failures", style="dim")


def main() -> None:
    """Repeat a row and exit 1 if any run failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=PLANS)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    plan = PLANS[arguments.row]
    tally = asyncio.run(repeat(plan, runs=arguments.runs, seed=arguments.seed))
    if len(tally.times_s) > 1:
        points = statistics.quantiles(tally.times_s, n=20, method="inclusive")
        out.print(
            f"{arguments.row}: {len(tally.times_s)} of {arguments.runs} runs,"
            f" p50 {points[9]:.2f} s, p95 {points[18]:.2f} s, max {max(tally.times_s):.2f} s"
        )
    for failure in tally.failures:
        out.print(failure, style="red", markup=False, soft_wrap=True)
    sys.exit(bool(tally.failures))


out = console()

if __name__ == "__main__":
    main()
