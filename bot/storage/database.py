"""The database: opened, checked, brought up to date, read, written to, closed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.errors import ConfigError, UserError
from bot.i18n import _
from bot.storage._upgrade import upgrade
from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

    from sqlalchemy import URL, Connection, Executable, Row, Select
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry

    from bot.storage.tables import Base

log = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_TIMEOUT_MS: Final = 5_000
CONNECT_S: Final = 5.0
ANSWER_S: Final = 10.0
"""How long PostgreSQL may take for one statement; migrations may take as long as they need."""

CLOSE_S: Final = 3.0
"""How long a shutdown waits for what is being written."""

FOLDER_MODE = 0o700
IN_MEMORY = ":memory:"

_PRIMARY = 0xFF  # of SQLite's result codes; the bits above say more about it
_BEGIN = "sqlite_begin"  # our execution option: which BEGIN a connection starts with
_PRAGMAS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    # Readers never wait for the writer.
    "journal_mode = WAL",
    # In WAL only FULL keeps a commit through a loss of power (sqlite.org/pragma.html), and
    # settings are written rarely enough to pay for it.
    "synchronous = FULL",
    "foreign_keys = ON",
)


class DamagedError(ConfigError):
    """The file of the database is not whole; a backup may be."""


class ForEach(NamedTuple):
    """One statement that is run with each of many rows; quicker than one statement for each."""

    statement: Executable
    rows: Sequence[Mapping[str, object]]


class Database:
    """One database and its connections; rows become models in the repositories."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._tasks = Tasks()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to `url`, and see that what is there is whole and can be written.

        Raises:
            DamagedError: It is a file, and it is damaged.
            ConfigError: There is no usable database.
        """
        address = make_url(url)
        with _starting(url):
            if address.get_backend_name() == "sqlite":
                await asyncio.to_thread(_probe, address.database or IN_MEMORY)
            database = cls(_engine(address, answer_s=ANSWER_S))
            async with database._engine.connect():
                return database

    async def migrate(self) -> None:
        """Bring the tables to what this version expects: all the way, or not at all.

        Raises:
            ConfigError: They cannot be, or are ahead of this version.
        """
        url = self._engine.url
        is_file = url.get_backend_name() == "sqlite"
        engine = self._engine if is_file else _engine(url)  # without a limit to its answers
        with _starting(url.render_as_string()):
            try:
                async with engine.connect() as connection:
                    await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                    async with connection.begin():
                        await connection.run_sync(upgrade)
            finally:
                if not is_file:
                    await engine.dispose()

    async def close(self) -> None:
        """Finish what is being written, and give back every connection."""
        await self._tasks.drain(CLOSE_S)
        await self._engine.dispose()

    async def unbroken(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end, even if whoever waits for it is cancelled meanwhile.

        A transaction that is broken off may be written or not, and SQLite's drivers leave it, and
        its lock, open until the connection is collected.
        """
        return await self._tasks.unbroken(work, name="database")

    async def fetch(self, query: Select[*tuple[Any, ...]]) -> Row[Any] | None:
        """Return the first row of `query`.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self.fetch_all(query.limit(1))
        return rows[0] if rows else None

    async def fetch_all(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[Any]]:
        """Return every row of `query`.

        Raises:
            UserError: The database does not answer.
        """
        return await self.unbroken(self._read(query))

    async def execute(self, *statements: Executable | ForEach) -> None:
        """Run changes, all or none of them; when this returns they are on the disk.

        Raises:
            UserError: Nothing was changed.
        """
        await self.unbroken(self._write(statements))

    async def upsert(self, row: type[Base], **values: object) -> None:
        """Write a whole row, over the one with the same key if there is one.

        Raises:
            UserError: Nothing was changed.
        """
        await self.execute(self.upsertion(row, **values))

    def upsertion(self, row: type[Base], **values: object) -> Executable:
        """Return the statement that writes a whole row, over the one with the same key."""
        keys = [column.name for column in row.__table__.primary_key]
        statement = self.insert(row).values(values)
        changed = {name: statement.excluded[name] for name in values if name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)

    def insert(self, row: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """Return an insertion that can say what is done with a row that is already there."""
        # Both spell it alike, yet SQLAlchemy has no upsert without a dialect.
        if self._engine.dialect.name == "sqlite":
            return sqlite.insert(row)
        return postgresql.insert(row)

    async def _read(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[Any]]:
        with _serving(_("The settings cannot be read right now. Try again in a minute.")):
            async with self._engine.connect() as connection:
                return (await connection.execute(query)).all()

    async def _write(self, statements: Sequence[Executable | ForEach]) -> None:
        with _serving(_("This cannot be saved right now: nothing changed. Try again in a minute.")):
            async with self._engine.begin() as connection:
                for statement in statements:
                    if isinstance(statement, ForEach):
                        await connection.execute(*statement)
                    else:
                        await connection.execute(statement)


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite database, or `None` for any other."""
    address = make_url(url)
    name = address.database or IN_MEMORY
    if address.get_backend_name() != "sqlite" or name == IN_MEMORY or name.startswith("file:"):
        return None
    return Path(name)


def _probe(path: str) -> None:
    """Raise for a file that is no whole, writable database.

    Not through the engine: a connection of aiosqlite 0.22 that fails at once leaves a thread
    behind that writes a traceback if the loop ends before it does.
    """
    if path != IN_MEMORY:
        Path(path).parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        damage = sqlite3.DatabaseError("the file is damaged")
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _engine(url: URL, *, answer_s: float | None = None) -> AsyncEngine:
    # Parameters hold what people wrote; an error would otherwise carry them into the log.
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine
    return create_async_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_S, "command_timeout": answer_s},
        pool_pre_ping=True,  # a server that was restarted has closed the connections of the pool
    )


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions leave CREATE TABLE out; ours, begun below, do not.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


@contextmanager
def _starting(url: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise ConfigError([_line(url, f"it needs `pip install {error.name}`")]) from error
    except DBAPIError as error:
        raise ConfigError([_line(url, str(error.orig))]) from error
    except sqlite3.DatabaseError as error:
        kind = DamagedError if _is_damage(error) else ConfigError
        raise kind([_line(url, str(error))]) from error
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise ConfigError([_line(url, str(error))]) from error


@contextmanager
def _serving(sentence: str) -> Iterator[None]:
    try:
        yield
    # A UnicodeError: half a surrogate pair, which neither database can keep.
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        log.warning("The database does not answer: %s", cause)
        raise UserError(sentence) from error


def _line(url: str, reason: str) -> str:
    shown = make_url(url).render_as_string()
    return f"DATABASE_URL {shown} cannot be used: {reason.splitlines()[0]}"
