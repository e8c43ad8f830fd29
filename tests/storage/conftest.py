"""A real database for every test, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from bot.storage.database import Database
from tests.postgres import migrate, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two databases a test is about."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with open_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the migrations leave it; they take longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "oriole.db"
    asyncio.run(migrate(_url(path)))
    return path


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path.as_posix()}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is, for tests of SQLite alone."""
    return tmp_path / "kept" / "oriole.db"


@pytest.fixture
def url(request: pytest.FixtureRequest, kind: str, path: Path) -> str:
    """A database as the migrations leave it."""
    if kind == "sqlite":
        path.parent.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("migrated"), path)
        return _url(path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.kept()


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, kind: str, path: Path) -> str:
    """A database without anything in it; on SQLite there is not even the file."""
    if kind == "sqlite":
        return _url(path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()
