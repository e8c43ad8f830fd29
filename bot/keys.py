"""API keys, which an operator may exchange while the bot runs."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from bot import log as bot_log
from bot._config_values import clean_secret, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

LOOK_INTERVAL_S: Final = 1.0
SETTLE_S: Final = 1.0
"""A file younger than this may be half written."""


class ApiKey:
    """A key and, if it came from one, the file that may hold another by now.

    The file is looked at when the key is asked for, at most once a second: one `stat` of a few
    microseconds, which follows the symbolic links that Kubernetes exchanges. What cannot be a key
    leaves the old one in place.
    """

    def __init__(
        self,
        value: str,
        *,
        name: str = "API key",
        file: Path | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._value = value
        self._name = name
        self._file = file
        self._now = now
        self._look_at = now()
        self._seen: tuple[int, int, int] | None = None
        self._complaint = ""
        self._callbacks: list[Callable[[], object]] = []

    def __repr__(self) -> str:
        return f"<ApiKey {self._name}>"

    def current(self) -> str:
        """Return the key to send now."""
        if self._now() >= self._look_at:
            self._look(is_urgent=False)
        return self._value

    def renew(self, refused: str) -> bool:
        """Look at once whether there is another key than one that was refused."""
        self._look(is_urgent=True)
        return self._value != refused

    def on_change(self, callback: Callable[[], object]) -> None:
        """Have something called whenever the key has changed."""
        self._callbacks.append(callback)

    def _look(self, *, is_urgent: bool) -> None:
        self._look_at = self._now() + LOOK_INTERVAL_S
        if self._file is None:
            return
        try:
            status = self._file.stat()
        except OSError as error:
            self._complain(f"cannot be read from {self._file}: {error.strerror}")
            return
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        is_settled = not 0 <= time.time() - status.st_mtime < SETTLE_S
        if seen != self._seen and (is_settled or is_urgent):
            self._seen = seen if is_settled else None
            self._read(self._file)

    def _read(self, file: Path) -> None:
        try:
            value = clean_secret(read_secret(file))
        except ValueError as error:
            self._complain(str(error))
            return
        self._complaint = ""
        if value != self._value:
            self._take(value)

    def _take(self, value: str) -> None:
        bot_log.hide(value)
        self._value = value
        log.info("%s was exchanged", self._name)
        for callback in self._callbacks:
            callback()

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            self._complaint = complaint
            log.warning("%s stays as it was: the new one %s", self._name, complaint)
