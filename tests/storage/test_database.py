"""The database: opened and refused, safe against crashes and neighbours."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.errors import ConfigError, UserError
from bot.storage.app_state import AppStateRepository
from bot.storage.database import Database
from bot.storage.tables import AppStateRow
from tests.storage.inside import OF_POSTGRESQL, OF_SQLITE, locked, run

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


async def test_a_missing_driver_says_what_to_install_and_shows_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigError, match=r"it needs `pip install asyncpg`") as raised:
        await Database.open("postgresql+asyncpg://bot:hunter2@127.0.0.1:1/oriole")
    assert "hunter2" not in str(raised.value)


async def test_a_server_that_is_not_there_shows_no_password() -> None:
    with pytest.raises(ConfigError, match=r"cannot be used: .*Connect call failed") as raised:
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


@OF_POSTGRESQL
async def test_a_server_that_has_closed_all_connections_is_connected_to_again(
    database: Database, url: str
) -> None:
    states = AppStateRepository(database)
    await states.save("key", "value")
    other = await Database.open(url)
    await run(
        other,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    await other.close()
    await states.save("key", "another")
    assert await states.fetch("key") == "another"


@OF_POSTGRESQL
async def test_a_server_that_does_not_answer_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.database.ANSWER_S", 0.1)
    database = await Database.open(url)
    states = AppStateRepository(database)
    async with locked(url, "app_state"):
        with pytest.raises(UserError, match="nothing changed"):
            await states.save("key", "value")
    await states.save("key", "value")
    await database.close()


@OF_POSTGRESQL
@pytest.mark.parametrize(
    ("name", "replacement", "reason"),
    [("_kept", "_missing", "does not exist"), ("postgres@", "nobody@", "does not exist")],
)
async def test_a_server_that_refuses_is_one_clear_line(
    url: str, name: str, replacement: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        await Database.open(url.replace(name, replacement))


@pytest.mark.parametrize("value", ["half \ud83d a pair", "unfit\0"])
async def test_text_that_no_database_can_keep_is_a_sentence_or_kept(
    database: Database, value: str
) -> None:
    states = AppStateRepository(database)
    with contextlib.suppress(UserError):
        await states.save("key", value)
    await states.save("key", "value")
    assert await states.fetch("key") == "value"


@OF_SQLITE
@pytest.mark.parametrize(
    ("fault", "cure", "cause"),
    [
        ("max_page_count = 1", "max_page_count = 1000000", "full"),
        ("query_only = ON", "query_only = OFF", "readonly"),
    ],
)
async def test_d_03_a_disk_that_takes_nothing_is_a_sentence_until_it_does_again(
    database: Database, caplog: pytest.LogCaptureFixture, fault: str, cure: str, cause: str
) -> None:
    states = AppStateRepository(database)
    await run(database, f"PRAGMA {fault}")
    with pytest.raises(UserError, match="nothing changed"):
        await states.save("key", "x" * 100_000)
    assert await states.fetch("key") is None
    await run(database, f"PRAGMA {cure}")
    await states.save("key", "x" * 100_000)
    assert cause in caplog.text
