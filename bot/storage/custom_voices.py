"""The cloned and designed voices of each server."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from cachetools import LRUCache
from sqlalchemy import delete, insert, select, update

from bot.errors import UserError
from bot.i18n import _
from bot.models import Language, Voice
from bot.plain import plain
from bot.policy.budget import NO_ID
from bot.settings.change import AuditEntry, Scope
from bot.storage.audit import insertion
from bot.storage.tables import CustomVoiceRow
from bot.tts.offered import CustomVoice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from bot.storage.database import Database

MAX_VOICES: Final = 50
"""Of one server; twice what Discord shows as suggestions."""

GUILDS_IN_MEMORY: Final = 20_000


class CustomVoiceRepository:
    """Keeps the voices of every server; each server's are read from the database once.

    A voice belongs to one server: its id is known to nobody else, and cannot be added elsewhere.

    Args:
        database: Where they are kept.
        on_change: Told after every change, with what is kept of it.
    """

    def __init__(
        self,
        database: Database,
        *,
        on_change: Callable[[Sequence[AuditEntry]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self.on_change = on_change
        self._voices: LRUCache[int, tuple[CustomVoice, ...]] = LRUCache(GUILDS_IN_MEMORY)
        # The voices of a server are read and written by one at a time: then memory holds what the
        # database has, and what is counted is still so when it is written.
        self._busy: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, guild_id: int) -> tuple[CustomVoice, ...]:
        """Return the voices of a server, in the order in which they were added.

        Raises:
            UserError: The database does not answer.
        """
        if (kept := self._voices.get(guild_id)) is not None:
            return kept
        async with self._lock(guild_id):
            return await self._read(guild_id)

    async def add(self, guild_id: int, added: CustomVoice, *, by: int) -> None:
        """Give a server a voice, as told by the user `by`; when this returns it survives a crash.

        Raises:
            UserError: It has too many, or one of that name; the voice is somebody's already; or
                nothing can be saved.
        """
        await self._database.unbroken(self._add(guild_id, added, by))

    async def remove(self, guild_id: int, voice_id: str, *, by: int) -> None:
        """Take a voice from a server; do nothing if it has none of that id.

        Raises:
            UserError: Nothing was changed.
        """
        await self._database.unbroken(self._remove(guild_id, voice_id, by))

    async def forget(self, guild_id: int) -> None:
        """Delete every voice of a server.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.unbroken(self._forget(guild_id))

    async def fetch_added_by(self, member_id: int) -> list[tuple[int, str]]:
        """Return the server and the name of each voice that a member has added, in their order.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(CustomVoiceRow.guild_id, CustomVoiceRow.name)
            .where(CustomVoiceRow.added_by == member_id)
            .order_by(CustomVoiceRow.added_at, CustomVoiceRow.voice_id)
        )
        return [(row.guild_id, row.name) for row in rows]

    async def forget_member(self, member_id: int) -> None:
        """Forget who added the voices that a member has added; the voices are the server's.

        Raises:
            UserError: Nothing was changed.
        """
        await self._database.execute(
            update(CustomVoiceRow)
            .where(CustomVoiceRow.added_by == member_id)
            .values(added_by=NO_ID)
        )

    async def _read(self, guild_id: int) -> tuple[CustomVoice, ...]:
        """Return the voices of a server; only for whoever holds its lock."""
        if (kept := self._voices.get(guild_id)) is not None:
            return kept
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
        voices = self._voices[guild_id] = tuple(map(_custom_voice, rows))
        return voices

    async def _add(self, guild_id: int, added: CustomVoice, by: int) -> None:
        async with self._lock(guild_id):
            present = await self._read(guild_id)
            _require_room(present, added)
            await self._require_free(guild_id, added)
            entry = _entry(guild_id, added, by, is_there=True)
            row = insert(CustomVoiceRow).values(
                voice_id=added.voice.id,
                guild_id=guild_id,
                model=added.model,
                name=added.voice.name,
                language=added.language and added.language.value,
                added_at=entry.at,
                added_by=by,
            )
            await self._database.execute(row, insertion([entry]))
            self._voices[guild_id] = (*present, added)
        self.on_change([entry])

    async def _remove(self, guild_id: int, voice_id: str, by: int) -> None:
        async with self._lock(guild_id):
            present = await self._read(guild_id)
            removed = next((each for each in present if each.voice.id == voice_id), None)
            if removed is None:
                return
            entry = _entry(guild_id, removed, by, is_there=False)
            row = delete(CustomVoiceRow).where(
                CustomVoiceRow.guild_id == guild_id, CustomVoiceRow.voice_id == voice_id
            )
            await self._database.execute(row, insertion([entry]))
            self._voices[guild_id] = tuple(each for each in present if each is not removed)
        self.on_change([entry])

    async def _forget(self, guild_id: int) -> None:
        async with self._lock(guild_id):
            await self._database.execute(
                delete(CustomVoiceRow).where(CustomVoiceRow.guild_id == guild_id)
            )
            self._voices.pop(guild_id, None)

    def _lock(self, guild_id: int) -> asyncio.Lock:
        return self._busy.setdefault(guild_id, asyncio.Lock())

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
                name=plain(added.voice.name)
            )
        )
    if len(present) >= MAX_VOICES:
        raise UserError(
            _("A server may have {most} voices of its own. Remove one first.").format(
                most=MAX_VOICES
            )
        )


def _entry(guild_id: int, voice: CustomVoice, by: int, *, is_there: bool) -> AuditEntry:
    value = json.dumps(voice.voice.id, ensure_ascii=False)
    return AuditEntry(
        guild_id=guild_id,
        at=datetime.now(UTC),
        by=by,
        scope=Scope.CUSTOM_VOICE,
        subject_id=NO_ID,
        name=voice.voice.name,
        old=None if is_there else value,
        new=value if is_there else None,
    )


def _custom_voice(row: Row[tuple[str, str, str, str | None]]) -> CustomVoice:
    # A later version may know more languages than this one.
    known = row.language in Language.__members__.values()
    return CustomVoice(
        row.model, Voice(row.voice_id, row.name), Language(row.language) if known else None
    )
