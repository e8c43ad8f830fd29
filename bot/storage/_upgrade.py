"""Bring the tables of a database to what this version expects."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from bot.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

MIGRATIONS = "bot.storage:migrations"  # a package path, so that a wheel finds it too

LOCK: Final = 0x6F_72_69_6F_6C_65
"""Of PostgreSQL's advisory locks, the one for whoever migrates: "oriole"."""


def upgrade(connection: Connection) -> None:
    """Run every migration that `connection` lacks, in the transaction it is in.

    Two processes that start at once take turns, instead of both reading "empty": on SQLite the
    transaction has begun with the lock for writing, on PostgreSQL it takes one here.

    Raises:
        ConfigError: The database was written by a newer version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", MIGRATIONS)
    alembic.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(alembic)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError([_newer(connection, current)])
    command.upgrade(alembic, "head")
    log.info("Database upgraded from %s to %s", current or "nothing", scripts.get_current_head())


def _newer(connection: Connection, revision: str) -> str:
    return (
        f"DATABASE_URL {connection.engine.url.render_as_string()} was written by a newer version "
        f"of this bot (revision {revision}): run that version, or restore a backup"
    )
