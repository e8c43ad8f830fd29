"""Every setting of servers, channels and members: read once, written through one door."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from cachetools import LRUCache
from sqlalchemy import delete, select

from bot.policy.budget import NO_ID
from bot.settings.change import AuditEntry, Change, Scope
from bot.settings.channel import ChannelSettings
from bot.settings.declare import changes, settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import InvalidValueError
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.audit import insertion
from bot.storage.tables import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Executable

    from bot.storage.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

MEMBERS_IN_MEMORY: Final = 20_000
"""Settings of one member in one server; about 500 bytes each."""

GUILDS_IN_MEMORY: Final = 20_000

_NOTHING: Final[Mapping[str, str]] = {}

_MODELS: Final[Mapping[Scope, type[Any]]] = {
    Scope.GUILD: GuildSettings,
    Scope.CHANNEL: ChannelSettings,
    Scope.MEMBER: MemberSettings,
    Scope.RULES: MemberRules,
}


class _Place(NamedTuple):
    """Whose settings are meant."""

    guild_id: int
    scope: Scope
    subject_id: int


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
        self._guilds: LRUCache[int, dict[_Place, Any]] = LRUCache(GUILDS_IN_MEMORY)
        self._members: LRUCache[_Place, Any] = LRUCache(MEMBERS_IN_MEMORY)
        # What is changed must still be so when it is written, and the caches must hear of two
        # writes in the order in which the database did.
        self._writing: WeakValueDictionary[_Place, asyncio.Lock] = WeakValueDictionary()

    # What is set

    async def fetch_guild(self, guild_id: int) -> GuildSettings:
        """Return the settings of a server.

        Raises:
            UserError: The database does not answer.
        """
        place = _Place(guild_id, Scope.GUILD, NO_ID)
        settings: GuildSettings = await self._fetch(place)
        return settings

    async def fetch_channel(self, guild_id: int, channel_id: int) -> ChannelSettings:
        """Return the settings of a channel.

        Raises:
            UserError: The database does not answer.
        """
        settings: ChannelSettings = await self._fetch(_Place(guild_id, Scope.CHANNEL, channel_id))
        return settings

    async def fetch_channels(self, guild_id: int) -> Mapping[int, ChannelSettings]:
        """Return the settings of every channel of a server that has any, by its id.

        Raises:
            UserError: The database does not answer.
        """
        return {
            place.subject_id: settings
            for place, settings in (await self._of_guild(guild_id)).items()
            if place.scope is Scope.CHANNEL and settings != ChannelSettings()
        }

    async def fetch_member(self, member_id: int, guild_id: int | None) -> MemberSettings:
        """Return what a member decided for a server, or for all where that is `None`.

        Raises:
            UserError: The database does not answer.
        """
        place = _Place(guild_id or NO_ID, Scope.MEMBER, member_id)
        settings: MemberSettings = await self._fetch(place)
        return settings

    async def fetch_rules(self, guild_id: int, member_id: int) -> MemberRules:
        """Return what the moderators of a server decided about a member.

        Raises:
            UserError: The database does not answer.
        """
        settings: MemberRules = await self._fetch(_Place(guild_id, Scope.RULES, member_id))
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
        return {id_: _load(MemberRules, values) for id_, values in written.items()}

    async def fetch_everything_of_member(self, member_id: int) -> Mapping[int, MemberSettings]:
        """Return what a member decided, by the id of the server; 0 stands for all of them.

        Raises:
            UserError: The database does not answer.
        """
        rows = await self._database.fetch_all(
            select(SettingRow.guild_id, SettingRow.name, SettingRow.value)
            .where(SettingRow.scope == Scope.MEMBER.value, SettingRow.subject_id == member_id)
            .order_by(SettingRow.guild_id)
        )
        written: dict[int, dict[str, str]] = {}
        for row in rows:
            written.setdefault(row.guild_id, {})[row.name] = row.value
        return {id_: _load(MemberSettings, values) for id_, values in written.items()}

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
        return await self._change(_Place(guild_id, Scope.GUILD, NO_ID), change, by)

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
        return await self._change(_Place(guild_id, Scope.CHANNEL, channel_id), change, by)

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
        place = _Place(guild_id or NO_ID, Scope.MEMBER, member_id)
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
        return await self._change(_Place(guild_id, Scope.RULES, member_id), change, by)

    # What is forgotten

    async def forget_guild(self, guild_id: int) -> None:
        """Delete every setting of a server, its channels and its members there.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.execute(delete(SettingRow).where(SettingRow.guild_id == guild_id))
        self._guilds.pop(guild_id, None)
        self._forget_members(lambda place: place.guild_id == guild_id)

    async def forget_member(self, member_id: int) -> None:
        """Delete what a member decided, everywhere; what moderators decided stays.

        Raises:
            UserError: Nothing was deleted.
        """
        await self._database.execute(
            delete(SettingRow).where(
                SettingRow.scope == Scope.MEMBER.value, SettingRow.subject_id == member_id
            )
        )
        self._forget_members(
            lambda place: place.scope is Scope.MEMBER and place.subject_id == member_id
        )

    def _forget_members(self, is_meant: Callable[[_Place], bool]) -> None:
        for place in [place for place in self._members if is_meant(place)]:
            del self._members[place]

    # How it is done

    async def _fetch(self, place: _Place) -> Any:
        if place.scope in (Scope.GUILD, Scope.CHANNEL):
            known = await self._of_guild(place.guild_id)
            return known.get(place) or _MODELS[place.scope]()
        if (kept := self._members.get(place)) is not None:
            return kept
        rows = await self._database.fetch_all(
            select(SettingRow.name, SettingRow.value).where(*_at(place))
        )
        settings = _load(_MODELS[place.scope], {row.name: row.value for row in rows})
        # A write that ended since this began knows better.
        return self._members.setdefault(place, settings)

    async def _of_guild(self, guild_id: int) -> dict[_Place, Any]:
        if (known := self._guilds.get(guild_id)) is not None:
            return known
        rows = await self._database.fetch_all(
            select(SettingRow.scope, SettingRow.subject_id, SettingRow.name, SettingRow.value)
            .where(
                SettingRow.guild_id == guild_id,
                SettingRow.scope.in_((Scope.GUILD.value, Scope.CHANNEL.value)),
            )
            .order_by(SettingRow.subject_id)
        )
        written: dict[_Place, dict[str, str]] = {}
        for row in rows:
            place = _Place(guild_id, Scope(row.scope), row.subject_id)
            written.setdefault(place, {})[row.name] = row.value
        read = {place: _load(_MODELS[place.scope], each) for place, each in written.items()}
        return self._guilds.setdefault(guild_id, read)

    async def _change(self, place: _Place, change: Callable[[T], T], by: int) -> Change[T]:
        async with self._lock(place):
            before: T = await self._fetch(place)
            after = change(before)
            entries = _entries(place, before, after, by)
            if entries:
                writes = (self._write(place, entry) for entry in entries)
                await self._database.execute(*writes, insertion(entries))
                self._keep(place, after)
        if entries:
            self.on_change(entries)
        return Change(before, after)

    def _lock(self, place: _Place) -> asyncio.Lock:
        return self._writing.setdefault(place, asyncio.Lock())

    def _keep(self, place: _Place, settings: Any) -> None:
        if place.scope in (Scope.GUILD, Scope.CHANNEL):
            if (known := self._guilds.get(place.guild_id)) is not None:
                known[place] = settings
        else:
            self._members[place] = settings

    def _write(self, place: _Place, entry: AuditEntry) -> Executable:
        if entry.new is None:
            return delete(SettingRow).where(*_at(place), SettingRow.name == entry.name)
        return self._database.upsertion(
            SettingRow,
            guild_id=place.guild_id,
            scope=place.scope.value,
            subject_id=place.subject_id,
            name=entry.name,
            value=entry.new,
        )


def _at(place: _Place) -> Iterable[Any]:
    return (
        SettingRow.guild_id == place.guild_id,
        SettingRow.scope == place.scope.value,
        SettingRow.subject_id == place.subject_id,
    )


def _load(model: type[T], written: Mapping[str, str]) -> T:
    """Return settings from rows; what this version does not know is left as it is."""
    values = {}
    for name, value in written.items():
        if (setting := settings_of(model).get(name)) is None:
            continue
        try:
            values[name] = setting.load(json.loads(value))
        except InvalidValueError:
            log.warning("a kept value of the setting %s is not valid, and not used", name)
    return model(**values)


def _entries(place: _Place, before: Any, after: Any, by: int) -> list[AuditEntry]:
    now = datetime.now(UTC)
    return [
        AuditEntry(
            guild_id=place.guild_id,
            at=now,
            by=by,
            scope=place.scope,
            subject_id=place.subject_id,
            name=name,
            old=_written(place, name, old),
            new=_written(place, name, new),
        )
        for name, (old, new) in changes(before, after).items()
    ]


def _written(place: _Place, name: str, value: Any) -> str | None:
    """Return a value as JSON, or nothing if it is the default one."""
    setting = settings_of(_MODELS[place.scope])[name]
    if value == setting.default:
        return None
    return json.dumps(setting.dump(value), ensure_ascii=False)
