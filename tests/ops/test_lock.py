"""One process for one folder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.errors import ConfigError
from bot.ops.lock import FILE_NAME, hold

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from bot.ops.lock import hold
with hold(Path(sys.argv[1]), variable="DATA_DIR"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    with (
        hold(tmp_path, variable="DATA_DIR"),
        pytest.raises(ConfigError, match=rf"in use by another bot \(process {os.getpid()}\)"),
        hold(tmp_path, variable="DATA_DIR"),
    ):
        pytest.fail("two hold it")
    with hold(tmp_path, variable="DATA_DIR"):
        pass


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(ConfigError, match=rf"DATA_DIR .* \(process {holder.pid}\)"),
            hold(tmp_path, variable="DATA_DIR"),
        ):
            pytest.fail("two hold it")
        os.kill(holder.pid, signal.SIGKILL)
    with hold(tmp_path, variable="DATA_DIR"):
        assert (tmp_path / FILE_NAME).read_text() == str(os.getpid())


def test_a_folder_that_is_missing_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    with hold(tmp_path / "data", variable="DATA_DIR"):
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ConfigError, match=r"^DATA_DIR .* cannot be used: \w+"),
        hold(tmp_path / "file", variable="DATA_DIR"),
    ):
        pytest.fail("it is a file")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no flock")
def test_a_file_system_without_locks_is_used_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    with hold(tmp_path, variable="DATA_DIR"):
        assert "let no other bot use it" in caplog.text
