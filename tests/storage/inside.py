"""What a database holds, and statements of tests, past the repositories."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from bot.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

OF_SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For tests of what only SQLite does, or of what is the same with every database."""

OF_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


async def rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    """Return every row of a table, sorted."""
    return sorted(map(tuple, await run(database, f"SELECT * FROM {table}")))  # noqa: S608


async def run(database: Database, statement: str, **values: object) -> Sequence[Any]:
    """Run a statement of the test's own."""
    async with database._engine.begin() as connection:
        result = await connection.execute(text(statement), values)
        return result.all() if result.returns_rows else []


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Give the statements that reach the database meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def locked(url: str, table: str) -> AsyncIterator[None]:
    """Keep everybody else from writing to a table."""
    other = await Database.open(url)
    is_sqlite = other._engine.dialect.name == "sqlite"
    async with other._engine.connect() as connection:
        await connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        statement = "SELECT 1" if is_sqlite else f"LOCK TABLE {table} IN EXCLUSIVE MODE"
        await connection.execute(text(statement))
        yield
        await connection.rollback()
    await other.close()
