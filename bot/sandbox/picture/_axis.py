"""The way from the scene's clock to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.picture.scene import Moment, Sound

MAX_TICKS: Final = 12
SHORTEST_MS: Final = 100.0
_ROUND: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time between two pixels."""

    left: float
    right: float
    start_ms: float
    end_ms: float

    def x(self, at_ms: float) -> float:
        """Return the pixel of a time."""
        share = (at_ms - self.start_ms) / (self.end_ms - self.start_ms)
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[tuple[float, str]]:
        """Return round times with their labels, at most `MAX_TICKS` steps apart."""
        step_ms = _round_step((self.end_ms - self.start_ms) / MAX_TICKS)
        decimals = max(0, 3 - math.floor(math.log10(step_ms)))
        first, last = math.ceil(self.start_ms / step_ms), math.floor(self.end_ms / step_ms)
        return [
            (nth * step_ms, f"{nth * step_ms / 1000:.{decimals}f} s")
            for nth in range(first, last + 1)
        ]


def axis(sounds: Iterable[Sound], moments: Iterable[Moment], *, left: float, right: float) -> Axis:
    """Return the axis that holds everything, from 0 at the latest."""
    times = [0.0, *(moment.at_ms for moment in moments)]
    for sound in sounds:
        times += (sound.starts_ms, sound.ends_ms)
    start_ms = min(times)
    return Axis(left, right, start_ms, max(*times, start_ms + SHORTEST_MS))


def _round_step(least: float) -> float:
    """Return the first of 1, 2, 5, 10, 20, … that is not under `least`."""
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(nice * magnitude for nice in _ROUND if nice * magnitude >= least)
