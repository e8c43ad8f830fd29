"""A PostgreSQL for tests: the one that runs on this machine, or one that is started for them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from bot.storage.database import Database
from bot.storage.tables import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
"""Somebody who may create databases, on a server whose databases may come and go."""

CONNECT_S = 3.0

_WITHOUT_ROWS = "; ".join(f"DELETE FROM {name}" for name in Base.metadata.tables)  # noqa: S608
_WITHOUT_ANYTHING = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"

MISSING = (
    "No PostgreSQL: neither does one answer at TEST_POSTGRES_URL "
    "(postgresql://postgres@127.0.0.1:5432), nor is there initdb to start one"
)


class PostgresServer:
    """A database with the tables of the bot and one without; made once, emptied for every test."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._kept, self._empty = f"oriole_{os.getpid()}_kept", f"oriole_{os.getpid()}_empty"

    def open(self) -> None:
        """Make both databases."""
        for name in (self._kept, self._empty):
            self._run("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        self._migrate()

    def close(self) -> None:
        """Drop both databases."""
        for name in (self._kept, self._empty):
            self._run("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    def kept(self) -> str:
        """Return the URL of a database as the migrations leave it."""
        try:
            self._run(self._kept, _WITHOUT_ROWS)
        except asyncpg.PostgresError:  # the test before has left it broken
            self._migrate()
        return self._url(self._kept)

    def empty(self) -> str:
        """Return the URL of a database without anything in it."""
        self._run(self._empty, _WITHOUT_ANYTHING)
        return self._url(self._empty)

    def _migrate(self) -> None:
        self._run(self._kept, _WITHOUT_ANYTHING)
        asyncio.run(migrate(self._url(self._kept)))

    def _url(self, name: str) -> str:
        return f"{self._address.replace('postgresql', 'postgresql+asyncpg', 1)}/{name}"

    def _run(self, name: str, statement: str) -> None:
        asyncio.run(_execute(f"{self._address}/{name}", statement))


async def migrate(url: str) -> None:
    """Make the tables of a database."""
    database = await Database.open(url)
    await database.migrate()
    await database.close()


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def open_server(folder: Path) -> Iterator[PostgresServer]:
    """Give a server that is ready to make databases; without one, skip, or fail in CI."""
    with _running(folder) as address:
        server = PostgresServer(address)
        server.open()
        try:
            yield server
        finally:
            server.close()


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    if asyncio.run(_answers(RUNNING)):
        yield RUNNING
        return
    programs = _programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with _started(programs, folder) as address:
        yield address


async def _answers(address: str) -> bool:
    try:
        connection = await asyncpg.connect(f"{address}/postgres", timeout=CONNECT_S)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


def _programs() -> Path | None:
    """Return the folder of the server's programs, which Debian keeps out of the search path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    candidates = [*folders, *([Path(found).parent] if found else [])]
    return next((each for each in candidates if (each / "initdb").exists()), None)


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    owner = _owner(folder)
    data = folder / "postgres"
    # Nobody keeps what is in it: it need not survive a loss of power.
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, **owner)
    run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"])
    pg_ctl = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    run([*pg_ctl, "-o", options, "start"])
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        run([*pg_ctl, "-m", "immediate", "stop"])


def _owner(folder: Path) -> dict[str, Any]:
    """Return who is to run the server: it refuses to be run by root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd  # Windows has none

    postgres = pwd.getpwnam("postgres")
    os.chown(folder, postgres.pw_uid, postgres.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    return {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": [], "cwd": "/"}
