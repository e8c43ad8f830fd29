"""Since when nobody has heard the bot."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True, slots=True)
class Hole:
    """A time in which nothing that was sent was heard, in seconds."""

    outage_s: float
    """Until the call was back."""
    unheard_s: float
    """Before the loss was noticed."""


class Outage:
    """At most one, from what was heard last until the call is back."""

    def __init__(self) -> None:
        self._began_at: float | None = None
        self._unheard_s = 0.0

    def begin(self, heard_until: float) -> None:
        """Note that nothing is heard any more, unless that is known."""
        if self._began_at is None:
            now = monotonic()
            self._began_at = min(heard_until, now)
            self._unheard_s = now - self._began_at

    def end(self) -> Hole | None:
        """Return what is over now, if anything is."""
        if self._began_at is None:
            return None
        hole = Hole(monotonic() - self._began_at, self._unheard_s)
        self._began_at = None
        return hole
