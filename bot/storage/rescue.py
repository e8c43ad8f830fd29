"""A database that is damaged or lost at start: moved aside, and its newest good backup restored."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.errors import ConfigError
from bot.storage.backups import Aside, Backups, NotABackupError, has_tables, restore
from bot.storage.database import DamagedError, Database, file_of

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)


async def open_whole(url: str) -> Database:
    """Open a database, restoring it first if it is a file that is damaged, empty or missing.

    Only for whoever holds the lock of its folder: nobody else may use the file meanwhile.

    Raises:
        ConfigError: There is no usable database, and no good backup of it.
    """
    path = file_of(url)
    if path is None:
        return await Database.open(url)
    if await asyncio.to_thread(_is_lost, path):
        await asyncio.to_thread(_rescue, path, "is empty or missing")
    try:
        return await Database.open(url)
    except DamagedError:
        await asyncio.to_thread(_rescue, path, "is damaged")
        return await Database.open(url)


def _is_lost(path: Path) -> bool:
    """Return whether a database of which there are backups has not even tables."""
    if not Backups(path).all():
        return False  # it is the first start
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as connection:
            return not has_tables(connection)
    except sqlite3.Error:  # that is for `Database.open` to say
        return False


def _rescue(path: Path, what: str) -> None:
    log.error("the database %s %s", path, what)
    backups = Backups(path)
    backup = backups.newest_good()
    if backup is None:
        raise ConfigError([_beyond_help(path, what, backups)])
    now = datetime.now(UTC)
    try:
        aside = restore(backup.path, path, now=now, why=Aside.DAMAGED)
    except (OSError, sqlite3.Error, NotABackupError) as error:
        line = f"DATABASE_URL {path} {what}, and its backup cannot be restored: {error}"
        raise ConfigError([line]) from error
    hours = (now - backup.made_at).total_seconds() / 3600
    log.error(
        "restored the backup %s; what was changed in the %.1f hours since then is lost."
        " The file as it was is %s",
        backup.path,
        hours,
        aside or "gone",
    )


def _beyond_help(path: Path, what: str, backups: Backups) -> str:
    return (
        f"DATABASE_URL {path} {what}, and there is no good backup in {backups.folder}: "
        f"put one back with `restore`, or move the file away to begin with empty settings"
    )
