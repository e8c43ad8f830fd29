"""Who changed what: written with every change, read by moderators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, or_, select, update

from bot.policy.budget import NO_ID
from bot.settings.change import AuditEntry, Scope
from bot.storage.database import ForEach
from bot.storage.tables import AuditRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Update
    from sqlalchemy.orm import InstrumentedAttribute

    from bot.storage.database import Database

RETENTION_DAYS: Final = 90
"""Reliability catalogue, audit trail."""

_OF_MODERATORS: Final = tuple(scope.value for scope in Scope if scope is not Scope.MEMBER)
_VALUES: Final = (
    AuditRow.guild_id,
    AuditRow.at,
    AuditRow.by,
    AuditRow.scope,
    AuditRow.subject_id,
    AuditRow.name,
    AuditRow.old,
    AuditRow.new,
)


def insertion(entries: Iterable[AuditEntry]) -> ForEach:
    """Return what keeps `entries`, to be run with the changes they tell of."""
    return ForEach(
        insert(AuditRow),
        [
            {
                "guild_id": entry.guild_id,
                "at": entry.at,
                "by": entry.by,
                "scope": entry.scope.value,
                "subject_id": entry.subject_id,
                "name": entry.name,
                "old": entry.old,
                "new": entry.new,
            }
            for entry in entries
        ],
    )


class AuditRepository:
    """Reads what was changed; nothing is ever changed in it, only forgotten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, guild_id: int, *, most: int, skip: int = 0) -> list[AuditEntry]:
        """Return up to `most` changes by the moderators of a server, the newest first.

        What members decide for themselves is theirs alone.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(*_VALUES)
            .where(AuditRow.guild_id == guild_id, AuditRow.scope.in_(_OF_MODERATORS))
            .order_by(AuditRow.id.desc())
            .limit(most)
            .offset(skip)
        )
        return [_entry(row) for row in rows]

    async def fetch_of_member(self, member_id: int) -> list[AuditEntry]:
        """Return every change by a member or about them, the oldest first.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(*_VALUES).where(_concerns(member_id)).order_by(AuditRow.id)
        )
        return [_entry(row) for row in rows]

    async def forget_member(self, member_id: int) -> None:
        """Forget what a member changed for themselves, and who it was that changed the rest.

        Raises:
            UserError: Nothing was changed.
        """
        about = AuditRow.scope.in_((Scope.MEMBER.value, Scope.RULES.value))
        await self._database.execute(
            delete(AuditRow).where(about, AuditRow.subject_id == member_id),
            delete(AuditRow).where(AuditRow.scope == Scope.MEMBER.value, AuditRow.by == member_id),
            update(AuditRow).where(AuditRow.by == member_id).values(by=NO_ID),
            _without(AuditRow.old, member_id),
            _without(AuditRow.new, member_id),
        )

    async def forget_guild(self, guild_id: int) -> None:
        """Forget everything that was changed in a server.

        Raises:
            UserError: Nothing was changed.
        """
        await self._database.execute(delete(AuditRow).where(AuditRow.guild_id == guild_id))

    async def delete_before(self, moment: datetime) -> None:
        """Delete everything older than `moment`.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.execute(delete(AuditRow).where(AuditRow.at < moment))


def _without(column: InstrumentedAttribute[str | None], member_id: int) -> Update:
    """Return the statement that takes a member out of the lists that moderators have changed."""
    written = f'"{member_id}"'  # as `Ids` and `Id` write it
    return (
        update(AuditRow)
        .where(AuditRow.scope == Scope.GUILD.value, column.contains(written))
        .values({column: func.replace(column, written, f'"{NO_ID}"')})
    )


def _concerns(member_id: int) -> ColumnElement[bool]:
    about = AuditRow.scope.in_((Scope.MEMBER.value, Scope.RULES.value))
    return or_(AuditRow.by == member_id, about & (AuditRow.subject_id == member_id))


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        guild_id=row.guild_id,
        at=row.at,
        by=row.by,
        scope=Scope(row.scope),
        subject_id=row.subject_id,
        name=row.name,
        old=row.old,
        new=row.new,
    )
