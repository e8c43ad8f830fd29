"""One process for one folder: two would write over each other there."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bot.errors import ConfigError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

FILE_NAME: Final = "lock"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

_BEHIND_THE_ID: Final = 1 << 20
"""On Windows what is locked cannot be read; the process id can, before this byte."""

_MAX_ID_BYTES: Final = 20


@contextmanager
def hold(folder: Path, *, variable: str) -> Iterator[None]:
    """Keep every other process out of `folder`; whatever ends this one lets go of it.

    Args:
        folder: Made if it is not there.
        variable: The setting that names it, for the operator.

    Raises:
        ConfigError: Another process holds it, or nothing can be written there.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        file = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise ConfigError([f"{variable} {folder} cannot be used: {error.strerror}"]) from error
    try:
        _lock(file, folder, variable)
        yield
    finally:
        os.close(file)


def _lock(file: int, folder: Path, variable: str) -> None:
    try:
        _lock_now(file)
    except (BlockingIOError, PermissionError):
        holder = os.read(file, _MAX_ID_BYTES).decode(errors="replace").strip()
        raise ConfigError([_in_use(folder, variable, holder)]) from None
    except OSError as error:  # some network file systems know no locks
        log.warning("%s cannot be locked: let no other bot use it (%s)", folder, error.strerror)
    os.ftruncate(file, 0)
    os.write(file, str(os.getpid()).encode())


def _lock_now(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _BEHIND_THE_ID, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _in_use(folder: Path, variable: str, holder: str) -> str:
    return (
        f"{variable} {folder} is in use by another bot (process {holder or 'unknown'}): "
        f"stop that one, or give this one a {variable} of its own"
    )
