"""Whom a message pings: what it says, and what `allowed_mentions` lets through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.messages import ROLE_MENTION, USER_MENTION
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import FormErrors, Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User

EVERYONE = re.compile(r"@(everyone|here)\b")
MAX_LISTED = 100  # "Allowed Mentions Object"


@dataclass(frozen=True, slots=True)
class Mentions:
    """The outcome: who is pinged."""

    users: list[User]
    role_ids: list[int]
    everyone: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """A parsed `allowed_mentions`; None in a list means everybody."""

    users: set[int] | None = None
    roles: set[int] | None = None
    everyone: bool = True
    replied_user: bool = True

    @classmethod
    def parse(cls, value: Json | None) -> Allowed:
        """Read the object; without it everything is parsed."""
        if value is None:
            return cls()
        kinds = value.get("parse") or []
        return cls(
            users=None if "users" in kinds else _ids(value.get("users")),
            roles=None if "roles" in kinds else _ids(value.get("roles")),
            everyone="everyone" in kinds,
            replied_user=bool(value.get("replied_user", False)),
        )


def check_allowed(value: Json, errors: FormErrors) -> None:
    """Note what is wrong with `allowed_mentions`."""
    kinds = value.get("parse") or []
    for index, kind in enumerate(kinds):
        if kind not in ("users", "roles", "everyone"):
            errors.choices(f"allowed_mentions.parse.{index}", "'users', 'roles', 'everyone'")
    for key in ("users", "roles"):
        listed = value.get(key) or []
        if listed and key in kinds:
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            text = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            errors.add("allowed_mentions", code, text)
        path = f"allowed_mentions.{key}"
        errors.length(path, minimum=0, maximum=MAX_LISTED, actual=len(listed))


def mentions_in(
    content: str, channel: Channel, author: User, allowed: Allowed, reply_to: Message | None = None
) -> Mentions:
    """Return whom `content` pings."""
    users = [u for u in _users(content, channel) if allowed.users is None or u.id in allowed.users]
    if reply_to is not None and allowed.replied_user and reply_to.author not in users:
        users.append(reply_to.author)
    roles = [
        r for r in _roles(content, channel, author) if allowed.roles is None or r in allowed.roles
    ]
    everyone = allowed.everyone and EVERYONE.search(content) is not None
    return Mentions(users, roles, everyone and _may_ping_everyone(channel, author))


def _users(content: str, channel: Channel) -> list[User]:
    ids = dict.fromkeys(int(found) for found in USER_MENTION.findall(content))
    known = (channel.world.users.get(user_id) for user_id in ids)
    return [user for user in known if user is not None]


def _roles(content: str, channel: Channel, author: User) -> list[int]:
    if channel.guild is None:
        return []
    ids = dict.fromkeys(int(found) for found in ROLE_MENTION.findall(content))
    roles = (channel.guild.roles.get(role_id) for role_id in ids)
    free = _may_ping_everyone(channel, author)
    return [role.id for role in roles if role is not None and (role.mentionable or free)]


def _may_ping_everyone(channel: Channel, author: User) -> bool:
    member = channel.guild.members.get(author.id) if channel.guild else None
    return member is not None and member.may(Permission.MENTION_EVERYONE, channel)


def _ids(values: object) -> set[int]:
    if not isinstance(values, list):
        return set()
    return {found for value in values if (found := parse_snowflake(value)) is not None}
