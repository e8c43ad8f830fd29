"""What moderators decide on the page of limits: how much is read, and when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.i18n import N_
from bot.settings.choices import Overflow
from bot.settings.declare import Page, setting
from bot.settings.kinds import Choice, HoursOfDay, Number, TimeZone, Unit
from bot.settings.pages.unset import NONE

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.settings.kinds import Hours

MAX_CHARACTERS: Final = 600
"""Of one message: reliability catalogue, row A-03."""

MAX_WAITING: Final = 50
MAX_HURRY: Final = 1.4
"""Faster than that, people no longer follow (product.md, reading aloud)."""

_length = partial(setting, page=Page.LIMITS, part=N_("Length"))
_queue = partial(setting, page=Page.LIMITS, part=N_("The queue"))
_hours = partial(setting, page=Page.LIMITS, part=N_("Quiet hours"))


@dataclass(frozen=True)
class LimitsPage:
    """The settings of one page; `GuildSettings` has the room for their values."""

    __slots__ = ()

    max_characters: int = _length(
        300,
        Number(10, MAX_CHARACTERS, Unit.CHARACTERS),
        N_("Longest message"),
        N_("How many characters of one message I read; then I say “and so on”."),
    )
    max_seconds: int = _length(
        60,
        Number(5, 300, Unit.SECONDS),
        N_("Longest speech"),
        N_("After how long I break off a message."),
    )
    max_waiting: int = _queue(
        10,
        Number(1, MAX_WAITING, Unit.MESSAGES),
        N_("Queue"),
        N_("How many messages may wait to be spoken."),
    )
    max_waiting_each: int = _queue(
        3,
        Number(1, MAX_WAITING, Unit.MESSAGES),
        N_("Queue of one member"),
        N_("How many messages of one member may wait to be spoken."),
    )
    overflow: Overflow = _queue(
        Overflow.NEWEST,
        Choice(
            {
                Overflow.NEWEST: N_("The new message"),
                Overflow.OLDEST: N_("The one that waits longest"),
            }
        ),
        N_("When the queue is full"),
        N_("Which message is left out when too many wait."),
    )
    interval_s: float = _queue(
        2.0,
        Number(0.0, 60.0, Unit.SECONDS),
        N_("Time between messages"),
        N_("How long one member waits until I read their next message."),
    )
    hurry: float = _queue(
        1.2,
        Number(1.0, MAX_HURRY, Unit.FACTOR),
        N_("Hurry"),
        N_("How much faster I read while more than five messages wait."),
    )
    hold_back_ms: int = _queue(
        0,
        Number(0, 3_000, Unit.MILLISECONDS, zero=N_("not at all")),
        N_("Hold back"),
        N_("How long I wait before I read, so that moderation bots can delete a message first."),
    )
    daily_characters: int | None = _length(
        None,
        Number(1, 1_000_000_000, Unit.CHARACTERS),
        N_("Characters a day"),
        N_("How many characters this server may have spoken a day, within what the bot allows."),
        unset=N_("as many as the bot allows"),
    )
    quiet_hours: Hours | None = _hours(
        None,
        HoursOfDay(),
        N_("Quiet hours"),
        N_("When I do not read by myself; commands still speak."),
        unset=NONE,
    )
    time_zone: ZoneInfo | None = _hours(
        None,
        TimeZone(),
        N_("Time zone"),
        N_("The time zone of the quiet hours, and of times in messages; UTC if not set."),
        unset=N_("UTC"),
    )
