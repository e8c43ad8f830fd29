"""Moments as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_skeleton, format_time, format_timedelta

from bot.text.phrases import locale_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.text._phrases.phrases import Phrases
    from bot.text.nodes import Timestamp

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC) + _DAY
_LATEST: Final = datetime.max.replace(tzinfo=UTC) - _DAY  # no time zone leads beyond that
_MOST_SECONDS: Final = (_LATEST - _EPOCH) // timedelta(seconds=1)
_LEAST_SECONDS: Final = (_EARLIEST - _EPOCH) // timedelta(seconds=1)
_NOW: Final = timedelta(seconds=5)
_WITH_DATE: Final = "dDfFsS"
_WITH_TIME: Final = "tTfFsS"


def said_for_time(
    timestamp: Timestamp, *, now: datetime, zone: tzinfo | None, phrases: Phrases
) -> str:
    """Return what is said for a moment; "" if it is out of every calendar.

    The date is said in words, and a time without its seconds, whatever is shown.

    Args:
        timestamp: The moment, and how it is shown.
        now: When this is said.
        zone: Where those who listen are; with `None` the time says that it is UTC.
        phrases: The words of the language.
    """
    if not _LEAST_SECONDS <= timestamp.seconds <= _MOST_SECONDS:
        return ""
    moment = _EPOCH + timedelta(seconds=timestamp.seconds)
    if timestamp.style == "R":
        return _relative(moment - now, phrases)
    local = moment.astimezone(zone or UTC)
    date = _date(local, timestamp.style, now, phrases)
    time = _time(local, phrases) + (" UTC" if zone is None else "")
    parts = [date] * (timestamp.style in _WITH_DATE) + [time] * (timestamp.style in _WITH_TIME)
    return phrases.comma.join(parts)


def _relative(delta: timedelta, phrases: Phrases) -> str:
    if abs(delta) < _NOW:
        return phrases.now
    return _plain(format_timedelta(delta, add_direction=True, locale=locale_of(phrases)), phrases)


def _date(local: datetime, style: str, now: datetime, phrases: Phrases) -> str:
    locale = locale_of(phrases)
    if style == "F":
        return _plain(format_date(local, "full", locale=locale), phrases)
    if local.year == now.astimezone(local.tzinfo).year:
        return _plain(format_skeleton("MMMMd", local, locale=locale), phrases)
    return _plain(format_date(local, "long", locale=locale), phrases)


def _time(local: datetime, phrases: Phrases) -> str:
    on_the_hour, between = phrases.clock or ("short", "short")
    pattern = between if local.minute else on_the_hour
    return _plain(
        format_time(local, pattern, tzinfo=local.tzinfo, locale=locale_of(phrases)), phrases
    )


def _plain(formatted: str, phrases: Phrases) -> str:
    """Return what Babel writes with plain spaces, and nothing in it abbreviated."""
    plain = " ".join(formatted.split())
    return plain.replace(*phrases.year) if phrases.year else plain
