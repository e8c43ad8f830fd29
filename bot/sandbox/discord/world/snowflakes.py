"""Discord's ids: 64 bits that carry the moment of their creation."""

from __future__ import annotations

import itertools
import re
import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000  # "Snowflakes", Discord API reference
TIMESTAMP_SHIFT = 22
INCREMENTS = 1 << 12

_SNOWFLAKE = re.compile(r"\d{1,20}", re.ASCII)


class Entity:
    """Something with an id; shows itself without its neighbours and without secrets."""

    id: int

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


class SnowflakeSource:
    """Makes ids that are unique and grow with time.

    Args:
        ahead_s: How far Discord's clock is ahead of the machine's.
    """

    def __init__(self, *, ahead_s: float = 0.0) -> None:
        self._ahead_s = ahead_s
        self._counter = itertools.count()
        self._last = 0

    def now_s(self) -> float:
        """Return Discord's time, in seconds since 1970."""
        return time.time() + self._ahead_s

    def take(self) -> int:
        """Return a new id, larger than every id before it."""
        since_epoch_ms = int(self.now_s() * 1000) - DISCORD_EPOCH_MS
        increment = next(self._counter) % INCREMENTS
        fresh = (since_epoch_ms << TIMESTAMP_SHIFT) | (1 << 17) | increment
        self._last = max(fresh, self._last + 1)
        return self._last


def created_at(snowflake: int) -> datetime:
    """Return the moment in which `snowflake` was made."""
    milliseconds = (snowflake >> TIMESTAMP_SHIFT) + DISCORD_EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def parse_snowflake(value: object) -> int | None:
    """Return the id in `value` (a string or a number), or None if there is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    if not _SNOWFLAKE.fullmatch(str(value)) or int(value) >= 1 << 64:
        return None
    return int(value)


def parse_moment(value: str) -> datetime:
    """Read ISO 8601; what names no offset is UTC.

    Raises:
        ValueError: It is none.
    """
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime | None) -> str | None:
    """Write `moment` the way Discord does (ISO 8601 with microseconds and offset)."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
