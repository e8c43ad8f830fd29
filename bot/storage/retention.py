"""Deletes what was kept for long enough, and makes the backup of the day."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.storage.audit import RETENTION_DAYS
from bot.storage.backups import NotABackupError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bot.storage.audit import AuditRepository
    from bot.storage.backups import Backups
    from bot.storage.departures import DepartureRepository

log = logging.getLogger(__name__)

INTERVAL_S: Final = 3_600.0
SOON_S: Final = 60.0
"""How soon it is looked again while Discord has not said where the bot is."""

CHANGES_KEPT_FOR: Final = timedelta(days=RETENTION_DAYS)
GUILDS_KEPT_FOR: Final = timedelta(days=30)
"""After the bot was removed; who invites it again within that time finds everything in place."""


class Retention:
    """Looks once an hour whether something has been kept for long enough.

    Args:
        departures: When which servers were left.
        audit: Who changed what, kept for 90 days.
        forget_guild: Deletes all that is kept about a server; raises UserError.
        backups: Of the database, if it is a file.
        now: The wall clock.
    """

    def __init__(
        self,
        departures: DepartureRepository,
        *,
        audit: AuditRepository,
        forget_guild: Callable[[int], Awaitable[None]],
        backups: Backups | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._departures = departures
        self._audit = audit
        self._forget_guild = forget_guild
        self._backups = backups
        self._now = now

    async def run(
        self, guilds: Callable[[], Collection[int] | None], is_ours: Callable[[int], bool]
    ) -> None:
        """Tidy up once an hour, until cancelled.

        Args:
            guilds: Returns the servers the bot is in, or nothing while Discord has not said.
            is_ours: Whether this process would know of a server; others may run beside it.
        """
        while True:
            present = guilds()
            await self.tidy(present, is_ours)
            await asyncio.sleep(SOON_S if present is None else INTERVAL_S)

    async def tidy(self, guilds: Collection[int] | None, is_ours: Callable[[int], bool]) -> None:
        """Do what is due; what cannot be done now is tried again the next time."""
        for step in (self._back_up, self._delete_old_backups):
            try:
                await step()
            except (OSError, sqlite3.Error, NotABackupError):
                log.exception("no backup could be made, or none deleted")
        try:
            await self._audit.delete_before(self._now() - CHANGES_KEPT_FOR)
            if guilds is not None:
                await self._note_departures(set(guilds), is_ours)
                await self._forget_left_guilds(is_ours)
        except UserError:
            log.warning("not all that is old could be deleted; it is tried again in an hour")

    # What is due

    async def _back_up(self) -> None:
        now = self._now()
        if self._backups is not None and await asyncio.to_thread(self._backups.is_due, now):
            backup = await asyncio.to_thread(self._backups.make, now)
            log.info("backed the database up to %s", backup.path)

    async def _delete_old_backups(self) -> None:
        if self._backups is not None:
            for old in await asyncio.to_thread(self._backups.delete_old, self._now()):
                log.info("deleted the old backup %s", old.path)

    async def _note_departures(self, guilds: set[int], is_ours: Callable[[int], bool]) -> None:
        left = set(await self._departures.fetch())
        known = await self._departures.fetch_known()
        await self._departures.cancel(left & guilds)
        await self._departures.note(
            [guild_id for guild_id in known - left - guilds if is_ours(guild_id)], self._now()
        )

    async def _forget_left_guilds(self, is_ours: Callable[[int], bool]) -> None:
        for guild_id in await self._departures.fetch(until=self._now() - GUILDS_KEPT_FOR):
            if is_ours(guild_id):
                await self._forget_guild(guild_id)
                await self._departures.cancel([guild_id])
                log.info("forgot guild %s, left %s days ago", guild_id, GUILDS_KEPT_FOR.days)
