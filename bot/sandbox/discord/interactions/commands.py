"""The application commands of one application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors, RestError, unknown
from bot.sandbox.discord.interactions.command_rules import CHAT_INPUT, MESSAGE, USER, check_command
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.snowflakes import SnowflakeSource

# "Application Commands": at most so many per scope; 15 context menus since March 2026.
LIMITS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
GUILD_CONTEXT, BOT_DM_CONTEXT, PRIVATE_CONTEXT = 0, 1, 2
GUILD_INSTALL, USER_INSTALL = 0, 1

Scope = int | None  # a guild's id, or None for global commands

# What an update does not name keeps its value.
_DEFAULTS: dict[str, Any] = {
    "type": CHAT_INPUT,
    "description": "",
    "name_localizations": None,
    "description_localizations": None,
    "default_member_permissions": None,
    "nsfw": False,
    "options": [],
}
_SCOPED_DEFAULTS: dict[str, Any] = {"contexts": None, "integration_types": [GUILD_INSTALL]}
_LOCALIZATIONS = ("name_localizations", "description_localizations")


@dataclass(eq=False, repr=False)
class Command(Entity):
    """A registered command; `body` is what the application sent, with defaults filled in."""

    id: int
    application_id: int
    guild_id: Scope
    version: int
    body: Json

    @property
    def name(self) -> str:
        """Return the name members type."""
        return str(self.body["name"])

    @property
    def type(self) -> int:
        """Return what kind of command this is."""
        return int(self.body["type"])

    @property
    def key(self) -> tuple[int, str]:
        """Return what is unique within a scope."""
        return self.type, self.name

    def payload(self, *, with_localizations: bool = True) -> Json:
        """Return the application command object."""
        own: Json = {
            "id": str(self.id),
            "application_id": str(self.application_id),
            "version": str(self.version),
        }
        if self.guild_id is not None:
            own["guild_id"] = str(self.guild_id)
        body = dict(self.body)
        if not body["options"]:
            body.pop("options")
        if not with_localizations:
            body = {key: value for key, value in body.items() if key not in _LOCALIZATIONS}
        return own | body


class CommandRegistry:
    """Keeps commands by scope, with Discord's rules for ids and versions."""

    def __init__(self, application_id: int, ids: SnowflakeSource) -> None:
        self._application_id = application_id
        self._ids = ids
        self._scopes: dict[Scope, dict[int, Command]] = {}
        self.bulk_overwrites = 0

    def all(self, scope: Scope = None) -> list[Command]:
        """Return the commands of a scope."""
        return list(self._scopes.get(scope, {}).values())

    def get(self, scope: Scope, command_id: int) -> Command:
        """Return one command."""
        command = self._scopes.get(scope, {}).get(command_id)
        if command is None:
            raise unknown("Application Command")
        return command

    def offered(self, guild_id: int | None) -> list[Command]:
        """Return what members see in a guild, or in direct messages."""
        local = self.all(guild_id) if guild_id is not None else []
        return [*local, *self.all()]

    def overwrite(self, scope: Scope, bodies: list[Json]) -> list[Command]:
        """Replace all commands of a scope; unchanged ones keep id and version."""
        self._check_many(bodies)
        filled = [self._fill(body, scope) for body in bodies]
        self._check_limits(filled)
        known = {command.key: command for command in self.all(scope)}
        commands = [self._renew(known.get((b["type"], b["name"])), scope, b) for b in filled]
        self._scopes[scope] = {command.id: command for command in commands}
        self.bulk_overwrites += 1
        return commands

    def upsert(self, scope: Scope, body: Json) -> tuple[Command, bool]:
        """Create a command, or update the one of that name; tell whether it is new."""
        _check_one(body)
        filled = self._fill(body, scope)
        existing = next(
            (c for c in self.all(scope) if c.key == (filled["type"], filled["name"])), None
        )
        if existing is None:
            self._check_limits([*(c.body for c in self.all(scope)), filled])
        command = self._renew(existing, scope, filled)
        self._scopes.setdefault(scope, {})[command.id] = command
        return command, existing is None

    def edit(self, scope: Scope, command_id: int, changes: Json) -> Command:
        """Change some fields of a command."""
        command = self.get(scope, command_id)
        merged = {**command.body, **changes, "type": command.type}
        _check_one(merged)
        edited = self._renew(command, scope, merged)
        self._scopes[scope][command_id] = edited
        return edited

    def delete(self, scope: Scope, command_id: int) -> None:
        """Remove a command."""
        self.get(scope, command_id)
        del self._scopes[scope][command_id]

    def _renew(self, old: Command | None, scope: Scope, body: Json) -> Command:
        if old is not None and old.body == body:
            return old
        command_id = old.id if old else self._ids.take()
        return Command(command_id, self._application_id, scope, self._ids.take(), body)

    def _fill(self, body: Json, scope: Scope) -> Json:
        defaults = _DEFAULTS if scope is not None else {**_DEFAULTS, **_SCOPED_DEFAULTS}
        known = {key: value for key, value in body.items() if key in {*defaults, "name"}}
        filled = {**defaults, **known}
        filled["options"] = filled["options"] or []
        if scope is None:
            filled["integration_types"] = filled["integration_types"] or [GUILD_INSTALL]
        if scope is None:
            allows_dm = body.get("dm_permission") is not False
            filled["dm_permission"] = allows_dm
            if filled["contexts"] is None and not allows_dm:
                filled["contexts"] = [GUILD_CONTEXT]
        return filled

    def _check_limits(self, bodies: Iterable[Json]) -> None:
        counts: dict[int, int] = {}
        for body in bodies:
            counts[body["type"]] = counts.get(body["type"], 0) + 1
        for kind, limit in LIMITS.items():
            if counts.get(kind, 0) > limit:
                text = f"Maximum number of application commands reached ({limit})."
                raise RestError(400, 30032, text)

    def _check_many(self, bodies: list[Json]) -> None:
        errors = FormErrors()
        seen: set[tuple[str, str]] = set()
        for index, body in enumerate(bodies):
            check_command(body, errors, f"{index}")
            key = (str(body.get("type") or CHAT_INPUT), str(body.get("name")))
            if key in seen:
                code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
                errors.add(f"{index}.name", code, "Application command names must be unique")
            seen.add(key)
        errors.raise_if_any()


def _check_one(body: Json) -> None:
    errors = FormErrors()
    check_command(body, errors, "")
    errors.raise_if_any()
