"""The calls the bot is to come back to: after a restart, an outage, or when somebody comes."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.storage.calls import CallRepository, WantedCall

RETURN_WITHIN_S: Final = 3600.0
"""Left alone, the bot comes back when somebody does, within this time."""

WRITE_S: Final = 1.0
"""How long the end waits for what people wanted last to be written down."""


class CallMemory:
    """Remembers where to return to, and writes down what is wanted now.

    Args:
        calls: What survives a restart; without it, nothing does.
        wanted_in: The channel where the bot is wanted in a guild, and its home, if there is one.
    """

    def __init__(
        self,
        calls: CallRepository | None,
        wanted_in: Callable[[int], tuple[int, int | None] | None],
    ) -> None:
        self._calls = calls
        self._wanted_in = wanted_in
        self._dormant: dict[int, tuple[int, float]] = {}
        self._awaited: dict[int, WantedCall] = {}
        self._decided: set[int] | None = set()
        """Guilds about which somebody has decided before the calls of the last start are known."""
        self._saving: dict[int, asyncio.Lock] = {}
        self._writes: set[asyncio.Task[None]] = set()
        self._tasks = Tasks()
        self._is_closed = False

    async def close(self) -> None:
        """Write down what was wanted last, within `WRITE_S`, and nothing of what comes now."""
        self._is_closed = True
        self._awaited.clear()
        if self._writes:
            await asyncio.wait(self._writes, timeout=WRITE_S)
        await self._tasks.close()

    # Where to return to

    async def load(self) -> list[int]:
        """Await the calls of before the last start; return their guilds, the latest one first."""
        calls = await self._calls.all() if self._calls else []
        decided, self._decided = self._decided or (), None
        self._awaited = {call.guild_id: call for call in calls if call.guild_id not in decided}
        return list(self._awaited)

    def awaits(self, guild_id: int) -> bool:
        """Return whether a call of before the last start has not been returned to."""
        return guild_id in self._awaited

    def take(self, guild_id: int) -> WantedCall | None:
        """Return such a call, once."""
        return self._awaited.pop(guild_id, None)

    def doze(self, guild_id: int, channel_id: int) -> None:
        """Remember a call that is left until somebody comes."""
        self._dormant[guild_id] = channel_id, monotonic() + RETURN_WITHIN_S

    def wakes(self, guild_id: int, channel_id: int) -> bool:
        """Return, once, whether such a call is in a channel and not too long ago."""
        waiting_in, until = self._dormant.get(guild_id, (None, 0.0))
        if waiting_in != channel_id:
            return False
        del self._dormant[guild_id]
        return monotonic() < until

    def forget(self, guild_id: int) -> None:
        """Return to no call of a guild."""
        if self._decided is not None:
            self._decided.add(guild_id)
        self._dormant.pop(guild_id, None)
        self._awaited.pop(guild_id, None)

    # What survives a restart

    def is_wanted_in(self, guild_id: int) -> bool:
        """Return whether the bot is wanted in a call of a guild now."""
        return self._wanted_in(guild_id) is not None

    def save(self, guild_id: int) -> None:
        """Write down, soon, what is wanted in a guild."""
        if self._calls is not None and not self._is_closed:
            task = self._tasks.start(self._write(self._calls, guild_id), name="save call")
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)

    async def _write(self, calls: CallRepository, guild_id: int) -> None:
        """Write what is wanted now; whatever was wanted in between need not be known."""
        async with self._saving.setdefault(guild_id, asyncio.Lock()):
            wanted = self._wanted_in(guild_id)
            with contextlib.suppress(UserError):  # speech goes on; the database says so itself
                if wanted is not None:
                    await calls.save(guild_id, *wanted)
                elif guild_id in self._dormant:
                    await calls.set_dormant(guild_id)
                else:
                    await calls.forget(guild_id)
