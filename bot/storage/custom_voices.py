"""The cloned and designed voices of each server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from bot.errors import UserError
from bot.i18n import _
from bot.models import Language, Voice
from bot.storage.tables import CustomVoiceRow
from bot.tts.offered import CustomVoice

if TYPE_CHECKING:
    from sqlalchemy import Row

    from bot.storage.database import Database

MAX_VOICES: Final = 50
"""Of one server; twice what Discord shows as suggestions."""


class CustomVoiceRepository:
    """Keeps the voices of every server; each server's are read from the database once.

    A voice belongs to one server: its id is known to nobody else, and cannot be added elsewhere.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: dict[int, tuple[CustomVoice, ...]] = {}
        # What is counted must still be so when it is written.
        self._writing = asyncio.Lock()

    async def fetch(self, guild_id: int) -> tuple[CustomVoice, ...]:
        """Return the voices of a server, in the order in which they were added.

        Raises:
            UserError: The database does not answer.
        """
        cached = self._cache.get(guild_id)
        if cached is not None:
            return cached
        rows = await self._database.fetch_all(
            select(
                CustomVoiceRow.voice_id,
                CustomVoiceRow.model,
                CustomVoiceRow.name,
                CustomVoiceRow.language,
            )
            .where(CustomVoiceRow.guild_id == guild_id)
            .order_by(CustomVoiceRow.added_at, CustomVoiceRow.voice_id)
        )
        # A write that ended since this began knows better.
        return self._cache.setdefault(guild_id, tuple(map(_custom_voice, rows)))

    async def add(self, guild_id: int, added: CustomVoice, *, by: int) -> None:
        """Give a server a voice, as told by the user `by`; when this returns it survives a crash.

        Raises:
            UserError: It has too many, or one of that name; the voice is somebody's already; or
                nothing can be saved.
        """
        async with self._writing:
            present = await self.fetch(guild_id)
            _require_room(present, added)
            await self._require_free(guild_id, added)
            await self._database.execute(
                insert(CustomVoiceRow).values(
                    voice_id=added.voice.id,
                    guild_id=guild_id,
                    model=added.model,
                    name=added.voice.name,
                    language=added.language and added.language.value,
                    added_at=datetime.now(UTC),
                    added_by=by,
                )
            )
            self._cache[guild_id] = (*present, added)

    async def remove(self, guild_id: int, voice_id: str) -> None:
        """Take a voice from a server; do nothing if it has none of that id.

        Raises:
            UserError: Nothing was changed.
        """
        async with self._writing:
            self._cache.pop(guild_id, None)
            await self._database.execute(
                delete(CustomVoiceRow).where(
                    CustomVoiceRow.guild_id == guild_id, CustomVoiceRow.voice_id == voice_id
                )
            )

    async def forget(self, guild_id: int) -> None:
        """Delete every voice of a server.

        Raises:
            UserError: Nothing was deleted.
        """
        async with self._writing:
            self._cache.pop(guild_id, None)
            await self._database.execute(
                delete(CustomVoiceRow).where(CustomVoiceRow.guild_id == guild_id)
            )
            self._cache[guild_id] = ()

    async def _require_free(self, guild_id: int, added: CustomVoice) -> None:
        row = await self._database.fetch(
            select(CustomVoiceRow.guild_id).where(CustomVoiceRow.voice_id == added.voice.id)
        )
        if row is None:
            return
        if row.guild_id == guild_id:
            raise UserError(_("This server has that voice already. Choose it with /server voice."))
        raise UserError(_("That voice belongs to another server. Give the id of one of your own."))


def _require_room(present: tuple[CustomVoice, ...], added: CustomVoice) -> None:
    if any(each.voice.name.casefold() == added.voice.name.casefold() for each in present):
        raise UserError(
            _("This server has a voice called {name} already. Choose another name.").format(
                name=added.voice.name
            )
        )
    if len(present) >= MAX_VOICES:
        raise UserError(
            _("A server may have {most} voices of its own. Remove one first.").format(
                most=MAX_VOICES
            )
        )


def _custom_voice(row: Row[tuple[str, str, str, str | None]]) -> CustomVoice:
    # A later version may know more languages than this one.
    known = row.language in Language.__members__.values()
    return CustomVoice(
        row.model, Voice(row.voice_id, row.name), Language(row.language) if known else None
    )
