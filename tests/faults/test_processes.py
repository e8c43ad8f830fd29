"""The process ends, gently or not, and the next one takes over."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.loopback import Loopback, open_loopback
from tests.faults.inspection import Inspector
from tests.faults.place import Place, furnish
from tests.faults.scene import ENDPOINT, SENTENCE, open_bot

pytestmark = pytest.mark.asyncio(loop_scope="function")

CROWD = 20
FEW = 5
JOINS_PER_S = 2
LONG = " ".join([SENTENCE] * 4)


@dataclass
class Crowd:
    """One bot in the calls of many guilds."""

    loopback: Loopback
    folder: Path
    places: list[Place]
    bot: BotProcess
    inspector: Inspector

    def heard_since(self, moment: float) -> int:
        """Return how many packets have been heard anywhere since a moment."""
        return sum(
            packet.arrived_ns / 1e9 > moment
            for place in self.places
            for packet in place.heard.packets
        )

    def joins(self, since: float) -> list[float]:
        """Return when the bot asked to be in any call."""
        return sorted(at for place in self.places for at in place.joins(since))


@asynccontextmanager
async def crowd(folder: Path, guilds: int) -> AsyncIterator[Crowd]:
    """Start a bot and call it into a voice channel of every guild."""
    async with open_loopback(ENDPOINT) as loopback, AsyncExitStack() as stack:
        places = [furnish(loopback.discord, f"Guild {number}") for number in range(guilds)]
        bot, inspector = await stack.enter_async_context(open_bot(loopback, folder))
        for place in places:
            await place.gather(accepted_before=0)
        for answer in await asyncio.gather(*(place.join() for place in places)):
            assert answer.content.startswith("I am in")
        yield Crowd(loopback, folder, places, bot, inspector)


@asynccontextmanager
async def successor(crowd: Crowd) -> AsyncIterator[tuple[float, BotProcess, Inspector]]:
    """Start the bot again; with it comes when it was ready."""
    async with open_bot(crowd.loopback, crowd.folder) as (bot, inspector):
        yield time.monotonic(), bot, inspector


async def all_live(inspector: Inspector, guilds: int, *, timeout_s: float) -> float:
    """Wait until the bot is in so many calls; return when (monotonic seconds)."""
    async with asyncio.timeout(timeout_s):
        while True:
            sessions = (await inspector.look()).sessions.values()
            if sum(session.is_live for session in sessions) == guilds:
                return time.monotonic()
            await asyncio.sleep(0.1)


async def test_d06_a_restart_returns_to_every_call_and_says_nothing_old(tmp_path: Path) -> None:
    async with crowd(tmp_path, CROWD) as before:
        assert await before.bot.stop() == 0
        stopped = time.monotonic()
        written = [len(place.text_channel.history) for place in before.places]
        async with successor(before) as (ready, _, inspector):
            live = await all_live(inspector, CROWD, timeout_s=20.0)
        joins = before.joins(stopped)

        assert live - ready <= 15.0
        assert len(joins) == CROWD
        # Two a second; a machine that stalls may press a few of them together.
        assert joins[-1] - joins[0] >= (CROWD - 1) / JOINS_PER_S * 0.9
        assert max(sum(at <= other < at + 2.0 for other in joins) for at in joins) <= 6
        assert before.heard_since(stopped) == 0
        assert [len(place.text_channel.history) for place in before.places] == written


async def test_d07_a_stop_while_speaking_everywhere_is_quick_and_leaves_no_ghost(
    tmp_path: Path,
) -> None:
    async with crowd(tmp_path, CROWD) as speaking:
        for place in speaking.places:
            await place.say(LONG)
        for place in speaking.places:
            await place.hear(25)

        stopping = time.monotonic()
        exit_code = await speaking.bot.stop()
        stopped = time.monotonic()
        leaves = sorted(at for place in speaking.places for at in place.leaves(stopping))

        assert exit_code == 0
        assert stopped - stopping <= 8.0
        assert len(leaves) == CROWD
        assert leaves[-1] - leaves[0] <= 1.0
        assert all(place.bot.voice is None for place in speaking.places)
        tracebacks = [line for line in speaking.bot.log if "Traceback" in line]
        assert not tracebacks, tracebacks[-1]
        sessions = speaking.loopback.discord.gateway.sessions
        # Only a close with 1000 ends them; after any other they could be resumed.
        await speaking.loopback.discord.changes.until(lambda: not sessions, timeout_s=2.0)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_d08_a_second_signal_ends_it_at_once(tmp_path: Path, second: signal.Signals) -> None:
    async with crowd(tmp_path, FEW) as speaking:
        for place in speaking.places:
            await place.say(LONG)
        for place in speaking.places:
            await place.hear(25)

        first = asyncio.create_task(speaking.bot.stop())
        await asyncio.sleep(0.5)
        again = time.monotonic()
        await speaking.bot.stop(second)
        ended = time.monotonic()
        await first

        assert ended - again <= 1.0
        with sqlite3.connect(tmp_path / "oriole.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        async with successor(speaking) as (_, _, inspector):
            await all_live(inspector, FEW, timeout_s=15.0)


async def test_d09_a_killed_bot_takes_its_own_place_over(tmp_path: Path) -> None:
    async with crowd(tmp_path, FEW) as before:
        for place in before.places:
            await place.say(SENTENCE)
            await place.hear(10)

        await before.bot.stop(signal.SIGKILL)
        assert all(place.bot.voice is not None for place in before.places), "no ghost to meet"
        async with successor(before) as (ready, _, inspector):
            live = await all_live(inspector, FEW, timeout_s=15.0)
            answer = await before.places[0].join()
            began = time.monotonic()
            await before.places[0].say(SENTENCE)
            await before.places[0].hear(100, since=began)

        assert live - ready <= 10.0
        assert answer.content.startswith("I am in")


async def test_v24_a_guild_out_of_order_at_the_start_is_returned_to(tmp_path: Path) -> None:
    async with crowd(tmp_path, FEW) as before:
        await before.bot.stop()
        stopped = time.monotonic()
        away = before.places[0]
        away.guild.go_down()
        async with successor(before) as (_, _, inspector):
            await all_live(inspector, FEW - 1, timeout_s=20.0)
            joins_meanwhile = away.joins(stopped)
            away.guild.come_back()
            back = time.monotonic()
            live = await all_live(inspector, FEW, timeout_s=10.0)

        assert joins_meanwhile == []
        assert live - back <= 5.0


async def test_v27_a_native_crash_is_followed_by_a_return_to_every_call(tmp_path: Path) -> None:
    async with crowd(tmp_path, FEW) as speaking:
        for place in speaking.places:
            await place.say(SENTENCE)
            await place.hear(10)

        crashed = time.monotonic()
        with pytest.raises((ConnectionError, TimeoutError)):
            await speaking.inspector.ask("crash")
        exit_code = await speaking.bot.wait()
        async with successor(speaking) as (_, _, inspector):
            live = await all_live(inspector, FEW, timeout_s=20.0)

        assert exit_code == -signal.SIGSEGV
        assert live - crashed <= 15.0
        assert any("Segmentation fault" in line for line in speaking.bot.log), "no trace of it"
