"""`backup` and `restore`, as operators use them."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot import cli
from bot.ops.lock import hold
from bot.storage.backups import check
from tests.postgres import migrate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["oriole", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return run


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with one note in it."""
    await migrate(f"sqlite+aiosqlite:///{tmp_path}/oriole.db")
    note(tmp_path / "oriole.db", "first")
    return tmp_path / "oriole.db"


def note(path: Path, value: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT OR REPLACE INTO app_state VALUES ('note', ?)", (value,))
        connection.commit()


def noted(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (value,) = connection.execute("SELECT value FROM app_state").fetchone()
    return str(value)


def test_a_backup_is_made_beside_the_database_and_put_back(
    command: Callable[..., tuple[int, str]], path: Path
) -> None:
    code, printed = command("backup")
    (made,) = (path.parent / "backups").iterdir()
    assert code == 0
    assert str(made) in printed
    note(path, "second")
    code, printed = command("restore")
    assert code == 0
    assert noted(path) == "first"
    (aside,) = path.parent.glob("oriole.db.replaced-*")
    assert str(aside) in printed
    assert noted(aside) == "second"


def test_a_backup_goes_where_it_is_told_and_comes_from_there(
    command: Callable[..., tuple[int, str]], path: Path, tmp_path: Path
) -> None:
    with hold(tmp_path, variable="DATA_DIR"):  # as the bot does
        assert command("backup", tmp_path / "elsewhere.db")[0] == 0
    check(tmp_path / "elsewhere.db")
    note(path, "second")
    assert command("restore", tmp_path / "elsewhere.db")[0] == 0
    assert noted(path) == "first"


def test_nothing_is_restored_while_the_bot_runs(
    command: Callable[..., tuple[int, str]], path: Path
) -> None:
    command("backup")
    note(path, "second")
    with hold(path.parent, variable="DATA_DIR"):
        code, printed = command("restore")
    assert code == 78
    assert "in use by another bot" in printed
    assert noted(path) == "second"


@pytest.mark.usefixtures("path")
def test_what_cannot_be_is_one_line(
    command: Callable[..., tuple[int, str]], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("restore") == (
        1,
        f"nothing was restored: there is no good backup in {path.parent}/backups\n",
    )
    code, printed = command("restore", path.with_name("missing.db"))
    assert (code, printed) == (1, "nothing was restored: unable to open database file\n")
    assert noted(path) == "first"
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@host/name")
    code, printed = command("backup")
    assert code == 78
    assert "pg_dump" in printed
    assert "hunter2" not in printed
