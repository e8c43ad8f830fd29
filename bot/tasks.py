"""Background tasks that are held, named, and report their own failure."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = logging.getLogger(__name__)
T = TypeVar("T")


class Tasks:
    """Owns tasks nobody waits for, until they end or the owner closes."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run `work` in the background; its failure is logged."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._end)
        return task

    async def unbroken(self, work: Coroutine[Any, Any, T], *, name: str) -> T:
        """Run `work` to its end, even if whoever waits for it is cancelled meanwhile."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._end_quietly)
        return await asyncio.shield(task)

    async def drain(self, longest_s: float) -> None:
        """Wait for what runs, but not for ever."""
        if self._running:
            await asyncio.wait(self._running, timeout=longest_s)

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        running = [task for task in self._running if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _end_quietly(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it is told; nobody else needs to know

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)
