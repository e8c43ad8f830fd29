"""Gets counted characters onto the disk, many at a time, while speech goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.models import Origin
from bot.policy.budget import DayCount
from bot.storage.usage import Tally
from bot.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bot.storage.usage import UsageKey, UsageRepository

log = logging.getLogger(__name__)

COMMIT_WAIT_S: Final = 0.05
"""The longest a single request waits for its charge to be on the disk: what nobody hears."""

LONGEST_WAIT_S: Final = 1.0
"""The longest a request waits where another has gone ahead: what a busy disk may take."""

FIRST_RETRY_S: Final = 1.0
LAST_RETRY_S: Final = 60.0
"""The database logs every attempt: a full disk is told once a minute, not with every request."""

LOAD_S: Final = 2.0
"""A day that takes longer to be read is counted from zero until it can be."""

CLOSE_S: Final = 2.0
"""How long a shutdown waits for what is not yet on the disk."""


class UsageJournal:
    """Adds tallies to the database, in one transaction all that came in during the one before.

    While the database does not take them they are kept in memory, and tried again.
    """

    def __init__(self, usage: UsageRepository) -> None:
        self._usage = usage
        self._pending: dict[UsageKey, Tally] = {}
        self._committed = asyncio.Event()
        self._ahead: asyncio.Event | None = None
        self._writing = asyncio.Lock()
        self._closing = asyncio.Event()
        self._is_running = False
        self._is_failing = False
        self._is_slow = False
        self._tasks = Tasks()

    def note(self, key: UsageKey, tally: Tally) -> None:
        """Count `tally`; it is written soon."""
        self._pending[key] = self._pending.get(key, Tally()) + tally
        if not self._is_running and not self._closing.is_set():
            self._is_running = True
            self._tasks.start(self._write_all(), name="write usage")

    async def wait_until_kept(self) -> None:
        """Wait until everything noted so far survives a crash, or for too long.

        One request may go ahead after `COMMIT_WAIT_S`: a crash then loses that one. Others wait
        until it is on the disk, unless the database is out of order or has let somebody wait for
        `LONGEST_WAIT_S`: then nobody waits until it has taken something again.
        """
        if self._is_failing or self._is_slow or not self._pending:
            return
        committed = self._committed
        if await _is_set_within(COMMIT_WAIT_S, committed):
            return
        if self._ahead is None or self._ahead.is_set():
            self._ahead = committed
        elif not await _is_set_within(LONGEST_WAIT_S, committed):
            self._is_slow = True

    async def load(self, day: date) -> DayCount:
        """Return what a UTC date has cost so far, with what is not yet written.

        Raises:
            UserError: The database does not answer.
        """
        try:
            async with asyncio.timeout(LOAD_S), self._writing:
                return self._with_pending(day, await self._usage.fetch_spoken(day))
        except TimeoutError:
            raise UserError("the usage of the day cannot be read in time") from None

    async def flush(self) -> None:
        """Write everything noted so far.

        Raises:
            UserError: It cannot be written now; it is kept for the next time.
        """
        # Broken off, it would be written and then be written again.
        await self._tasks.unbroken(self._flush(), name="flush usage")

    async def _flush(self) -> None:
        async with self._writing:
            batch, self._pending = self._pending, {}
            committed, self._committed = self._committed, asyncio.Event()
            try:
                # Refunds of the same batch have made some of it nothing.
                if changes := {key: tally for key, tally in batch.items() if tally != Tally()}:
                    await self._usage.add(changes)
            except BaseException:
                for key, tally in self._pending.items():
                    batch[key] = batch.get(key, Tally()) + tally
                self._pending = batch
                raise
            finally:
                committed.set()

    async def close(self) -> None:
        """Write what is left, if the database takes it now."""
        self._closing.set()
        with contextlib.suppress(UserError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.flush()
        await self._tasks.close()
        if self._pending:
            log.warning("the usage of %s rows is lost", len(self._pending))

    def _with_pending(self, day: date, rows: Iterable[tuple[int, int, int]]) -> DayCount:
        count = DayCount()
        for guild_id, member_id, spoken in rows:
            count.add(Origin(guild_id, member_id), spoken)
        for key, tally in self._pending.items():
            if key.day == day.isoformat():
                count.add(Origin(key.guild_id, key.member_id), tally.spoken)
        return count

    async def _write_all(self) -> None:
        delay_s = FIRST_RETRY_S
        try:
            while self._pending and not self._closing.is_set():
                try:
                    await self.flush()
                except UserError:
                    self._is_failing = True
                    await _is_set_within(delay_s, self._closing)
                    delay_s = min(2 * delay_s, LAST_RETRY_S)
                else:
                    self._note_success()
                    delay_s = FIRST_RETRY_S
        finally:
            self._is_running = False

    def _note_success(self) -> None:
        if self._is_failing:
            log.info("usage can be kept again")
        self._is_failing = self._is_slow = False


async def _is_set_within(longest_s: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(longest_s):
            return await event.wait()
    except TimeoutError:
        return False
