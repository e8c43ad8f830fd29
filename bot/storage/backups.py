"""Copies of a SQLite file: made while it is in use, checked, kept for a week, put back."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER: Final = "backups"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
UNFINISHED: Final = ".part"
BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file."""

INTERVAL: Final = timedelta(days=1)
KEPT_FOR: Final = timedelta(days=7)
"""What members delete is gone from the backups after that, too."""

_BUSY_S: Final = 5.0
_MOMENT: Final = "%Y%m%d-%H%M%S"


class NotABackupError(Exception):
    """A file is no whole database of this bot; `str(error)` says why."""


class Aside(StrEnum):
    """Why a file was moved aside; a part of its name from then on."""

    DAMAGED = "damaged"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy, and when it was made."""

    path: Path
    made_at: datetime


class Backups:
    """The copies of one file, in a folder beside it."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.folder = source.parent / FOLDER
        name = re.escape(source.stem)
        self._copies = re.compile(rf"{name}-(\d{{8}}-\d{{6}})\.db")
        self._unfinished = re.compile(rf"{name}-(\d{{8}}-\d{{6}})\.db{re.escape(UNFINISHED)}")
        self._aside = re.compile(
            rf"{re.escape(source.name)}\.(?:{'|'.join(Aside)})-(\d{{8}}-\d{{6}})"
            rf"(?:{'|'.join(BESIDE)})?"
        )

    def all(self) -> list[Backup]:
        """Return every copy, the newest first."""
        return _found(self.folder, self._copies)

    def make(self, now: datetime) -> Backup:
        """Make a copy in the folder.

        Raises:
            OSError, sqlite3.Error, NotABackupError: There is none, or no whole one.
        """
        self.folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        target = self.folder / f"{self.source.stem}-{now.astimezone(UTC).strftime(_MOMENT)}.db"
        copy(self.source, target)
        return Backup(target, now)

    def is_due(self, now: datetime) -> bool:
        """Return whether the newest copy is a day old, or from a clock that was ahead."""
        return not any(timedelta() <= now - each.made_at < INTERVAL for each in self.all())

    def delete_old(self, now: datetime) -> list[Backup]:
        """Delete and return what was kept for long enough; the newest copy stays, however old.

        What was moved aside holds the same about people, and is kept for no longer.
        """
        kept = [
            *self.all()[1:],
            *_found(self.folder, self._unfinished),
            *_found(self.source.parent, self._aside),
        ]
        old = [each for each in kept if now - each.made_at >= KEPT_FOR]
        for each in old:
            each.path.unlink(missing_ok=True)
        return old

    def newest_good(self) -> Backup | None:
        """Return the newest copy that is whole."""
        for backup in self.all():
            with contextlib.suppress(OSError, sqlite3.Error, NotABackupError):
                check(backup.path)
                return backup
        return None


def copy(source: Path, target: Path) -> None:
    """Write a whole copy of a database that may be in use to `target`, over what is there.

    Raises:
        OSError, sqlite3.Error, NotABackupError: It cannot be read, written or is damaged; what was
            at `target` is still there.
    """
    with _written_whole(target) as part:
        _clone(source, part)


def restore(backup: Path, target: Path, *, now: datetime, why: Aside) -> Path | None:
    """Put a copy in the place of a database nobody uses; return where that was moved.

    Raises:
        OSError, sqlite3.Error, NotABackupError: The copy is not whole, or cannot be copied; what
            was at `target` is still there.
    """
    with _written_whole(target) as part:
        _clone(backup, part)
        return _move_aside(target, f".{why}-{now.astimezone(UTC).strftime(_MOMENT)}")


def check(path: Path) -> None:
    """Do nothing for a whole database of this bot.

    Raises:
        OSError, sqlite3.Error, NotABackupError: It is none.
    """
    with closing(_connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise NotABackupError("it is damaged")
        if not has_tables(connection):
            raise NotABackupError("there is nothing of this bot in it")


def has_tables(connection: sqlite3.Connection) -> bool:
    """Return whether a database was ever migrated."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    return found.fetchone() is not None


def _connect(path: Path) -> sqlite3.Connection:
    # A file that is not there is an error, and not made.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_S)


def _clone(source: Path, target: Path) -> None:
    with closing(_connect(source)) as original, closing(_connect(target)) as clone:
        # What is in the log alone would be lost with it.
        original.execute("PRAGMA wal_checkpoint(PASSIVE)")
        original.backup(clone)
        clone.execute("PRAGMA journal_mode = DELETE")  # one file, to be copied by any means
    check(target)


@contextlib.contextmanager
def _written_whole(target: Path) -> Iterator[Path]:
    """Give a file to write that takes the place of `target` when it is on the disk."""
    part = target.with_name(target.name + UNFINISHED)
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move_aside(path: Path, ending: str) -> Path | None:
    if not path.exists():
        return None
    for each in BESIDE:
        with contextlib.suppress(FileNotFoundError):
            beside = path.with_name(path.name + each)
            beside.replace(path.with_name(path.name + ending + each))
    return path.replace(path.with_name(path.name + ending))


def _found(folder: Path, name: re.Pattern[str]) -> list[Backup]:
    """Return the files of a folder that are named like this, the newest first."""
    try:
        names = [each.name for each in folder.iterdir()]
    except FileNotFoundError:
        return []
    found: Iterable[re.Match[str]] = filter(None, map(name.fullmatch, names))
    files = [Backup(folder / each[0], _moment(each[1])) for each in found]
    return sorted(files, key=lambda file: file.made_at, reverse=True)


def _moment(written: str) -> datetime:
    return datetime.strptime(written, _MOMENT).replace(tzinfo=UTC)
