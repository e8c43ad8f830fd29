"""What was written in one guild and is held back a moment, in its order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.policy.admission import Silence
from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.reading.incoming import Author, Incoming

log = logging.getLogger(__name__)

MAX_PENDING: Final = 50
"""Messages of one guild that are held back at once; a raid writes so many in a second."""

MAX_PENDING_EACH: Final = 5
"""Of one author, so that nobody takes the room of the others."""


@dataclass(eq=False, slots=True)
class Pending:
    """A message of which nobody knows yet whether it is read.

    Args:
        incoming: As it was written last: it may be edited at any time.
        arrived_at: When it came, on the clock of the loop.
        taken_back: Why it is not to be read any more, if it is not.
        is_settled: Whether that is known by now, and no edit changes it.
    """

    incoming: Incoming
    arrived_at: float
    taken_back: Silence | None = None
    is_settled: bool = False


class Backlog:
    """Reads the messages of one guild one after the other, each a while after it came.

    Args:
        read: Decides what becomes of a message; called in the order in which they came.
        hold_back_s: Returns how long messages are held back.
        name: Of the task.
    """

    def __init__(
        self,
        read: Callable[[Pending], Awaitable[None]],
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

    def put(self, incoming: Incoming) -> Silence | None:
        """Read a message after those before it; return why not, if there is no room for it."""
        if len(self._pending) >= MAX_PENDING:
            return Silence.QUEUE_FULL
        if self._count(incoming.author) >= MAX_PENDING_EACH:
            return Silence.TOO_FAST
        now = asyncio.get_running_loop().time()
        self._pending[incoming.id] = Pending(incoming, now)
        if not self._is_working:
            self._is_working = True
            self._tasks.start(self._work(), name=self._name)
        return None

    def replace(self, incoming: Incoming) -> bool:
        """Read the new text of a message; return whether that was in time."""
        pending = self._pending.get(incoming.id)
        if pending is None or pending.is_settled:
            return False
        pending.incoming = incoming
        return True

    def look_again(self) -> None:
        """Judge anew what is being looked at, for what it is judged by has changed."""
        for pending in self._pending.values():
            pending.incoming = replace(pending.incoming)

    def remove(self, message_ids: Iterable[int], why: Silence) -> list[Incoming]:
        """Forget messages, also one that is being looked at; return those that were pending."""
        taken = [self._pending.pop(id_) for id_ in message_ids if id_ in self._pending]
        for pending in taken:
            pending.taken_back = why
        return [pending.incoming for pending in taken]

    def remove_where(self, is_meant: Callable[[Incoming], bool], why: Silence) -> list[Incoming]:
        """Forget every message that is meant; return those that were pending."""
        meant = [id_ for id_, each in self._pending.items() if is_meant(each.incoming)]
        return self.remove(meant, why)

    async def close(self) -> None:
        """Read nothing more."""
        self._pending.clear()
        await self._tasks.close()

    def _count(self, author: Author) -> int:
        return sum(
            each.incoming.author.identity == author.identity for each in self._pending.values()
        )

    async def _work(self) -> None:
        try:
            while self._pending:
                pending = next(iter(self._pending.values()))
                await self._wait_for(pending)
                if not pending.taken_back:
                    await self._look_at(pending)
                self._pending.pop(pending.incoming.id, None)
        finally:
            self._is_working = False

    async def _wait_for(self, pending: Pending) -> None:
        left_s = pending.arrived_at + await self._hold_back_s() - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)

    async def _look_at(self, pending: Pending) -> None:
        try:
            await self._read(pending)
        except Exception:  # the task's own door: a bug in one message must not silence a guild
            log.exception("message %s could not be read", pending.incoming.id)
