"""When each fault strikes."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.qwen.faults.base import Fault


class FaultPlan:
    """Says which faults strike which request; several may strike one."""

    def __init__(self) -> None:
        self._always: list[Fault] = []
        self._next: deque[Fault | None] = deque()
        self._numbered: dict[int, list[Fault]] = {}
        self._marked: dict[str, list[Fault]] = {}
        self._random: list[tuple[random.Random, float, Fault]] = []

    def next(self, *faults: Fault | None) -> None:
        """Strike the next requests, one fault each, in order; `None` leaves one alone."""
        self._next.extend(faults)

    def always(self, fault: Fault) -> None:
        """Strike every request."""
        self._always.append(fault)

    def at(self, number: int, fault: Fault) -> None:
        """Strike the request with this number; the first one of the server is 1."""
        self._numbered.setdefault(number, []).append(fault)

    def on(self, marker: str, fault: Fault) -> None:
        """Strike every request whose text contains `marker`."""
        self._marked.setdefault(marker, []).append(fault)

    def sometimes(self, share: float, fault: Fault, *, seed: int = 0) -> None:
        """Strike this share of the requests, the same ones for the same seed."""
        self._random.append((random.Random(seed), share, fault))  # noqa: S311 - not a secret

    def clear(self) -> None:
        """Strike no more."""
        self._always.clear()
        self._next.clear()
        self._numbered.clear()
        self._marked.clear()
        self._random.clear()

    def take(self, number: int, text: str | None) -> tuple[Fault, ...]:
        """Return what strikes this request, using up what was meant for it."""
        return tuple(self._striking(number, text or ""))

    def _striking(self, number: int, text: str) -> Iterator[Fault]:
        yield from self._always
        yield from self._numbered.pop(number, ())
        for marker, faults in self._marked.items():
            if marker in text:
                yield from faults
        for chance, share, fault in self._random:
            if chance.random() < share:
                yield fault
        once = self._next.popleft() if self._next else None
        if once is not None:
            yield once
