"""What a setting may be: every kind checks a value, from people, from a file or from the disk."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import time
from enum import Enum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from bot.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SNOWFLAKE: Final = 2**63 - 1
MAX_DIGITS: Final = 19


class InvalidValueError(ValueError):
    """A value is not one a setting may have; `str(error)` says what it may be."""


class Kind(ABC):
    """The values of a setting, and how they are written in JSON.

    `None` stands for "not set" where a setting has it as its default; no kind is asked for it.
    """

    @abstractmethod
    def load(self, written: Any) -> Any:
        """Return the value that `written`, as read from JSON, means.

        Raises:
            InvalidValueError: It is none.
        """

    def dump(self, value: Any) -> Any:
        """Return `value` as JSON can hold it."""
        return value


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no."""

    def load(self, written: Any) -> bool:
        """Return the value that `written` means."""
        if not isinstance(written, bool):
            raise InvalidValueError(_("must be true or false"))
        return written


class Unit(StrEnum):
    """What a number counts; a speed and a volume are shown as they are typed."""

    FACTOR = "factor"
    """1 is as usual."""
    PERCENT = "percent"
    """Kept as a factor: 1.0 is 100 percent."""
    MILLISECONDS = "ms"
    SECONDS = "s"
    CHARACTERS = "characters"
    MESSAGES = "messages"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A number from `least` to `most`, whole if both are; `zero` says what 0 means to people."""

    least: float
    most: float
    unit: Unit
    zero: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it has no fraction."""
        return isinstance(self.least, int) and isinstance(self.most, int)

    def load(self, written: Any) -> float:
        """Return the value that `written` means."""
        is_number = isinstance(written, int | float) and not isinstance(written, bool)
        # Written so that "not a number" is refused too.
        if not is_number or not self.least <= written <= self.most:
            raise InvalidValueError(
                _("must be a number from {least:g} to {most:g}").format(
                    least=self.least, most=self.most
                )
            )
        if not self.is_whole:
            return float(written)
        if written != int(written):
            raise InvalidValueError(_("must be a whole number"))
        return int(written)


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of a few words, `labels` saying each to people."""

    labels: Mapping[StrEnum, str]

    def load(self, written: Any) -> Enum:
        """Return the value that `written` means."""
        for value in self.labels:
            if value.value == written:
                return value
        allowed = ", ".join(value.value for value in self.labels)
        raise InvalidValueError(_("must be one of {allowed}").format(allowed=allowed))

    def dump(self, value: StrEnum) -> str:
        """Return `value` as JSON can hold it."""
        return value.value

    def __hash__(self) -> int:
        return hash(tuple(self.labels))


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """One line of 1 to `most` characters; `fields` may stand in it in braces."""

    most: int
    fields: tuple[str, ...] = ()

    def load(self, written: Any) -> str:
        """Return the value that `written` means, without the spaces around it."""
        text = " ".join(written.split()) if isinstance(written, str) else ""
        if not 1 <= len(text) <= self.most or not _is_storable(text):
            raise InvalidValueError(
                _("must be a text of 1 to {most} characters").format(most=self.most)
            )
        if self.fields and set(re.findall(r"\{(.*?)\}", text)) != set(self.fields):
            needed = " ".join(f"{{{field}}}" for field in self.fields)
            raise InvalidValueError(_("must contain {needed}").format(needed=needed))
        return text


def _is_storable(text: str) -> bool:
    """Return whether databases take a text: none takes halves of a character, not all take NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


class Mentionable(StrEnum):
    """Whose ids a setting holds."""

    ROLE = N_("role")
    MEMBER = N_("member")
    BOT = N_("bot or webhook")
    TEXT_CHANNEL = N_("text channel")
    VOICE_CHANNEL = N_("voice channel")


@dataclass(frozen=True, slots=True)
class Id(Kind):
    """The id of a role, a member or a channel, written as text: JSON readers round numbers."""

    of: Mentionable

    def load(self, written: Any) -> int:
        """Return the value that `written` means."""
        is_text = isinstance(written, str) and written.isascii() and written.isdigit()
        if not is_text or len(written) > MAX_DIGITS or not 0 < int(written) <= MAX_SNOWFLAKE:
            raise InvalidValueError(_("must be the id of a {kind}").format(kind=_(self.of.value)))
        return int(written)

    def dump(self, value: int) -> str:
        """Return `value` as JSON can hold it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Ids(Kind):
    """Up to `most` ids, each once, in rising order."""

    of: Mentionable
    most: int

    def load(self, written: Any) -> tuple[int, ...]:
        """Return the value that `written` means."""
        if not isinstance(written, list) or len(written) > self.most:
            raise InvalidValueError(_("must be a list of up to {most} ids").format(most=self.most))
        return tuple(sorted({Id(self.of).load(each) for each in written}))

    def dump(self, value: tuple[int, ...]) -> list[str]:
        """Return `value` as JSON can hold it."""
        return [str(each) for each in value]


@dataclass(frozen=True, slots=True)
class Words(Kind):
    """Up to `most` texts of up to `most_characters`, each once, in their order."""

    most: int
    most_characters: int

    def load(self, written: Any) -> tuple[str, ...]:
        """Return the value that `written` means."""
        if not isinstance(written, list) or len(written) > self.most:
            raise InvalidValueError(
                _("must be a list of up to {most} texts").format(most=self.most)
            )
        each = Text(self.most_characters)
        return tuple(dict.fromkeys(each.load(word) for word in written))

    def dump(self, value: tuple[str, ...]) -> list[str]:
        """Return `value` as JSON can hold it."""
        return list(value)


@dataclass(frozen=True, slots=True)
class WordPerKey(Kind):
    """A text for some of `keys`, such as a voice for each language; a tuple of pairs."""

    keys: Choice
    most_characters: int

    def load(self, written: Any) -> tuple[tuple[StrEnum, str], ...]:
        """Return the value that `written` means."""
        if not isinstance(written, dict):
            raise InvalidValueError(_("must be an object"))
        each = Text(self.most_characters)
        pairs = {self.keys.load(key): each.load(word) for key, word in written.items()}
        return tuple((key, pairs[key]) for key in self.keys.labels if key in pairs)

    def dump(self, value: tuple[tuple[StrEnum, str], ...]) -> dict[str, str]:
        """Return `value` as JSON can hold it."""
        return {key.value: word for key, word in value}


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of a day, which may go over midnight."""

    start: time
    end: time

    def __contains__(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class HoursOfDay(Kind):
    """A span of a day, written as `22:00-07:00`."""

    def load(self, written: Any) -> Hours:
        """Return the value that `written` means."""
        found = re.fullmatch(
            r"\s*([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\s*", str(written)
        )
        try:
            if found is None:
                raise ValueError
            hour, minute, end_hour, end_minute = map(int, found.groups())
            hours = Hours(time(hour, minute), time(end_hour, end_minute))
            if hours.start == hours.end:
                raise ValueError
        except ValueError:
            raise InvalidValueError(_("must be a span such as 22:00-07:00")) from None
        return hours

    def dump(self, value: Hours) -> str:
        """Return `value` as JSON can hold it."""
        return str(value)


@dataclass(frozen=True, slots=True)
class TimeZone(Kind):
    """The name of a time zone, such as `Europe/Berlin`."""

    def load(self, written: Any) -> ZoneInfo:
        """Return the value that `written` means."""
        name = time_zones().get(str(written).strip().replace(" ", "_").casefold())
        if name is None:
            raise InvalidValueError(_("must be a time zone such as Europe/Berlin"))
        return ZoneInfo(name)

    def dump(self, value: ZoneInfo) -> str:
        """Return `value` as JSON can hold it."""
        return value.key


@cache
def time_zones() -> Mapping[str, str]:
    """Return the name of every time zone by its folded name."""
    return {name.casefold(): name for name in sorted(available_timezones())}
