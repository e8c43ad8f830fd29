"""The audit log: who moderated whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.roles import Role
    from bot.sandbox.discord.world.users import User

# "Audit Log Events"
KICK, BAN, UNBAN, MEMBER_UPDATE, MEMBER_ROLE_UPDATE = 20, 22, 23, 24, 25
MEMBER_MOVE, MEMBER_DISCONNECT = 26, 27
MESSAGE_DELETE, MESSAGE_BULK_DELETE, BLOCKED_BY_RULE, FLAGGED_BY_RULE = 72, 73, 143, 144
TIMED_OUT_BY_RULE = 145


@dataclass(eq=False, repr=False)
class Entry(Entity):
    """One thing that a moderator, or a rule, did."""

    id: int
    action: int
    user: User
    target_id: int | None
    changes: list[Json] = field(default_factory=list)
    options: Json | None = None
    reason: str | None = None

    def payload(self) -> Json:
        """Return the audit log entry object."""
        entry: Json = {
            "id": str(self.id),
            "action_type": self.action,
            "user_id": str(self.user.id),
            "target_id": None if self.target_id is None else str(self.target_id),
            "changes": self.changes,
        }
        optional = {"options": self.options, "reason": self.reason}
        return entry | {key: value for key, value in optional.items() if value is not None}


def record(
    guild: Guild,
    action: int,
    user: User,
    target_id: int | None,
    *,
    changes: list[Json] | None = None,
    options: Json | None = None,
    reason: str | None = None,
) -> Entry:
    """Write an entry and tell the bots that may read the log."""
    entry_id = guild.world.ids.take()
    entry = Entry(entry_id, action, user, target_id, changes or [], options, reason)
    guild.audit_log.append(entry)
    payload = entry.payload() | {"guild_id": str(guild.id)}
    guild.dispatch("GUILD_AUDIT_LOG_ENTRY_CREATE", payload)
    return entry


def changes(before: Json, after: Json) -> list[Json]:
    """Return the audit log change objects for the fields that differ; null is left out."""
    return [
        {"key": key}
        | ({} if old is None else {"old_value": old})
        | ({} if after[key] is None else {"new_value": after[key]})
        for key, old in before.items()
        if old != after[key]
    ]


def role_changes(before: Sequence[Role], after: Sequence[Role]) -> list[Json]:
    """Return the change objects for roles that were given or taken."""
    lists = {
        "$add": [role for role in after if role not in before],
        "$remove": [role for role in before if role not in after],
    }
    return [
        {"key": key, "new_value": [{"id": str(role.id), "name": role.name} for role in roles]}
        for key, roles in lists.items()
        if roles
    ]
