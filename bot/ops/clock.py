"""What time it is for Discord, whatever the clock of the machine says."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

WRONG_S: Final = 5.0
"""From here on the clock of the machine is wrong; less may be the way of an answer: it has seconds
only, and took its time to come."""


class DiscordClock:
    """Goes by the last answer of Discord's API, and by a clock that nobody sets since then.

    Messages carry Discord's time. How old one is could be measured by the machine's clock, but
    where that is fast every message looks stale, and where it is slow none does. The smallest age
    that was seen would tell how wrong it is, were it not for the one moment that matters: after an
    outage Discord tells all at once what it could not tell before, and where nothing was written
    until then, that looks like a clock that is fast. The bot has asked the API before it hears of
    any message (to log in), and asks again with every answer it gives.

    Until the first answer it is the clock of the machine.

    Args:
        monotonic: Seconds that nobody sets.
        wall: The time of the machine, in UTC.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._told: tuple[datetime, float] | None = None
        self._is_wrong = False

    def now(self) -> datetime:
        """Return the time in UTC, to a second or two."""
        if self._told is None:
            return self._wall()
        told, at = self._told
        return told + timedelta(seconds=self._monotonic() - at)

    def note(self, date: str) -> None:
        """Take in the `Date` of an answer that has just come; what is no date is passed over."""
        try:
            told = parsedate_to_datetime(date).astimezone(UTC)
        except ValueError:
            return
        self._told = (told, self._monotonic())
        self._compare((self._wall() - told).total_seconds())

    def _compare(self, ahead_s: float) -> None:
        """Tell the operator once that the clock is wrong, and once that it is right again."""
        if abs(ahead_s) < WRONG_S:
            if self._is_wrong:
                log.info("the clock of this machine is right again")
            self._is_wrong = False
        elif not self._is_wrong:
            self._is_wrong = True
            log.warning(
                "the clock of this machine is %.0f s %s: set it, best by NTP. "
                "Messages are read all the same; the times of records and backups are wrong",
                abs(ahead_s),
                "fast" if ahead_s > 0 else "slow",
            )
