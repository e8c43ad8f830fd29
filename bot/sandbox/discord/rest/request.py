"""One request to the API: who asks, for what, with which body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord import fields
from bot.sandbox.discord.errors import (
    FormErrors,
    Json,
    invalid_form,
    missing_access,
    missing_permissions,
    unauthorized,
    unknown,
)
from bot.sandbox.discord.gateway.events import Intent, withhold_content
from bot.sandbox.discord.shapes import Shape, check_shape
from bot.sandbox.discord.world import audit
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.posting import Draft
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.attachments import Upload
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.roles import Role
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.world import World


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status of its own."""

    status: int
    body: Any = None


@dataclass(eq=False)
class Request:
    """A parsed request."""

    world: World
    parts: Mapping[str, str]  # the variable parts of the route
    query: Mapping[str, str]
    caller: Application | None
    content: Any = None
    uploads: dict[str, Upload] = field(default_factory=dict)
    reason: str | None = None  # for the audit log

    @property
    def application(self) -> Application:
        """Return whose token came along."""
        if self.caller is None:
            raise unauthorized()
        return self.caller

    @property
    def body(self) -> Json:
        """Return the body as an object."""
        if self.content is None:
            return {}
        if not isinstance(self.content, dict):
            raise invalid_form("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used here")
        return self.content

    def shaped(self, shape: Shape) -> Json:
        """Return the body as an object whose fields have the right types."""
        errors = FormErrors()
        check_shape(self.body, shape, errors)
        errors.raise_if_any()
        return self.body

    @property
    def items(self) -> list[Json]:
        """Return the body as a list."""
        if not isinstance(self.content, list):
            raise invalid_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        for index, item in enumerate(self.content):
            if not isinstance(item, dict):
                text = "Only dictionaries may be used in a DictType"
                raise invalid_form(str(index), "DICT_TYPE_CONVERT", text)
        return self.content

    @property
    def draft(self) -> Draft:
        """Return the body as a message."""
        return Draft(self.body, self.uploads)

    def id(self, key: str) -> int:
        """Return an id from the path."""
        return _snowflake(key, self.parts[key])

    def id_asked(self, key: str) -> int | None:
        """Return an id from the query."""
        value = self.query.get(key)
        return None if value is None else _snowflake(key, value)

    def number(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return a number from the query."""
        value = self.query.get(key)
        if value is None:
            return default
        if fault := fields.integer(value):
            raise invalid_form(key, *fault)
        if not low <= int(value) <= high:
            text = f"int value should be between {low} and {high}."
            raise invalid_form(key, "NUMBER_TYPE_RANGE", text)
        return int(value)

    def flag(self, key: str) -> bool:
        """Return a yes or no from the query."""
        return self.query.get(key, "").lower() in {"true", "1"}

    def guild(self) -> Guild:
        """Return the guild in the path; the bot must be in it."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or self.application.bot.id not in guild.members:
            raise unknown("Guild")
        return guild

    def me(self, guild: Guild) -> Member:
        """Return the bot as a member."""
        return guild.members[self.application.bot.id]

    def guild_allowing(self, permission: Permission) -> Guild:
        """Return the guild in the path, where the bot needs `permission`."""
        guild = self.guild()
        if not self.me(guild).may(permission):
            raise missing_permissions()
        return guild

    def record(
        self,
        guild: Guild,
        action: int,
        target_id: int | None,
        *,
        changes: list[Json] | None = None,
        options: Json | None = None,
    ) -> None:
        """Write into the audit log what the bot did, and why."""
        bot, why = self.application.bot, self.reason
        audit.record(guild, action, bot, target_id, changes=changes, options=options, reason=why)

    def user(self) -> User:
        """Return the user in the path."""
        user = self.world.users.get(self.id("user_id"))
        if user is None:
            raise unknown("User")
        return user

    def member(self, guild: Guild) -> Member:
        """Return the member in the path."""
        if self.parts["user_id"] == "@me":
            return self.me(guild)
        member = guild.members.get(self.user().id)
        if member is None:
            raise unknown("Member")
        return member

    def role(self, guild: Guild) -> Role:
        """Return the role in the path."""
        role = guild.roles.get(self.id("role_id"))
        if role is None:
            raise unknown("Role")
        return role

    def channel(self, permission: Permission = Permission.NONE) -> Channel:
        """Return the channel in the path; the bot must see it and may do `permission` there."""
        channel = self.world.channel(self.id("channel_id"))
        if channel is None:
            raise unknown("Channel")
        held = self.permissions_in(channel)
        if not held & Permission.VIEW_CHANNEL:
            raise missing_access()
        if held & permission != permission:
            raise missing_permissions()
        return channel

    def permissions_in(self, channel: Channel) -> Permission:
        """Return what the bot may do in a channel."""
        bot = self.application.bot
        if channel.guild is None:
            return _IN_DIRECT_MESSAGES if bot in channel.recipients else Permission.NONE
        member = channel.guild.members.get(bot.id)
        return member.permissions_in(channel) if member else Permission.NONE

    def message(self, channel: Channel) -> Message:
        """Return the message in the path, unless it is gone or ephemeral."""
        message = channel.history.get(self.id("message_id"))
        if message is None or message.is_ephemeral:
            raise unknown("Message")
        return message

    def show(self, message: Message) -> Json:
        """Return a message as this application sees it."""
        payload = message.payload()
        for shown, reaction in zip(payload.get("reactions", []), message.reactions, strict=False):
            shown["me"] = self.application.bot.id in reaction.user_ids
        if self.application.privileged_intents & Intent.MESSAGE_CONTENT:
            return payload
        return withhold_content(payload, message, self.application)


_IN_DIRECT_MESSAGES = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.SEND_VOICE_MESSAGES
    | Permission.PIN_MESSAGES
)


def _snowflake(key: str, value: str) -> int:
    found = parse_snowflake(value)
    if found is None:
        raise invalid_form(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    return found
