"""What a JSON field may hold: each check returns None, or the code and the words of its fault."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from bot.sandbox.discord.world.snowflakes import parse_moment, parse_snowflake

Fault = tuple[str, str]
Check = Callable[[Any], Fault | None]

MAX_DIGITS: Final = 20  # of 64 bits
MAX_COLOR: Final = 0xFFFFFF
SHOWN: Final = 40  # characters of a wrong value in the words about it

_WELL_FORMED = re.compile(r"//[^/?#\s]+\S*")


def text(value: Any) -> Fault | None:
    """Check a string."""
    if isinstance(value, str):
        return None
    return "STRING_TYPE_CONVERT", "Could not interpret value as string."


def coercible(value: Any) -> Fault | None:
    """Check a string, or a number that is taken for one."""
    return None if isinstance(value, (int, float)) else text(value)


def number(value: Any) -> Fault | None:
    """Check a number with or without a fraction."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _not_a("float", value)
    return None if math.isfinite(value) else _not_a("float", value)


def integer(value: Any) -> Fault | None:
    """Check a whole number, or the digits of one."""
    digits = str(value).removeprefix("-")
    if isinstance(value, bool) or not _is_decimal(digits) or len(digits) > MAX_DIGITS:
        return _not_a("int", value)
    return None


def bits(value: Any) -> Fault | None:
    """Check a bitfield of 64 bits: a number, or its digits."""
    if (fault := integer(value)) is not None:
        return fault
    return None if 0 <= int(value) < 1 << 64 else _not_a("int", value)


def color(value: Any) -> Fault | None:
    """Check a colour: 24 bits."""
    if (fault := integer(value)) is not None:
        return fault
    if 0 <= int(value) <= MAX_COLOR:
        return None
    return "NUMBER_TYPE_RANGE", f"int value should be between 0 and {MAX_COLOR}."


def snowflake(value: Any) -> Fault | None:
    """Check an id."""
    return None if parse_snowflake(value) is not None else _not_a("snowflake", value)


def moment(value: Any) -> Fault | None:
    """Check a date with a time."""
    try:
        parse_moment(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return "DATE_TIME_TYPE_PARSE", f"Could not parse {str(value)[:SHOWN]}. Should be ISO8601."
    return None


def yes_or_no(value: Any) -> Fault | None:
    """Check a boolean."""
    if isinstance(value, bool):
        return None
    return "BOOLEAN_TYPE_CONVERT", "Must be either true or false."


def record(value: Any) -> Fault | None:
    """Check an object."""
    if isinstance(value, dict):
        return None
    return "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"


def texts(value: Any) -> Fault | None:
    """Check an object whose values are texts: localizations."""
    if not isinstance(value, dict):
        return record(value)
    return next((fault for item in value.values() if (fault := text(item))), None)


def many(value: Any) -> Fault | None:
    """Check a list."""
    if isinstance(value, list):
        return None
    return "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"


@dataclass(frozen=True, slots=True)
class Each:
    """A list, every item of which has to pass a check of its own."""

    item: Check

    def __call__(self, value: Any) -> Fault | None:
        """Check that it is a list; `faults` looks at the items."""
        return many(value)

    def faults(self, value: list[Any]) -> dict[int, Fault]:
        """Return what is wrong with the items, by their place in the list."""
        found = {index: self.item(item) for index, item in enumerate(value)}
        return {index: fault for index, fault in found.items() if fault is not None}


records = Each(record)
snowflakes = Each(snowflake)
integers = Each(integer)


@dataclass(frozen=True, slots=True)
class Url:
    """An address with one of some schemes; an empty one counts as none."""

    schemes: tuple[str, ...]

    def __call__(self, value: Any) -> Fault | None:
        """Check an address."""
        if (fault := text(value)) is not None or not value:
            return fault
        scheme, colon, rest = value.strip().partition(":")
        if colon and scheme.lower() not in self.schemes:
            shown = f'Scheme "{scheme[:SHOWN].lower()}" is not supported.'
            return "URL_TYPE_INVALID_SCHEME", f"{shown} Scheme must be one of {self.schemes}."
        if not _WELL_FORMED.fullmatch(rest):
            return "URL_TYPE_INVALID_URL", "Not a well formed URL."
        return None


link = Url(("http", "https"))
button_link = Url(("http", "https", "discord"))
picture = Url(("http", "https", "attachment"))


def _is_decimal(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal()


def _not_a(kind: str, value: Any) -> Fault:
    return "NUMBER_TYPE_COERCE", f'Value "{str(value)[:SHOWN]}" is not {kind}.'
