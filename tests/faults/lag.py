"""How late an event loop is, and how much of that is its own doing."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field

STEP_S = 0.005
WORTH_TELLING_S = 0.005


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late; times in seconds, the end on the monotonic clock.

    `cpu_s` is what the whole process computed meanwhile, `starved_s` how late another thread of it
    was that does nothing but sleep.
    """

    end: float
    length_s: float
    cpu_s: float
    starved_s: float

    @property
    def own_s(self) -> float:
        """How late it would have been with a processor to itself.

        A machine without a free processor keeps all threads waiting; a blocking call, only one.
        """
        return max(min(self.cpu_s, self.length_s), self.length_s - self.starved_s)


class _Sleeper:
    """A thread that sleeps, and counts by how much it overslept."""

    def __init__(self) -> None:
        self._overslept_s = 0.0
        self._due = time.monotonic()
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="probe sleeper", daemon=True)
        self._thread.start()

    def overslept_s(self, now: float) -> float:
        """Return the sum up to a moment, the present sleep included."""
        return self._overslept_s + max(now - self._due, 0.0)

    def end(self) -> None:
        """End the thread."""
        self._is_ended = True
        self._thread.join()

    def _run(self) -> None:
        while not self._is_ended:
            time.sleep(STEP_S)
            now = time.monotonic()
            self._overslept_s += max(now - self._due, 0.0)
            self._due = now + STEP_S


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
        sleeper = _Sleeper()
        try:
            await self._measure(sleeper)
        finally:
            sleeper.end()

    async def _measure(self, sleeper: _Sleeper) -> None:
        due = now = time.monotonic()
        cpu, starved = time.process_time(), sleeper.overslept_s(now)
        while True:
            due += STEP_S
            await asyncio.sleep(due - time.monotonic())
            now, cpu_before, starved_before = time.monotonic(), cpu, starved
            cpu, starved = time.process_time(), sleeper.overslept_s(now)
            self.lengths_s.append(now - due)
            if now - due > WORTH_TELLING_S:
                delay = Delay(now, now - due, cpu - cpu_before, starved - starved_before)
                self.delays.append(delay)
            due = max(due, now - STEP_S)
