"""`python -m tests.faults.durability.kills D-01 --runs 200`: kill what writes, see what is left.

D-01 kills a process that changes settings as fast as it can, at a moment nobody chose. D-02 kills
one that migrates, before every statement. The processes are forks of this one, which has loaded
everything they need: a death costs a few hundredths of a second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event

from bot.storage._upgrade import MIGRATIONS
from bot.storage.database import Database
from bot.storage.settings import SettingsRepository
from bot.terminal import console

GUILD = 7
LATEST_DEATH_S = 0.06
OLD_VERSION = "0004"
HUNG_S = 20.0


class BrokenPromiseError(Exception):
    """Something that was said to be kept is not."""


# D-01


def die_writing(runs: int, seed: int, folder: Path) -> str:
    """Kill a writer again and again, on one file; return what that was."""
    path = folder / "oriole.db"
    asyncio.run(_migrate(_url(path)))
    chance = random.Random(seed)
    kept = acknowledged = 0
    for run in range(runs):
        acknowledged = _write_until_killed(path, kept, chance.uniform(0.0, LATEST_DEATH_S))
        before, kept = kept, _read(path)
        if kept < max(before, acknowledged):
            raise BrokenPromiseError(f"run {run}: {acknowledged} was acknowledged, {kept} is kept")
    return f"{runs} kills, {kept} changes, 0 lost, 0 corrupt"


def _write_until_killed(path: Path, start: int, after_s: float) -> int:
    """Return the last change that was acknowledged."""
    reading, writing = os.pipe()
    writer = _fork(lambda: asyncio.run(_write_for_ever(_url(path), start, writing)))
    os.close(writing)
    with os.fdopen(reading) as acknowledgements:
        last = int(acknowledgements.readline())
        time.sleep(after_s)
        os.kill(writer, signal.SIGKILL)
        for line in acknowledgements:
            last = int(line) if line.endswith("\n") else last
    os.waitpid(writer, 0)
    return last


async def _write_for_ever(url: str, start: int, writing: int) -> None:
    settings = SettingsRepository(await Database.open(url))
    for number in count(start + 1):
        await settings.change_guild(GUILD, lambda now, n=number: replace(now, voice=str(n)), by=1)
        os.write(writing, f"{number}\n".encode())


def _read(path: Path) -> int:
    """Return the change that is kept, of whom all before are in the audit."""
    with closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        ((value,),) = connection.execute("SELECT value FROM settings").fetchall()
        (entries,) = connection.execute("SELECT count(*) FROM audit").fetchone()
    kept = int(value.strip('"'))
    if verdict != "ok" or entries != kept:
        raise BrokenPromiseError(f"{verdict}; {kept} changes and {entries} entries in the audit")
    return kept


# D-02


def die_migrating(every: int, folder: Path) -> str:
    """Kill migrations before every statement, or every few; return what that was."""
    deaths = {"nothing": 0, OLD_VERSION: 0}
    for version in deaths:
        template = folder / f"{version}.db"
        asyncio.run(_prepare(_url(template), version))
        for number in count(1, every):
            path = folder / f"{version}-{number}.db"
            shutil.copy(template, path)
            if _run(lambda path=path, n=number: _die_at(path, n)) == 0:  # it had fewer statements
                break
            deaths[version] += 1
            _see_old_or_new(path, version)
        survivors = sorted(folder.glob(f"{version}-*.db"))
        if _run(lambda found=survivors, version=version: asyncio.run(_finish(found, version))):
            raise BrokenPromiseError(f"not all could be migrated from {version} afterwards")
    return ", ".join(f"{many} deaths from {version}" for version, many in deaths.items())


async def _prepare(url: str, version: str) -> None:
    database = await Database.open(url)
    if version != "nothing":
        async with database._engine.begin() as connection:
            await connection.run_sync(_upgrade_to, version)
            await connection.exec_driver_sql(
                "INSERT INTO guild_settings (guild_id, voice, speed, updated_at, updated_by)"
                " VALUES (7, 'Kai', 1.5, '2026-01-01T00:00:00+00:00', 1)"
            )
    await database.close()


def _upgrade_to(connection: Connection, version: str) -> None:
    alembic = Config()
    alembic.set_main_option("script_location", MIGRATIONS)
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, version)


def _die_at(path: Path, number: int) -> None:
    left = number

    def count_down(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count_down)
    event.listen(Engine, "commit", count_down)
    asyncio.run(_migrate(_url(path)))


def _see_old_or_new(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    is_old = ("guild_settings" in tables) if version == OLD_VERSION else not tables
    is_new = "departures" in tables and "guild_settings" not in tables
    if verdict != "ok" or is_old == is_new:
        raise BrokenPromiseError(f"{path.name}: {verdict}, {sorted(tables)}")


async def _finish(paths: list[Path], version: str) -> None:
    for path in paths:
        database = await Database.open(_url(path))
        await database.migrate()
        settings = await SettingsRepository(database).fetch_guild(GUILD)
        await database.close()
        if version == OLD_VERSION and (settings.voice, settings.speed) != ("Kai", 1.5):
            raise BrokenPromiseError(f"{path.name}: {settings}")


# Both


async def _migrate(url: str) -> None:
    database = await Database.open(url)
    await database.migrate()
    await database.close()


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _fork(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; return its id."""
    child = os.fork()
    if child == 0:
        _end_with(work)
    return child


def _end_with(work: Callable[[], None]) -> NoReturn:
    signal.setitimer(signal.ITIMER_REAL, HUNG_S)
    try:
        work()
    except BaseException as error:  # a fork never goes on with what its parent does
        print(repr(error), file=sys.stderr)  # noqa: T201
        os._exit(1)
    os._exit(0)


def _run(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own to its end; return its exit code, or minus the signal."""
    _, status = os.waitpid(_fork(work), 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Exit 1 if something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=["D-01", "D-02"])
    parser.add_argument("--runs", type=int, default=200, help="kills, for D-01")
    parser.add_argument("--every", type=int, default=1, help="which statements, for D-02")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            if arguments.row == "D-01":
                outcome = die_writing(arguments.runs, arguments.seed, Path(folder))
            else:
                outcome = die_migrating(arguments.every, Path(folder))
        except BrokenPromiseError as error:
            sys.exit(f"{arguments.row}: {error}")
    console().print(f"{arguments.row}: {outcome}")


if __name__ == "__main__":
    main()
