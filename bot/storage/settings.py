"""Every setting of servers, channels and members: read once, written through one door."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import delete, select

from bot.policy.budget import NO_ID
from bot.settings.change import Change, Scope
from bot.settings.channel import ChannelSettings
from bot.storage._setting_rows import DEFAULTS, OF_GUILDS, Memory, Place, entries_of, load
from bot.storage.audit import insertion
from bot.storage.tables import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Executable

    from bot.settings.change import AuditEntry
    from bot.settings.guild import GuildSettings
    from bot.settings.member import MemberRules, MemberSettings
    from bot.storage.database import Database

T = TypeVar("T")


class SettingsRepository:
    """Keeps the settings that differ from the defaults; each is read from the database once.

    Settings of a server and of its channels are read together, those of a member alone.

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
        self._memory = Memory()
        # What is read together is read and written by one at a time: then memory holds what the
        # database has, what is changed is still so when it is written, and a thousand messages at
        # once are one query.
        self._busy: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()

    # What is set

    async def fetch_guild(self, guild_id: int) -> GuildSettings:
        """Return the settings of a server.

        Raises:
            UserError: The database does not answer.
        """
        settings: GuildSettings = await self._fetch(Place.of_guild(guild_id))
        return settings

    async def fetch_channel(
        self, guild_id: int, channel_id: int, parent_id: int | None = None
    ) -> ChannelSettings:
        """Return the settings of a channel; of `parent_id` for a thread that has none of its own.

        Raises:
            UserError: The database does not answer.
        """
        channels = await self.fetch_channels(guild_id)
        own = channels.get(channel_id)
        of_parent = None if parent_id is None else channels.get(parent_id)
        return own or of_parent or ChannelSettings()

    async def fetch_channels(self, guild_id: int) -> Mapping[int, ChannelSettings]:
        """Return the settings of every channel of a server that has any, by its id.

        Raises:
            UserError: The database does not answer.
        """
        return {
            place.subject_id: settings
            for place, settings in (await self._fetch_guild_whole(guild_id)).items()
            if place.scope is Scope.CHANNEL and settings != ChannelSettings()
        }

    async def fetch_member(self, member_id: int, guild_id: int | None) -> MemberSettings:
        """Return what a member decided for a server, or for all where that is `None`.

        Raises:
            UserError: The database does not answer.
        """
        place = Place(guild_id or NO_ID, Scope.MEMBER, member_id)
        settings: MemberSettings = await self._fetch(place)
        return settings

    async def fetch_rules(self, guild_id: int, member_id: int) -> MemberRules:
        """Return what the moderators of a server decided about a member.

        Raises:
            UserError: The database does not answer.
        """
        settings: MemberRules = await self._fetch(Place(guild_id, Scope.RULES, member_id))
        return settings

    async def fetch_all_rules(self, guild_id: int) -> Mapping[int, MemberRules]:
        """Return what the moderators of a server decided about members, by their ids.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(SettingRow.subject_id, SettingRow.name, SettingRow.value)
            .where(SettingRow.guild_id == guild_id, SettingRow.scope == Scope.RULES.value)
            .order_by(SettingRow.subject_id)
        )
        written: dict[int, dict[str, str]] = {}
        for row in rows:
            written.setdefault(row.subject_id, {})[row.name] = row.value
        return {id_: load(Scope.RULES, values) for id_, values in written.items()}

    async def fetch_everything_of_member(self, member_id: int) -> Mapping[int, MemberSettings]:
        """Return what a member decided, by the id of the server; 0 stands for all of them.

        Raises:
            UserError: The database does not answer.
        """
        return await self._fetch_everywhere(Scope.MEMBER, member_id)

    async def fetch_all_rules_for(self, member_id: int) -> Mapping[int, MemberRules]:
        """Return what moderators decided about a member, by the id of their server.

        Raises:
            UserError: The database does not answer.
        """
        return await self._fetch_everywhere(Scope.RULES, member_id)

    async def fetch_guilds_ignoring(self, member_id: int) -> list[int]:
        """Return the ids of the servers whose moderators do not want a member to be read.

        Raises:
            UserError: The database does not answer.
        """
        written = f'"{member_id}"'  # as `Ids` writes it
        rows = await self._database.fetch_all(
            select(SettingRow.guild_id)
            .where(SettingRow.name == "ignored_member_ids", SettingRow.value.contains(written))
            .order_by(SettingRow.guild_id)
        )
        return [row.guild_id for row in rows]

    # What people change

    async def change_guild(
        self, guild_id: int, change: Callable[[GuildSettings], GuildSettings], *, by: int
    ) -> Change[GuildSettings]:
        """Change settings of a server; when this returns they survive a crash.

        Args:
            guild_id: Which server.
            change: Returns the new settings from those of this moment.
            by: Who changes them.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(Place.of_guild(guild_id), change, by)

    async def change_channel(
        self,
        guild_id: int,
        channel_id: int,
        change: Callable[[ChannelSettings], ChannelSettings],
        *,
        by: int,
    ) -> Change[ChannelSettings]:
        """Change settings of a channel, as `change_guild` does.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(Place(guild_id, Scope.CHANNEL, channel_id), change, by)

    async def change_member(
        self,
        member_id: int,
        guild_id: int | None,
        change: Callable[[MemberSettings], MemberSettings],
    ) -> Change[MemberSettings]:
        """Change what a member decided, for one server or for all, as `change_guild` does.

        Raises:
            UserError: Nothing was changed.
        """
        place = Place(guild_id or NO_ID, Scope.MEMBER, member_id)
        return await self._change(place, change, member_id)

    async def change_rules(
        self,
        guild_id: int,
        member_id: int,
        change: Callable[[MemberRules], MemberRules],
        *,
        by: int,
    ) -> Change[MemberRules]:
        """Change what the moderators of a server decided about a member, as `change_guild` does.

        Raises:
            UserError: Nothing was changed.
        """
        return await self._change(Place(guild_id, Scope.RULES, member_id), change, by)

    # What is forgotten

    async def forget_guild(self, guild_id: int) -> None:
        """Delete every setting of a server, its channels and its members there.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._forget(
            delete(SettingRow).where(SettingRow.guild_id == guild_id),
            lambda place: place.guild_id == guild_id,
        )

    async def forget_member(self, member_id: int) -> None:
        """Delete what a member decided, everywhere; what moderators decided stays.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._forget(
            delete(SettingRow).where(
                SettingRow.scope == Scope.MEMBER.value, SettingRow.subject_id == member_id
            ),
            lambda place: place.scope is Scope.MEMBER and place.subject_id == member_id,
        )

    async def _forget(self, deletion: Executable, is_meant: Callable[[Place], bool]) -> None:
        self._memory.forget(is_meant)
        try:
            await self._database.execute(deletion)
        finally:
            self._memory.forget(is_meant)

    # How it is done

    async def _fetch_everywhere(self, scope: Scope, subject_id: int) -> dict[int, Any]:
        """Return the settings of one in every server that has any, by the id of the server."""
        rows = await self._database.fetch_all(
            select(SettingRow.guild_id, SettingRow.name, SettingRow.value)
            .where(SettingRow.scope == scope.value, SettingRow.subject_id == subject_id)
            .order_by(SettingRow.guild_id)
        )
        written: dict[int, dict[str, str]] = {}
        for row in rows:
            written.setdefault(row.guild_id, {})[row.name] = row.value
        return {id_: load(scope, values) for id_, values in written.items()}

    async def _fetch(self, place: Place) -> Any:
        if (kept := self._memory.get(place)) is not None:
            return kept
        async with self._lock(place):
            return await self._read(place)

    async def _read(self, place: Place) -> Any:
        """Return settings; only for whoever holds their lock."""
        if (kept := self._memory.get(place)) is not None:
            return kept
        if place.scope in OF_GUILDS:
            return (await self._read_guild(place.guild_id)).get(place, DEFAULTS[place.scope])
        era = self._memory.era
        rows = await self._database.fetch_all(
            select(SettingRow.name, SettingRow.value).where(*place.rows)
        )
        settings = load(place.scope, {row.name: row.value for row in rows})
        self._memory.put(place, settings, era=era)
        return settings

    async def _fetch_guild_whole(self, guild_id: int) -> Mapping[Place, Any]:
        if (known := self._memory.get_guild(guild_id)) is not None:
            return known
        async with self._lock(Place.of_guild(guild_id)):
            return await self._read_guild(guild_id)

    async def _read_guild(self, guild_id: int) -> Mapping[Place, Any]:
        """Return the settings of a server and its channels; only for whoever holds their lock."""
        if (known := self._memory.get_guild(guild_id)) is not None:
            return known
        era = self._memory.era
        rows = await self._database.fetch_all(
            select(SettingRow.scope, SettingRow.subject_id, SettingRow.name, SettingRow.value)
            .where(
                SettingRow.guild_id == guild_id,
                SettingRow.scope.in_([scope.value for scope in OF_GUILDS]),
            )
            .order_by(SettingRow.subject_id)
        )
        written: dict[Place, dict[str, str]] = {}
        for row in rows:
            place = Place(guild_id, Scope(row.scope), row.subject_id)
            written.setdefault(place, {})[row.name] = row.value
        read = {place: load(place.scope, values) for place, values in written.items()}
        self._memory.put_guild(guild_id, read, era=era)
        return read

    async def _change(self, place: Place, change: Callable[[T], T], by: int) -> Change[T]:
        return await self._database.unbroken(self._change_whole(place, change, by))

    async def _change_whole(self, place: Place, change: Callable[[T], T], by: int) -> Change[T]:
        async with self._lock(place):
            era = self._memory.era
            before: T = await self._read(place)
            after = change(before)
            entries = entries_of(place, before, after, by)
            if entries:
                writes = (self._write(place, entry) for entry in entries)
                await self._database.execute(*writes, insertion(entries))
                self._memory.put(place, after, era=era)
        if entries:
            self.on_change(entries)
        return Change(before, after)

    def _lock(self, place: Place) -> asyncio.Lock:
        return self._busy.setdefault(place.shelf, asyncio.Lock())

    def _write(self, place: Place, entry: AuditEntry) -> Executable:
        if entry.new is None:
            return delete(SettingRow).where(*place.rows, SettingRow.name == entry.name)
        return self._database.upsertion(
            SettingRow,
            guild_id=place.guild_id,
            scope=place.scope.value,
            subject_id=place.subject_id,
            name=entry.name,
            value=entry.new,
        )
