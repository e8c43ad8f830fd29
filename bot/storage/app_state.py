"""What the program itself remembers from one start to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from bot.storage.tables import AppStateRow

if TYPE_CHECKING:
    from bot.storage.database import Database


GREETED: Final = "greeted:"

PROOF: Final = "proof"


def greeted(guild_id: int) -> str:
    """Return the name under which it is kept when a server was greeted."""
    return f"{GREETED}{guild_id}"


class AppStateRepository:
    """Keeps short texts by name, such as the hash of the commands that Discord was told last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(self, key: str) -> str | None:
        """Return what was saved as `key`.

        Raises:
            UserError: The database does not answer.
        """
        row = await self._database.fetch(select(AppStateRow.value).where(AppStateRow.key == key))
        return None if row is None else str(row.value)

    async def save(self, key: str, value: str) -> None:
        """Keep `value` as `key`; when this returns it survives a crash.

        Raises:
            UserError: Nothing was changed.
        """
        await self._database.upsert(AppStateRow, key=key, value=value)

    async def prove(self) -> None:
        """Keep something, as a proof that what is changed now is kept.

        Raises:
            UserError: It is not.
        """
        # Never the same: SQLite does not write a page that would stay as it is.
        await self.save(PROOF, datetime.now(UTC).isoformat())

    async def forget(self, key: str) -> None:
        """Delete what was saved as `key`, if anything was.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.execute(delete(AppStateRow).where(AppStateRow.key == key))
