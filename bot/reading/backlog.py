"""What was written in one guild and is held back a moment, in its order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.reading.incoming import Incoming

log = logging.getLogger(__name__)

MAX_PENDING: Final = 50
"""Messages of one guild that are held back at once; a raid writes so many in a second."""


@dataclass(eq=False, slots=True)
class Pending:
    """A message that was not looked at yet."""

    incoming: Incoming
    arrived_at: float
    """On the clock of the loop."""


class Backlog:
    """Reads the messages of one guild one after the other, each a while after it came.

    Args:
        read: Decides what becomes of a message; called in the order in which they came.
        hold_back_s: Returns how long messages are held back.
        name: Of the task.
    """

    def __init__(
        self,
        read: Callable[[Incoming], Awaitable[None]],
        *,
        hold_back_s: Callable[[], Awaitable[float]],
        name: str,
    ) -> None:
        self._read = read
        self._hold_back_s = hold_back_s
        self._name = name
        self._pending: dict[int, Pending] = {}
        self._tasks = Tasks()
        self._is_working = False

    def put(self, incoming: Incoming) -> bool:
        """Read a message after those before it; return whether there was room for it."""
        if len(self._pending) >= MAX_PENDING:
            return False
        now = asyncio.get_running_loop().time()
        self._pending[incoming.id] = Pending(incoming, now)
        if not self._is_working:
            self._is_working = True
            self._tasks.start(self._work(), name=self._name)
        return True

    def replace(self, incoming: Incoming) -> bool:
        """Read the new text of a message; return whether the old one was still held back."""
        if (pending := self._pending.get(incoming.id)) is None:
            return False
        pending.incoming = incoming
        return True

    def remove(self, message_ids: Iterable[int]) -> set[int]:
        """Forget messages; return those that were still held back."""
        return {id_ for id_ in message_ids if self._pending.pop(id_, None)}

    def remove_of(self, author_id: int) -> set[int]:
        """Forget everything of one author; return what was still held back."""
        of_one = [
            id_ for id_, each in self._pending.items() if each.incoming.author.id == author_id
        ]
        return self.remove(of_one)

    async def close(self) -> None:
        """Read nothing more."""
        self._pending.clear()
        await self._tasks.close()

    async def _work(self) -> None:
        try:
            while self._pending:
                message_id, pending = next(iter(self._pending.items()))
                await self._wait_for(pending)
                # It may have been taken back or edited meanwhile.
                if (due := self._pending.pop(message_id, None)) is not None:
                    await self._look_at(due.incoming)
        finally:
            self._is_working = False

    async def _wait_for(self, pending: Pending) -> None:
        left_s = pending.arrived_at + await self._hold_back_s() - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)

    async def _look_at(self, incoming: Incoming) -> None:
        try:
            await self._read(incoming)
        except Exception:  # the task's own door: a bug in one message must not silence a guild
            log.exception("message %s could not be read", incoming.id)
