"""Who is muted because the speech service keeps refusing what they write."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.models import Origin

# Reliability catalogue, row T-14: 5 refusals in 10 minutes mute for 10 minutes.
REFUSALS: Final = 5
WINDOW_S: Final = 10 * 60.0
MUTED_S: Final = 10 * 60.0

FORGET_ABOVE: Final = 1_000
"""Members remembered before those without a recent refusal are forgotten."""


class Refusals:
    """Remembers when whose words were refused for their content.

    Every time is in seconds of one monotonic clock; nobody without a member id is remembered.
    """

    def __init__(self) -> None:
        self._refused_at: dict[Origin, deque[float]] = {}
        self._muted_until: dict[Origin, float] = {}

    def note(self, origin: Origin, now: float) -> None:
        """Remember a refusal, and mute whoever has had too many of them."""
        if origin.member_id is None:
            return
        if len(self._refused_at) >= FORGET_ABOVE:
            self._forget(now)
        times = self._refused_at.setdefault(origin, deque(maxlen=REFUSALS))
        times.append(now)
        if len(times) == REFUSALS and now - times[0] <= WINDOW_S:
            self._muted_until[origin] = now + MUTED_S
            del self._refused_at[origin]

    def is_muted(self, origin: Origin, now: float) -> bool:
        """Return whether nothing of `origin` is sent to a speech service now."""
        return now < self._muted_until.get(origin, now)

    def _forget(self, now: float) -> None:
        self._refused_at = {
            origin: times
            for origin, times in self._refused_at.items()
            if now - times[-1] <= WINDOW_S
        }
        self._muted_until = {
            origin: until for origin, until in self._muted_until.items() if now < until
        }
