"""How often one model of one account may be asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MINUTE_S: Final = 60.0

SPARE: Final = 1.005
"""Requests do not all take equally long to the endpoint: 1.7 ms between two at 180 a minute."""

LEAST_FACTOR: Final = 0.5
"""The limit of an account is known, so half of it is slow enough even if others use it too."""

START_RAMP_PER_S: Final = 0.5 / MINUTE_S
"""From the half to the whole in a minute: the endpoint refuses a rate that rises too quickly."""

RECOVERY_PER_S: Final = 0.1 / MINUTE_S

FIRST_PAUSE_S: Final = 1.0
"""After a 429 that names no time (Alibaba Model Studio documentation, "Error codes")."""

MAX_PAUSE_S: Final = 60.0
"""Recovery is "typically within one minute" (Alibaba Model Studio documentation, "Rate limits")."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One request that was let through."""

    epoch: int
    """How often the rate had been halved when it was."""


class Pace:
    """An even pace (generic cell rate without burst) that halves on 429 and slowly recovers.

    The endpoint enforces a limit per minute by the second, so nothing is saved up: two requests
    are never closer than 60 s / `requests_per_minute`. After a 429 nobody goes for as long as the
    service asks, then one request alone, and the others when that one has begun to sound.

    All times are seconds of one monotonic clock, which the caller reads.
    """

    def __init__(self, requests_per_minute: float, now: float) -> None:
        self._interval_s = MINUTE_S / requests_per_minute * SPARE
        self._due = now
        self._paused_until = now
        self._factor = LEAST_FACTOR
        self._factor_since = now
        self._recovery_per_s = START_RAMP_PER_S
        self._epoch = 0
        self._pauses_in_a_row = 0
        self._is_on_trial = False
        self._probe: Attempt | None = None

    def factor(self, now: float) -> float:
        """Return the share of the full rate that is used, 0.5 to 1."""
        gained = (now - self._factor_since) * self._recovery_per_s
        return min(1.0, self._factor + gained)

    @property
    def ready_at(self) -> float:
        """When the next request may go; infinity while one alone tries whether any may."""
        if self._probe is not None:
            return math.inf
        return max(self._due, self._paused_until)

    @property
    def paused_until(self) -> float:
        """Until when the service wants to be left alone."""
        return self._paused_until

    def send(self, now: float) -> Attempt:
        """Count a request that goes at this moment, which is not before `ready_at`."""
        attempt = Attempt(self._epoch)
        self._due = now + self._interval_s / self.factor(now)
        if self._is_on_trial:
            self._probe = attempt
        return attempt

    def succeed(self, attempt: Attempt) -> None:
        """Note that a request began to sound."""
        if attempt.epoch == self._epoch:
            self._is_on_trial = False
            self._pauses_in_a_row = 0
        self.end(attempt)

    def throttle(self, attempt: Attempt, now: float, retry_after_s: float | None) -> None:
        """Slow down after a 429, once for all requests that were under way together."""
        pause_s = FIRST_PAUSE_S * 2**self._pauses_in_a_row
        if retry_after_s is not None:
            pause_s = retry_after_s
        self._paused_until = max(self._paused_until, now + min(pause_s, MAX_PAUSE_S))
        self.end(attempt)
        if attempt.epoch != self._epoch:
            return
        self._factor = max(LEAST_FACTOR, self.factor(now) / 2)
        self._factor_since = now
        self._recovery_per_s = RECOVERY_PER_S
        self._epoch += 1
        self._pauses_in_a_row += 1
        self._is_on_trial = True

    def end(self, attempt: Attempt) -> None:
        """Let others go on if `attempt` was the one that tried; what it found out is told apart."""
        if self._probe is attempt:
            self._probe = None
