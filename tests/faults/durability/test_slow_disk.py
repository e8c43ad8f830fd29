"""D-05: a disk that takes 50 ms for every commit, and a loop that must not notice."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.settings import SettingsRepository
from tests.faults.lag import LagMeter

COMMIT_S = 0.05
CHANGES = 30
MAX_LAG_P99_S = 0.010


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database whose one connection blocks its thread at every COMMIT."""
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/oriole.db")
    await database.migrate()
    async with database._engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.set_trace_callback(stall)
    yield database
    await database.close()


def stall(statement: str) -> None:
    if statement == "COMMIT":
        time.sleep(COMMIT_S)


async def test_d05_a_slow_disk_holds_up_who_saves_and_nobody_else(database: Database) -> None:
    settings = SettingsRepository(database)
    await settings.change_guild(7, lambda now: replace(now, voice="0"), by=1)
    meter = LagMeter()
    measuring = asyncio.create_task(meter.run())
    began = time.monotonic()
    for number in range(1, CHANGES):
        changing = asyncio.create_task(
            settings.change_guild(7, lambda now, n=number: replace(now, voice=str(n)), by=1)
        )
        await asyncio.sleep(0)
        assert (await settings.fetch_guild(7)).voice == str(number - 1)
        await changing
    took_s = time.monotonic() - began
    measuring.cancel()
    await asyncio.wait([measuring])

    assert took_s >= (CHANGES - 1) * COMMIT_S, "nothing was slow"
    late = [delay for delay in meter.delays if delay.own_s > MAX_LAG_P99_S]
    assert len(late) <= 0.01 * len(meter.lengths_s), late
