"""Settings as rows and in memory: whose they are, how they are read, what is kept of a change."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cachetools import LRUCache

from bot.policy.budget import NO_ID
from bot.settings.change import AuditEntry, Scope
from bot.settings.channel import ChannelSettings
from bot.settings.declare import changes, settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import InvalidValueError
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.tables import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

log = logging.getLogger(__name__)

MEMBERS_IN_MEMORY: Final = 20_000
"""Settings of one member in one server; about 500 bytes each."""

GUILDS_IN_MEMORY: Final = 20_000

MODELS: Final[Mapping[Scope, type[Any]]] = {
    Scope.GUILD: GuildSettings,
    Scope.CHANNEL: ChannelSettings,
    Scope.MEMBER: MemberSettings,
    Scope.RULES: MemberRules,
}
DEFAULTS: Final[Mapping[Scope, Any]] = {scope: model() for scope, model in MODELS.items()}
OF_GUILDS: Final = (Scope.GUILD, Scope.CHANNEL)
"""What is read together, for every message of a server asks for both."""


class Place(NamedTuple):
    """Whose settings are meant."""

    guild_id: int
    scope: Scope
    subject_id: int

    @classmethod
    def of_guild(cls, guild_id: int) -> Place:
        """Return the place of a server's own settings."""
        return cls(guild_id, Scope.GUILD, NO_ID)

    @property
    def shelf(self) -> Place:
        """The place of everything that is read together with this."""
        return self.of_guild(self.guild_id) if self.scope in OF_GUILDS else self

    @property
    def rows(self) -> Iterable[Any]:
        """The condition that picks the rows of this place."""
        return (
            SettingRow.guild_id == self.guild_id,
            SettingRow.scope == self.scope.value,
            SettingRow.subject_id == self.subject_id,
        )


class Memory:
    """The settings that were read or written last, as the database has them.

    `era` rises when something is forgotten: what was read or written across that may be from before
    or after it, and is not kept.
    """

    def __init__(self) -> None:
        self.era = 0
        self._guilds: LRUCache[int, Mapping[Place, Any]] = LRUCache(GUILDS_IN_MEMORY)
        self._members: LRUCache[Place, Any] = LRUCache(MEMBERS_IN_MEMORY)

    def get(self, place: Place) -> Any:
        """Return settings, or `None` where they are not known."""
        if place.scope not in OF_GUILDS:
            return self._members.get(place)
        known = self._guilds.get(place.guild_id)
        return None if known is None else known.get(place, DEFAULTS[place.scope])

    def get_guild(self, guild_id: int) -> Mapping[Place, Any] | None:
        """Return the settings of a server and those of its channels that have any."""
        return self._guilds.get(guild_id)

    def put_guild(self, guild_id: int, read: Mapping[Place, Any], *, era: int) -> None:
        """Keep what was read since `era`."""
        if era == self.era:
            self._guilds[guild_id] = read

    def put(self, place: Place, settings: Any, *, era: int) -> None:
        """Keep what was read or written since `era`."""
        if era != self.era:
            self._members.pop(place, None)
            self._guilds.pop(place.guild_id, None)
        elif place.scope not in OF_GUILDS:
            self._members[place] = settings
        elif (known := self._guilds.get(place.guild_id)) is not None:
            self._guilds[place.guild_id] = {**known, place: settings}

    def forget(self, is_meant: Callable[[Place], bool]) -> None:
        """Forget settings, and let nothing that is read or written just now be kept."""
        self.era += 1
        for guild_id in [each for each in self._guilds if is_meant(Place.of_guild(each))]:
            del self._guilds[guild_id]
        for place in [each for each in self._members if is_meant(each)]:
            del self._members[place]


def load(scope: Scope, written: Mapping[str, str]) -> Any:
    """Return settings from rows; what this version does not know is left as it is."""
    if not written:
        return DEFAULTS[scope]
    values = {}
    for name, value in written.items():
        if (setting := settings_of(MODELS[scope]).get(name)) is None:
            continue
        try:
            values[name] = setting.load(json.loads(value))
        except (InvalidValueError, json.JSONDecodeError):
            log.warning("a kept value of the setting %s is not valid, and not used", name)
    return MODELS[scope](**values)


def entries_of(place: Place, before: Any, after: Any, by: int) -> list[AuditEntry]:
    """Return what is to be kept of a change, one entry for each setting that differs."""
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


def _written(place: Place, name: str, value: Any) -> str | None:
    """Return a value as JSON, or nothing if it is the default one."""
    setting = settings_of(MODELS[place.scope])[name]
    if value == setting.default:
        return None
    return json.dumps(setting.dump(value), ensure_ascii=False)
