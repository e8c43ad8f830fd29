"""How late an event loop is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

STEP_S = 0.005
WORTH_TELLING_S = 0.005


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late; times in seconds, the end on the monotonic clock."""

    end: float
    length_s: float


@dataclass
class LagMeter:
    """A task that wants to run every 5 ms and notes when it did not."""

    delays: list[Delay] = field(default_factory=list)
    lengths_s: list[float] = field(default_factory=list)

    def reset(self) -> None:
        """Begin a new measurement."""
        self.delays.clear()
        self.lengths_s.clear()

    async def run(self) -> None:
        """Measure until cancelled."""
        due = time.monotonic()
        while True:
            due += STEP_S
            await asyncio.sleep(due - time.monotonic())
            now = time.monotonic()
            self._note(now, now - due)
            due = max(due, now - STEP_S)

    def _note(self, now: float, length_s: float) -> None:
        self.lengths_s.append(length_s)
        if length_s > WORTH_TELLING_S:
            self.delays.append(Delay(now, length_s))
