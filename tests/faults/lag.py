"""How late an event loop is, and whether that was its own doing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

STEP_S = 0.005
WORTH_TELLING_S = 0.005


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late; times in seconds, the end on the monotonic clock.

    `cpu_s` is what the whole process computed meanwhile: next to nothing if the machine, or a
    blocking call, kept the loop waiting.
    """

    end: float
    length_s: float
    cpu_s: float


@dataclass
class LagMeter:
    """A task that wants to run every 5 ms and notes when it did not."""

    turns: int = 0
    delays: list[Delay] = field(default_factory=list)
    lengths_s: list[float] = field(default_factory=list)

    def reset(self) -> None:
        """Begin a new measurement."""
        self.turns = 0
        self.delays.clear()
        self.lengths_s.clear()

    async def run(self) -> None:
        """Measure until cancelled."""
        due, cpu_before = time.monotonic(), time.process_time()
        while True:
            due += STEP_S
            await asyncio.sleep(due - time.monotonic())
            now, cpu = time.monotonic(), time.process_time()
            self._note(now, now - due, cpu - cpu_before)
            due, cpu_before = max(due, now - STEP_S), cpu

    def _note(self, now: float, length_s: float, cpu_s: float) -> None:
        self.turns += 1
        self.lengths_s.append(length_s)
        if length_s > WORTH_TELLING_S:
            self.delays.append(Delay(now, length_s, cpu_s))
