"""Backups: made while the database is in use, checked, expired, put back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.settings.guild import GuildSettings
from bot.storage.backups import Aside, Backups, NotABackupError, check, copy, restore
from bot.storage.database import Database
from bot.storage.settings import SettingsRepository

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def kind() -> str:
    """Of SQLite alone; PostgreSQL has its own tools."""
    return "sqlite"


@pytest.fixture
def backups(database: Database, path: Path) -> Backups:
    """Of a database that is in use."""
    assert database
    return Backups(path)


def voice_in(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT value FROM settings WHERE name = 'voice'").fetchone()
    return row and row[0]


async def choose(database: Database, voice: str) -> None:
    settings = SettingsRepository(database)
    await settings.change_guild(7, lambda _: GuildSettings(voice=voice), by=1)


async def test_a_backup_is_one_whole_file_for_the_owner_alone(
    backups: Backups, database: Database
) -> None:
    await choose(database, "Kai")
    backup = backups.make(NOW)
    assert backup.path.name == "oriole-20261123-120000.db"
    assert backups.all() == [backup]
    assert list(backups.folder.iterdir()) == [backup.path]
    assert voice_in(backup.path) == '"Kai"'
    assert backup.path.stat().st_mode & 0o077 == 0
    assert backups.folder.stat().st_mode & 0o077 == 0


async def test_backups_while_settings_are_changed_are_whole_and_hold_nobody_up(
    backups: Backups, database: Database
) -> None:
    async def change() -> None:
        for number in range(60):
            await choose(database, str(number))

    changing = asyncio.create_task(change())
    made = [
        await asyncio.to_thread(backups.make, NOW + timedelta(seconds=second))
        for second in range(10)
    ]
    await changing
    for backup in made:
        check(backup.path)


@pytest.mark.parametrize("content", [b"", b"words, words, words " * 500])
def test_what_is_no_whole_database_is_not_copied_over_a_good_one(
    tmp_path: Path, backups: Backups, content: bytes
) -> None:
    good = backups.make(NOW).path
    before = good.read_bytes()
    bad = tmp_path / "bad.db"
    bad.write_bytes(content)
    with pytest.raises((sqlite3.Error, NotABackupError)):
        copy(bad, good)
    assert good.read_bytes() == before
    assert [each.name for each in backups.folder.iterdir()] == [good.name]


def test_a_database_that_is_missing_is_not_made_by_copying_it(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        copy(tmp_path / "missing.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_restored_takes_the_place_of_what_is_moved_aside(
    backups: Backups, path: Path, tmp_path: Path
) -> None:
    backup = backups.make(NOW).path
    target = tmp_path / "oriole.db"
    target.write_bytes(b"before")
    (tmp_path / "oriole.db-wal").write_bytes(b"its log")
    aside = restore(backup, target, now=NOW, why=Aside.REPLACED)
    assert aside == tmp_path / "oriole.db.replaced-20261123-120000"
    assert aside.read_bytes() == b"before"
    assert (tmp_path / f"{aside.name}-wal").read_bytes() == b"its log"
    check(target)
    assert restore(backup, tmp_path / "new.db", now=NOW, why=Aside.REPLACED) is None


@pytest.mark.parametrize(
    ("ages", "is_due"),
    [
        ([], True),
        ([DAY - HOUR], False),
        ([DAY], True),
        ([3 * DAY, HOUR], False),
        ([-HOUR], True),
    ],
    ids=["none", "fresh", "a day old", "old and fresh", "from the future"],
)
def test_a_backup_is_made_once_a_day(backups: Backups, ages: list[timedelta], is_due: bool) -> None:
    for age in ages:
        backups.make(NOW - age)
    assert backups.is_due(NOW) == is_due


def test_backups_are_kept_for_a_week_and_so_is_what_was_moved_aside(
    backups: Backups, path: Path
) -> None:
    moments = [NOW - days * DAY for days in range(10)]
    made = [backups.make(moment) for moment in moments]
    stamp = f"{NOW - 8 * DAY:%Y%m%d-%H%M%S}"
    aside = [path.with_name(f"oriole.db.damaged-{stamp}{end}") for end in ("", "-wal")]
    fresh = path.with_name(f"oriole.db.replaced-{NOW:%Y%m%d-%H%M%S}")
    unfinished = backups.folder / f"oriole-{stamp}.db.part"
    foreign = backups.folder / "mine-20200101-000000.db"
    for each in (*aside, fresh, unfinished, foreign):
        each.touch()
    deleted = backups.delete_old(NOW)
    assert {each.path for each in deleted} == {
        *(each.path for each in made[7:]),
        *aside,
        unfinished,
    }
    assert backups.all() == made[:7]
    assert fresh.exists()
    assert foreign.exists()


def test_the_last_backup_is_kept_however_old_it_is(backups: Backups) -> None:
    made = backups.make(NOW - 30 * DAY)
    assert backups.delete_old(NOW) == []
    assert backups.all() == [made]
