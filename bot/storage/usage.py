"""What was spoken and what the cache saved, by day, server, member and model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, literal, select

from bot.policy.budget import NO_ID
from bot.storage.tables import UsageRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import InstrumentedAttribute

    from bot.storage.database import Database

    Column = ColumnElement[Any] | InstrumentedAttribute[Any]

ROWS_PER_STATEMENT: Final = 1_000
"""Of six values each: SQLite and PostgreSQL both take about 32,000 in one statement."""

FROM_CACHE: Final = ""
"""In place of the model, where nothing was asked of one."""

_KEY: Final = ["day", "guild_id", "member_id", "model"]


class UsageKey(NamedTuple):
    """What is counted apart; a NamedTuple, for it is sorted and hashed with every request."""

    day: str
    guild_id: int
    member_id: int
    model: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted characters that were asked of the speech service, and that the cache saved."""

    spoken: int = 0
    saved: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.spoken + other.spoken, self.saved + other.saved)


class UsageRepository:
    """Keeps tallies; additions of several processes to one row add up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tallies: Mapping[UsageKey, Tally]) -> None:
        """Add to what is kept; when this returns it survives a crash.

        Raises:
            UserError: Nothing was added.
        """
        # In one order everywhere, or two processes could wait for each other's rows.
        rows = [
            {**key._asdict(), "spoken": tally.spoken, "saved": tally.saved}
            for key, tally in sorted(tallies.items(), key=lambda item: item[0])
        ]
        statements = []
        for first in range(0, len(rows), ROWS_PER_STATEMENT):
            statement = self._database.insert(UsageRow).values(
                rows[first : first + ROWS_PER_STATEMENT]
            )
            statements.append(
                statement.on_conflict_do_update(
                    index_elements=_KEY,
                    set_={
                        "spoken": UsageRow.spoken + statement.excluded.spoken,
                        "saved": UsageRow.saved + statement.excluded.saved,
                    },
                )
            )
        await self._database.execute(*statements)

    async def fetch_spoken(self, day: date) -> list[tuple[int, int, int]]:
        """Return server, member and spoken characters of everyone on a UTC date.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(UsageRow.guild_id, UsageRow.member_id, func.sum(UsageRow.spoken).label("spoken"))
            .where(UsageRow.day == day.isoformat())
            .group_by(UsageRow.guild_id, UsageRow.member_id)
        )
        return [(row.guild_id, row.member_id, int(row.spoken)) for row in rows]

    async def fetch_days(self, guild_id: int, since: date) -> dict[tuple[str, str], Tally]:
        """Return what a server used from `since` on, by UTC date in ISO 8601 and model.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            _sums(UsageRow.day, UsageRow.model)
            .where(UsageRow.guild_id == guild_id, UsageRow.day >= since.isoformat())
            .group_by(UsageRow.day, UsageRow.model)
        )
        return {(row.day, row.model): Tally(int(row.spoken), int(row.saved)) for row in rows}

    async def fetch_members(
        self, guild_id: int, since: date, *, most: int
    ) -> list[tuple[int, int]]:
        """Return up to `most` members of a server with what they had spoken, the largest first.

        Raises:
            UserError: The database does not answer.
        """
        spoken = func.sum(UsageRow.spoken)
        rows = await self._database.fetch_all(
            select(UsageRow.member_id, spoken.label("spoken"))
            .where(
                UsageRow.guild_id == guild_id,
                UsageRow.day >= since.isoformat(),
                UsageRow.member_id != NO_ID,
            )
            .group_by(UsageRow.member_id)
            .having(spoken > 0)
            .order_by(spoken.desc(), UsageRow.member_id)
            .limit(most)
        )
        return [(row.member_id, int(row.spoken)) for row in rows]

    async def fetch_of_member(self, member_id: int) -> list[tuple[UsageKey, Tally]]:
        """Return what a member had spoken, in every server and model, the oldest first.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(UsageRow.day, UsageRow.guild_id, UsageRow.model, UsageRow.spoken, UsageRow.saved)
            .where(UsageRow.member_id == member_id)
            .order_by(UsageRow.day, UsageRow.guild_id, UsageRow.model)
        )
        return [
            (
                UsageKey(row.day, row.guild_id, member_id, row.model),
                Tally(row.spoken, row.saved),
            )
            for row in rows
        ]

    async def forget_member(self, member_id: int) -> None:
        """Count a member's characters as nobody's; the sums of their servers stay.

        Raises:
            UserError: Nothing was changed.
        """
        await self._make_nameless(UsageRow.guild_id, UsageRow.member_id == member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Count a server's characters as nobody's; the sum of all servers stays.

        Raises:
            UserError: Nothing was changed.
        """
        await self._make_nameless(literal(NO_ID), UsageRow.guild_id == guild_id)

    async def delete_before(self, day: date) -> None:
        """Delete everything of the UTC dates before `day`.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.execute(delete(UsageRow).where(UsageRow.day < day.isoformat()))

    async def _make_nameless(self, guild_id: Column, of_one: ColumnElement[bool]) -> None:
        # Deleting them would hand out the budget of the day once more.
        moved = (
            _sums(UsageRow.day, guild_id, literal(NO_ID), UsageRow.model)
            .where(of_one)
            .group_by(UsageRow.day, UsageRow.guild_id, UsageRow.model)
        )
        # SQLite would read ON as part of the FROM, did the SELECT not end in a WHERE.
        insertion = self._database.insert(UsageRow).from_select([*_KEY, "spoken", "saved"], moved)
        await self._database.execute(
            insertion.on_conflict_do_update(
                index_elements=_KEY,
                set_={
                    "spoken": UsageRow.spoken + insertion.excluded.spoken,
                    "saved": UsageRow.saved + insertion.excluded.saved,
                },
            ),
            delete(UsageRow).where(of_one),
        )


def _sums(*columns: Column) -> Select[*tuple[Any, ...]]:
    spoken, saved = func.sum(UsageRow.spoken), func.sum(UsageRow.saved)
    return select(*columns, spoken.label("spoken"), saved.label("saved"))
