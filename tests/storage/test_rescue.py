"""D-04: a database that is damaged or lost at start, with and without backups."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import ConfigError
from bot.settings.guild import GuildSettings
from bot.storage.backups import Backups
from bot.storage.database import Database
from bot.storage.rescue import open_whole
from bot.storage.settings import SettingsRepository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("url")

GUILD = 7
NOW = datetime.now(UTC)


@pytest.fixture
def kind() -> str:
    """Of SQLite alone; PostgreSQL has its own tools."""
    return "sqlite"


async def speak_with(url: str, voice: str) -> None:
    database = await Database.open(url)
    await SettingsRepository(database).change_guild(GUILD, lambda _: GuildSettings(voice), by=1)
    await database.close()


async def voice_of(database: Database) -> str | None:
    return (await SettingsRepository(database).fetch_guild(GUILD)).model


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288] = bytes(byte ^ 0xFF for byte in content[4096:12288])
    path.write_bytes(content)


def truncate(path: Path, size: int) -> None:
    with path.open("rb+") as file:
        file.truncate(size)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "bytes are flipped": flip,
    "its head is gone": lambda path: path.write_bytes(b"\0" * path.stat().st_size),
    "it is no database": lambda path: path.write_bytes(b"words, words, words " * 500),
    "half of it is gone": lambda path: truncate(path, path.stat().st_size // 2),
    "all but a page of it is gone": lambda path: truncate(path, 4096),
    "only a few bytes are left": lambda path: truncate(path, 50),
    "it is empty": lambda path: truncate(path, 0),
    "it is missing": lambda path: path.unlink(),
}
LOSSES = ("it is empty", "it is missing")


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_newest_good_backup_takes_the_place_of_what_is_damaged(
    url: str, path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    backups, now = Backups(path), datetime.now(UTC)
    await speak_with(url, "old")
    backups.make(now - timedelta(days=2))
    await speak_with(url, "new")
    backups.make(now - timedelta(days=1))
    flip(backups.make(now).path)
    DAMAGES[damage](path)
    before = path.read_bytes() if path.exists() else None
    database = await open_whole(url)
    await database.migrate()
    assert await voice_of(database) == "new"
    await database.close()
    assert path.stat().st_mode & 0o077 == 0
    aside = [each.read_bytes() for each in path.parent.glob("oriole.db.damaged-*")]
    assert aside == [before] * (before is not None)
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert "the 24.0 hours since then is lost" in told[1]


@pytest.mark.parametrize("damage", sorted(set(DAMAGES) - set(LOSSES)))
async def test_without_a_good_backup_nothing_is_touched_and_the_bot_does_not_start(
    url: str, path: Path, damage: str
) -> None:
    await speak_with(url, "only")
    flip(Backups(path).make(NOW).path)
    DAMAGES[damage](path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"no good backup in .*backups: put one back") as raised:
        await open_whole(url)
    assert len(raised.value.problems) == 1
    assert path.read_bytes() == before


async def test_a_log_that_was_deleted_before_anything_else_was_written_loses_no_settings(
    url: str, path: Path
) -> None:
    """Until there are 4 MiB of it, everything is in the log alone."""
    database = await Database.open(url)
    await SettingsRepository(database).change_guild(GUILD, lambda _: GuildSettings("new"), by=1)
    Backups(path).make(NOW)
    copied = path.with_name("copied")
    copied.write_bytes(path.read_bytes())
    await database.close()
    path.write_bytes(copied.read_bytes())
    database = await open_whole(url)
    assert await voice_of(database) == "new"
    await database.close()


async def test_what_is_whole_is_left_alone(url: str, path: Path) -> None:
    await speak_with(url, "old")
    Backups(path).make(NOW)
    await speak_with(url, "new")
    database = await open_whole(url)
    assert await voice_of(database) == "new"
    await database.close()
    assert {each.name for each in path.parent.iterdir()} == {"oriole.db", "backups"}


async def test_a_first_start_begins_with_nothing(path: Path, url: str) -> None:
    path.unlink()
    database = await open_whole(url)
    await database.migrate()
    assert await voice_of(database) is None
    await database.close()


async def test_a_database_that_is_locked_or_out_of_reach_is_not_taken_for_damaged(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await speak_with(url, "new")
    Backups(path).make(NOW)
    monkeypatch.setattr("bot.storage.database.BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr("bot.storage.database._PRAGMAS", ())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigError, match="database is locked"):
            await open_whole(url)
    assert not list(path.parent.glob("*.damaged-*"))
