"""How late an event loop is, and how much of that is its own doing."""

from __future__ import annotations

import asyncio
import resource
import time
from dataclasses import dataclass, field

STEP_S = 0.005
WORTH_TELLING_S = 0.005


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late; times in seconds, the end on the monotonic clock.

    `cpu_s` is what the whole process computed meanwhile; `preemptions` how often the system took a
    processor from it although it had more to do.
    """

    end: float
    length_s: float
    cpu_s: float
    preemptions: int

    @property
    def own_s(self) -> float:
        """How late it would have been with a processor to itself.

        What kept an undisturbed process waiting was its own: it computed, or called what blocks.
        """
        return min(self.cpu_s, self.length_s) if self.preemptions else self.length_s


@dataclass
class LagMeter:
    """A task that wants to run every 5 ms and notes when it did not."""

    lengths_s: list[float] = field(default_factory=list)
    """Of all turns."""
    delays: list[Delay] = field(default_factory=list)
    """Those turns that took long."""

    def reset(self) -> None:
        """Begin a new measurement."""
        self.delays.clear()
        self.lengths_s.clear()

    async def run(self) -> None:
        """Measure until cancelled."""
        due, cpu_before, preempted_before = time.monotonic(), time.process_time(), _preemptions()
        while True:
            due += STEP_S
            await asyncio.sleep(due - time.monotonic())
            now, cpu, preempted = time.monotonic(), time.process_time(), _preemptions()
            self.lengths_s.append(now - due)
            if now - due > WORTH_TELLING_S:
                delay = Delay(now, now - due, cpu - cpu_before, preempted - preempted_before)
                self.delays.append(delay)
            due, cpu_before, preempted_before = max(due, now - STEP_S), cpu, preempted


def _preemptions() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
