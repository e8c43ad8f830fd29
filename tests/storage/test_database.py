"""The database: opened and refused, safe against crashes and neighbours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.errors import ConfigError, UserError
from bot.storage.app_state import AppStateRepository
from bot.storage.database import Database
from bot.storage.tables import AppStateRow
from tests.storage.inside import OF_SQLITE, locked, run

if TYPE_CHECKING:
    from pathlib import Path


@OF_SQLITE
async def test_a_fresh_database_gets_its_folder_for_the_owner_alone(
    empty_url: str, path: Path
) -> None:
    await (await Database.open(empty_url)).close()
    assert path.is_file()
    assert path.parent.stat().st_mode & 0o077 == 0


@OF_SQLITE
async def test_commits_survive_a_loss_of_power_and_readers_do_not_wait(
    database: Database, path: Path
) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    async with database._engine.connect() as connection:
        found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in wanted}
    assert found == wanted


async def test_an_error_rolls_back_what_came_before_it_even_tables(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database._engine.begin() as connection:
            await connection.execute(text("CREATE TABLE half (id INTEGER)"))
            raise ZeroDivisionError
    await run(database, "CREATE TABLE half (id INTEGER)")
    await run(database, "DROP TABLE half")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is no database " * 400, "file is not a database"),
        (b"SQLite format 3\x00" + b"\xff" * 4096, ""),
    ],
)
async def test_a_file_that_is_no_database_is_one_clear_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "oriole.db").write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot be used: .*{reason}") as raised:
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/oriole.db")
    (line,) = raised.value.problems
    assert line.startswith("DATABASE_URL sqlite")
    assert "\n" not in line


@OF_SQLITE
async def test_a_damaged_page_is_found_at_start(url: str, path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(ConfigError, match="cannot be used"):
        await Database.open(url)


async def test_a_folder_in_the_place_of_the_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unable to open database file"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}")


async def test_a_place_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be used"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/file/oriole.db")


async def test_a_missing_driver_says_what_to_install_and_shows_no_password() -> None:
    with pytest.raises(ConfigError, match="cannot be used") as raised:
        await Database.open("postgresql+asyncpg://bot:hunter2@127.0.0.1:1/oriole")
    assert "hunter2" not in str(raised.value)


async def test_another_process_that_writes_is_waited_for(database: Database, url: str) -> None:
    states = AppStateRepository(database)
    async with locked(url, "app_state"):
        saving = asyncio.create_task(states.save("key", "value"))
        assert await states.fetch("key") is None
    await saving
    assert await states.fetch("key") == "value"


async def test_a_write_that_fails_is_a_sentence_and_the_next_one_works(database: Database) -> None:
    states = AppStateRepository(database)
    await run(database, "ALTER TABLE app_state RENAME TO away")
    with pytest.raises(UserError, match="nothing changed"):
        await states.save("key", "value")
    with pytest.raises(UserError, match="cannot be read"):
        await states.fetch("key")
    await run(database, "ALTER TABLE away RENAME TO app_state")
    await states.save("key", "value")
    assert await states.fetch("key") == "value"


async def test_an_error_never_carries_what_was_written(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UserError) as raised:
        await database.upsert(AppStateRow, key="canary", value=None)
    assert "canary" not in f"{raised.value} {raised.value.__cause__} {caplog.text}"
