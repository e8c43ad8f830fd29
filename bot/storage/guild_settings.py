"""How each server speaks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from bot.models import Language, VoiceSettings
from bot.storage.tables import GuildSettingsRow

if TYPE_CHECKING:
    from sqlalchemy import Row

    from bot.storage.database import Database

_NOTHING_CHOSEN = VoiceSettings()
_CHOICES = (
    GuildSettingsRow.model,
    GuildSettingsRow.voice,
    GuildSettingsRow.language,
    GuildSettingsRow.style,
    GuildSettingsRow.speed,
    GuildSettingsRow.volume,
    GuildSettingsRow.pause_ms,
)


class GuildSettingsRepository:
    """Keeps one `VoiceSettings` per server; each is read from the database once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: dict[int, VoiceSettings] = {}
        # The cache must hear of two writes in the order in which the database did.
        self._writing = asyncio.Lock()

    async def fetch(self, guild_id: int) -> VoiceSettings:
        """Return what the moderators of a server chose.

        Raises:
            UserError: The database does not answer.
        """
        cached = self._cache.get(guild_id)
        if cached is not None:
            return cached
        row = await self._database.fetch(
            select(*_CHOICES).where(GuildSettingsRow.guild_id == guild_id)
        )
        # A write that ended since this began knows better.
        return self._cache.setdefault(guild_id, _settings(row))

    async def save(self, guild_id: int, settings: VoiceSettings, *, by: int) -> None:
        """Keep `settings`, as chosen by the user `by`; when this returns they survive a crash.

        Raises:
            UserError: Nothing was changed.
        """
        async with self._writing:
            self._cache.pop(guild_id, None)
            await self._database.upsert(
                GuildSettingsRow,
                guild_id=guild_id,
                model=settings.model,
                voice=settings.voice,
                language=settings.language and settings.language.value,
                style=settings.style,
                speed=settings.speed,
                volume=settings.volume,
                pause_ms=settings.pause_ms,
                updated_at=datetime.now(UTC),
                updated_by=by,
            )
            self._cache[guild_id] = settings

    async def forget(self, guild_id: int) -> None:
        """Delete everything kept of a server.

        Raises:
            UserError: Nothing was deleted.
        """
        async with self._writing:
            self._cache.pop(guild_id, None)
            await self._database.execute(
                delete(GuildSettingsRow).where(GuildSettingsRow.guild_id == guild_id)
            )
            self._cache[guild_id] = _NOTHING_CHOSEN


def _settings(row: Row[tuple[object, ...]] | None) -> VoiceSettings:
    if row is None:
        return _NOTHING_CHOSEN
    return VoiceSettings(
        model=row.model,
        voice=row.voice,
        language=_language(row.language),
        style=row.style,
        speed=row.speed,
        volume=row.volume,
        pause_ms=row.pause_ms,
    )


def _language(name: str | None) -> Language | None:
    # A later version may know more languages than this one.
    return Language(name) if name and name in Language.__members__.values() else None
