"""The calls the bot is wanted in, so that a restart ends none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from bot.storage.tables import CallRow

if TYPE_CHECKING:
    from sqlalchemy import Executable, Row

    from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class WantedCall:
    """A call the bot is to be in.

    `home_id` is the text channel where notices go, if one is known. A dormant call is one the bot
    left by itself, because it was alone there.
    """

    guild_id: int
    channel_id: int
    home_id: int | None
    is_dormant: bool


class CallRepository:
    """Keeps one `WantedCall` per server.

    Writes of one server take effect in the order in which they were asked for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = asyncio.Lock()

    async def save(self, guild_id: int, channel_id: int, home_id: int | None) -> None:
        """Want to be in a call; when this returns the wish survives a crash.

        Raises:
            UserError: Nothing was changed.
        """
        await self._execute(
            self._database.upsertion(
                CallRow,
                guild_id=guild_id,
                channel_id=channel_id,
                home_id=home_id,
                is_dormant=False,
                updated_at=datetime.now(UTC),
            )
        )

    async def set_dormant(self, guild_id: int) -> None:
        """Note that the bot left a server's call by itself; where none is wanted, do nothing.

        Raises:
            UserError: Nothing was changed.
        """
        await self._execute(
            update(CallRow)
            .where(CallRow.guild_id == guild_id)
            .values(is_dormant=True, updated_at=datetime.now(UTC))
        )

    async def forget(self, guild_id: int) -> None:
        """Want no call in a server any more.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._execute(delete(CallRow).where(CallRow.guild_id == guild_id))

    async def _execute(self, statement: Executable) -> None:
        # A write goes on when its waiter is cancelled, and the next one has to wait for it.
        await self._database.unbroken(self._execute_in_turn(statement))

    async def _execute_in_turn(self, statement: Executable) -> None:
        async with self._writing:
            await self._database.execute(statement)

    async def all(self) -> list[WantedCall]:
        """Return every call, the one that changed last first.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(
                CallRow.guild_id, CallRow.channel_id, CallRow.home_id, CallRow.is_dormant
            ).order_by(CallRow.updated_at.desc())
        )
        return [_call(row) for row in rows]


def _call(row: Row[tuple[int, int, int | None, bool]]) -> WantedCall:
    return WantedCall(row.guild_id, row.channel_id, row.home_id, bool(row.is_dormant))
