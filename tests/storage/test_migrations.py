"""Migrations: from nothing, once more, halfway, and from the future."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from bot.errors import ConfigError
from bot.settings.guild import GuildSettings
from bot.storage._upgrade import MIGRATIONS
from bot.storage.audit import AuditRepository
from bot.storage.database import Database
from bot.storage.settings import SettingsRepository
from bot.storage.tables import Base
from tests.storage.inside import OF_SQLITE, rows, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection

CHOSEN = GuildSettings(voice="Ethan", style="calm", speed=1.25, volume=0.0, pause_ms=0)


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    """A database nobody has migrated yet."""
    database = await Database.open(empty_url)
    yield database
    await database.close()


async def looked_at(database: Database, look: Callable[[Connection], Any]) -> Any:
    async with database._engine.begin() as connection:
        return await connection.run_sync(look)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def migrate_to(connection: Connection, revision: str, *, is_down: bool = False) -> None:
    alembic = Config()
    alembic.set_main_option("script_location", MIGRATIONS)
    alembic.attributes["connection"] = connection
    move = command.downgrade if is_down else command.upgrade
    move(alembic, revision)


async def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    assert await looked_at(database, differences) == []


@OF_SQLITE
async def test_every_table_of_ours_is_strict(database: Database) -> None:
    found = await run(database, "SELECT name FROM sqlite_master WHERE sql LIKE '%STRICT%'")
    assert {name for (name,) in found} == set(Base.metadata.tables)


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await SettingsRepository(database).change_guild(7, lambda _: CHOSEN, by=1)
    await database.migrate()
    assert await looked_at(database, differences) == []
    assert len(await rows(database, "settings")) == 5


async def test_settings_of_the_first_version_are_kept(empty: Database) -> None:
    await looked_at(empty, lambda connection: migrate_to(connection, "0002"))
    await run(
        empty,
        "INSERT INTO guild_settings VALUES"
        " (7, NULL, 'Ethan', NULL, 'calm', '2026-01-01T00:00:00+00:00', 1, 1.25, 0.0, 0)",
    )
    await empty.migrate()
    entries = await AuditRepository(empty).fetch(7, most=10)
    assert await SettingsRepository(empty).fetch_guild(7) == CHOSEN
    assert {(entry.by, entry.name, entry.new) for entry in entries} == {
        (1, "voice", '"Ethan"'),
        (1, "style", '"calm"'),
        (1, "speed", "1.25"),
        (1, "volume", "0.0"),
        (1, "pause_ms", "0"),
    }


async def test_every_migration_can_be_taken_back_and_run_again(empty: Database) -> None:
    await empty.migrate()
    await SettingsRepository(empty).change_guild(7, lambda _: CHOSEN, by=1)
    await looked_at(empty, lambda connection: migrate_to(connection, "0002", is_down=True))
    assert [row[0] for row in await rows(empty, "guild_settings")] == [7]
    await empty.migrate()
    assert await SettingsRepository(empty).fetch_guild(7) == CHOSEN
    await looked_at(empty, lambda connection: migrate_to(connection, "base", is_down=True))
    assert await looked_at(empty, tables) == {"alembic_version"}


async def test_processes_that_start_at_once_take_turns(empty_url: str) -> None:
    databases = [await Database.open(empty_url) for _ in range(3)]
    await asyncio.gather(*(database.migrate() for database in databases))
    found = await looked_at(databases[0], tables)
    await asyncio.gather(*(database.close() for database in databases))
    assert found == {*Base.metadata.tables, "alembic_version"}


async def test_a_migration_that_fails_leaves_nothing_behind(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr("bot.storage.database.upgrade", upgrade_and_fail)
        await empty.migrate()
    assert await looked_at(empty, tables) == set()
    await empty.migrate()
    assert set(Base.metadata.tables) < await looked_at(empty, tables)


def upgrade_and_fail(connection: Connection) -> None:
    from bot.storage._upgrade import upgrade

    upgrade(connection)
    raise ZeroDivisionError


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty: Database) -> None:
    await empty.migrate()
    await run(empty, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match=r"written by a newer version .*9999") as raised:
        await empty.migrate()
    assert len(raised.value.problems) == 1
    assert await looked_at(empty, differences) == []
