"""Migrations: from nothing, once more, halfway, and from the future."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from bot.errors import ConfigError
from bot.settings.guild import GuildSettings
from bot.storage._upgrade import MIGRATIONS
from bot.storage.audit import AuditRepository
from bot.storage.database import Database
from bot.storage.settings import SettingsRepository
from bot.storage.tables import Base

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    async with database._engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_table_of_ours_is_strict(database: Database, path: Path) -> None:
    found = tables(path)
    assert {name for name, sql in found.items() if "STRICT" in sql} == set(Base.metadata.tables)


async def test_migrating_again_changes_nothing(database: Database, path: Path) -> None:
    before = tables(path)
    await database.migrate()
    assert tables(path) == before


async def test_settings_of_the_first_version_are_kept(url: str, path: Path) -> None:
    database = await Database.open(url)
    async with database._engine.begin() as connection:
        await connection.run_sync(migrate_to, "0001")
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "INSERT INTO guild_settings VALUES (7, NULL, 'Ethan', NULL, 'calm', ?, 1)",
            ("2026-01-01T00:00:00+00:00",),
        )
        other.commit()
    await database.migrate()
    kept = await SettingsRepository(database).fetch_guild(7)
    entries = await AuditRepository(database).fetch(7, most=10)
    await database.close()
    assert kept == GuildSettings(voice="Ethan", style="calm")
    assert {(entry.by, entry.name, entry.new) for entry in entries} == {
        (1, "voice", '"Ethan"'),
        (1, "style", '"calm"'),
    }


async def test_every_migration_can_be_taken_back(database: Database, path: Path) -> None:
    async with database._engine.begin() as connection:
        await connection.run_sync(migrate_to, "base")
    assert set(tables(path)) == {"alembic_version"}


def migrate_to(connection: Connection, revision: str) -> None:
    alembic = Config()
    alembic.set_main_option("script_location", MIGRATIONS)
    alembic.attributes["connection"] = connection
    move = command.downgrade if revision == "base" else command.upgrade
    move(alembic, revision)


async def test_two_processes_that_start_at_once_take_turns(url: str, path: Path) -> None:
    databases = [await Database.open(url) for _ in range(3)]
    await asyncio.gather(*(database.migrate() for database in databases))
    await asyncio.gather(*(database.close() for database in databases))
    assert set(tables(path)) == {*Base.metadata.tables, "alembic_version"}


async def test_a_migration_that_fails_leaves_nothing_behind(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(url)
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr("bot.storage.database.upgrade", upgrade_and_fail)
        await database.migrate()
    assert tables(path) == {}
    await database.migrate()
    assert set(Base.metadata.tables) < set(tables(path))
    await database.close()


def upgrade_and_fail(connection: Connection) -> None:
    from bot.storage._upgrade import upgrade

    upgrade(connection)
    raise ZeroDivisionError


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    database: Database, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    before = tables(path)
    with pytest.raises(ConfigError, match=r"written by a newer version .*9999") as raised:
        await database.migrate()
    assert len(raised.value.problems) == 1
    assert tables(path) == before
