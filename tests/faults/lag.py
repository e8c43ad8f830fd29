"""How late an event loop is, and how much of that is its own doing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

STEP_S = 0.005
WORTH_TELLING_S = 0.005
OBSERVE_S = 0.01
KEPT_SAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Delay:
    """One turn the loop took late; times in seconds, the end on the monotonic clock.

    `cpu_s` is what the whole process computed meanwhile, `blocked_s` how long all threads slept.
    For the rest it was ready to run, and waited for a processor.
    """

    end: float
    length_s: float
    cpu_s: float
    blocked_s: float

    @property
    def own_s(self) -> float:
        """How late it would have been with a processor to itself."""
        return max(min(self.cpu_s, self.length_s), self.blocked_s)


class _Observer:
    """A thread that looks every 10 ms whether all others sleep (Linux, proc(5)).

    One that waits for another's lock sleeps, too: if that one has no processor, it is starved.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, bool]] = deque(maxlen=KEPT_SAMPLES)
        self._is_ended = False
        self.cpu_s = 0.0
        """What looking has cost."""
        self._thread = threading.Thread(target=self._run, name="probe observer", daemon=True)
        self._thread.start()

    def share_asleep(self, since: float) -> float:
        """Return the share of what was seen since a moment in which all slept."""
        seen = [is_asleep for at, is_asleep in list(self._seen) if at >= since]
        return sum(seen) / len(seen) if seen else 0.0

    def end(self) -> None:
        """End the thread."""
        self._is_ended = True
        self._thread.join()

    def _run(self) -> None:
        own = Path(f"/proc/self/task/{threading.get_native_id()}")
        while not self._is_ended:
            time.sleep(OBSERVE_S)
            others = [task for task in Path("/proc/self/task").iterdir() if task.name != own.name]
            is_asleep = not any(_is_runnable(task) for task in others)
            self._seen.append((time.monotonic(), is_asleep))
            self.cpu_s = time.thread_time()


def _is_runnable(task: Path) -> bool:
    try:
        _, _, rest = (task / "stat").read_text().rpartition(")")
    except OSError:  # it has ended
        return False
    return rest.split()[0] == "R"


@dataclass
class LagMeter:
    """A task that wants to run every 5 ms and notes when it did not."""

    lengths_s: list[float] = field(default_factory=list)
    """Of all turns."""
    delays: list[Delay] = field(default_factory=list)
    """Those turns that took long."""
    observer: _Observer | None = field(default=None, init=False)

    @property
    def observer_cpu_s(self) -> float:
        """What the thread beside it has cost."""
        return self.observer.cpu_s if self.observer else 0.0

    def reset(self) -> None:
        """Begin a new measurement."""
        self.delays.clear()
        self.lengths_s.clear()

    async def run(self) -> None:
        """Measure until cancelled."""
        self.observer = observer = _Observer()
        try:
            await self._measure(observer)
        finally:
            observer.end()

    async def _measure(self, observer: _Observer) -> None:
        due, cpu = time.monotonic(), time.process_time()
        while True:
            due += STEP_S
            await asyncio.sleep(due - time.monotonic())
            now, cpu_before, cpu = time.monotonic(), cpu, time.process_time()
            late_s = now - due
            self.lengths_s.append(late_s)
            if late_s > WORTH_TELLING_S:
                blocked_s = late_s * observer.share_asleep(due)
                self.delays.append(Delay(now, late_s, cpu - cpu_before, blocked_s))
            due = max(due, now - STEP_S)
