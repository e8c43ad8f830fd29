"""The servers the bot has left, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, union

from bot.policy.budget import NO_ID
from bot.storage.app_state import GREETED
from bot.storage.database import ForEach
from bot.storage.tables import (
    AppStateRow,
    AuditRow,
    CallRow,
    CustomVoiceRow,
    DepartureRow,
    LexiconRow,
    SettingRow,
    UsageRow,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.storage.database import Database

_OF_GUILDS = (AuditRow, CallRow, CustomVoiceRow, LexiconRow, SettingRow, UsageRow)


class DepartureRepository:
    """Keeps one moment per server that was left; leaving twice changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, guild_ids: Collection[int], at: datetime) -> None:
        """Note that the bot is not in these servers any more.

        Raises:
            UserError: Nothing was noted.
        """
        if not guild_ids:
            return
        insertion = self._database.insert(DepartureRow).on_conflict_do_nothing()
        rows = [{"guild_id": guild_id, "left_at": at} for guild_id in guild_ids]
        await self._database.execute(ForEach(insertion, rows))

    async def cancel(self, guild_ids: Collection[int]) -> None:
        """Note that the bot is in these servers again.

        Raises:
            UserError: Nothing was noted.
        """
        if not guild_ids:
            return
        await self._database.execute(
            delete(DepartureRow).where(DepartureRow.guild_id.in_(guild_ids))
        )

    async def fetch(self, *, until: datetime | None = None) -> list[int]:
        """Return the servers that were left, all or those that were by a moment, the first first.

        Raises:
            UserError: The database does not answer.
        """
        query = select(DepartureRow.guild_id).order_by(DepartureRow.left_at)
        if until is not None:
            query = query.where(DepartureRow.left_at <= until)
        return [row.guild_id for row in await self._database.fetch_all(query)]

    async def fetch_known(self) -> set[int]:
        """Return every server of which something is kept.

        Raises:
            UserError: The database does not answer.
        """
        known = union(*(select(row.guild_id.label("guild_id")) for row in _OF_GUILDS)).subquery()
        rows = await self._database.fetch_all(select(known.c.guild_id))
        greetings = await self._database.fetch_all(
            select(AppStateRow.key).where(AppStateRow.key.startswith(GREETED, autoescape=True))
        )
        greeted = {int(row.key.removeprefix(GREETED)) for row in greetings}
        return ({row.guild_id for row in rows} | greeted) - {NO_ID}
