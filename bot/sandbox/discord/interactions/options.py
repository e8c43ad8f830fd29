"""Options of slash commands: from what a member entered to what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import InvalidOptionError
from bot.sandbox.discord.interactions import command_rules as rules
from bot.sandbox.discord.world.attachments import (
    UPLOAD_LIMIT_BYTES,
    Attachment,
    Upload,
    content_type_of,
    sanitize,
)
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.roles import Role
from bot.sandbox.discord.world.users import Someone, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.messages import Message

_EXPECTED: dict[int, tuple[type, ...]] = {
    rules.STRING: (str,),
    rules.INTEGER: (int,),
    rules.BOOLEAN: (bool,),
    rules.USER_OPTION: (Someone, User),
    rules.CHANNEL: (Channel,),
    rules.ROLE: (Role,),
    rules.MENTIONABLE: (Someone, User, Role),
    rules.NUMBER: (int, float),
    rules.ATTACHMENT: (Upload,),
}


@dataclass
class Resolved:
    """The objects behind the ids in the options."""

    actor: Someone
    channel: Channel
    parts: dict[str, Json] = field(default_factory=dict)

    @property
    def guild(self) -> Guild | None:
        """Return where the options were entered."""
        return self.channel.guild

    def add(self, entity: object) -> str:
        """Put an object in and return its id."""
        if isinstance(entity, (Someone, User)):
            return self._add_user(entity.user if isinstance(entity, Someone) else entity)
        if isinstance(entity, Role):
            return self._put("roles", entity.id, entity.payload())
        if isinstance(entity, Channel):
            return self._put("channels", entity.id, self._partial(entity))
        assert isinstance(entity, Upload)
        return self._add_file(entity)

    def entity(self, kind: str, entity_id: int) -> object:
        """Return the object that a default value names."""
        guild = self.guild
        assert guild is not None, "only guilds have roles and channels to choose from"
        if kind == "user":
            return guild.members[entity_id]
        return guild.roles[entity_id] if kind == "role" else guild.channels[entity_id]

    def add_message(self, message: Message) -> str:
        """Put the target of a message command in."""
        return self._put("messages", message.id, message.payload())

    def _put(self, kind: str, entity_id: int, payload: Json) -> str:
        self.parts.setdefault(kind, {})[str(entity_id)] = payload
        return str(entity_id)

    def _add_user(self, user: User) -> str:
        member = self.guild.members.get(user.id) if self.guild else None
        if member is not None:
            # "Partial members lack user, deaf and mute", and carry their permissions.
            partial = member.payload(with_user=False)
            partial = {k: v for k, v in partial.items() if k not in {"deaf", "mute"}}
            partial["permissions"] = str(int(member.permissions_in(self.channel)))
            self._put("members", user.id, partial)
        return self._put("users", user.id, user.payload())

    def _partial(self, channel: Channel) -> Json:
        keys = ("id", "name", "type", "parent_id", "thread_metadata", "guild_id", "position")
        payload = channel.payload()
        partial = {key: payload[key] for key in (*keys, "topic", "nsfw", "flags") if key in payload}
        member = self.guild.members.get(self.actor.id) if self.guild else None
        permissions = member.permissions_in(channel) if member else 0
        return partial | {"permissions": str(int(permissions))}

    def _add_file(self, upload: Upload) -> str:
        world = self.channel.world
        limit = self.guild.upload_limit if self.guild else UPLOAD_LIMIT_BYTES[0]
        if len(upload.content) > limit:
            raise InvalidOptionError("this file is too large for Discord")
        filename, title = sanitize(upload.filename)
        kind = content_type_of(filename, upload.content_type)
        attachment = Attachment(
            world.ids.take(),
            self.channel.id,
            filename,
            upload.content,
            kind,
            world.cdn,
            title=title,
            ephemeral=True,
        )
        world.cdn.keep(attachment)
        return self._put("attachments", attachment.id, attachment.payload())


def wire_options(
    declared: list[Json], entered: Mapping[str, object], resolved: Resolved
) -> list[Json]:
    """Check what a member entered and return the option objects, in declared order."""
    by_name = {option["name"]: option for option in declared}
    if unknown := sorted(set(entered) - set(by_name)):
        raise InvalidOptionError(f"there is no option {', '.join(unknown)}")
    missing = [n for n, option in by_name.items() if option.get("required") and n not in entered]
    if missing:
        raise InvalidOptionError(f"required: {', '.join(missing)}")
    return [
        {"name": name, "type": option["type"], "value": wire_value(option, entered[name], resolved)}
        for name, option in by_name.items()
        if name in entered
    ]


def wire_value(option: Json, value: object, resolved: Resolved) -> Any:
    """Check one value and return what stands for it on the wire."""
    kind, name = option["type"], option["name"]
    if not isinstance(value, _EXPECTED[kind]) or (
        isinstance(value, bool) != (kind == rules.BOOLEAN)
    ):
        raise InvalidOptionError(f"{name} does not take a {type(value).__name__}")
    if option.get("choices"):
        return _chosen(option, value)
    if isinstance(value, str):
        return _checked_text(option, value)
    if isinstance(value, (int, float)):
        return value if isinstance(value, bool) else _checked_number(option, value)
    _check_channel_type(option, value)
    return resolved.add(value)


def _chosen(option: Json, value: object) -> Any:
    for choice in option["choices"]:
        if value in (choice["value"], choice["name"]):
            return choice["value"]
    raise InvalidOptionError(f"{option['name']} has no such choice")


def _checked_text(option: Json, text: str) -> str:
    lowest, highest = option.get("min_length") or 0, option.get("max_length") or rules.MAX_STRING
    if not lowest <= len(text) <= highest:
        raise InvalidOptionError(f"{option['name']} takes {lowest} to {highest} characters")
    if not text and option.get("required"):
        raise InvalidOptionError(f"required: {option['name']}")
    return text


def _checked_number(option: Json, number: float) -> float:
    lowest = option.get("min_value", -rules.MAX_SAFE_INTEGER)
    highest = option.get("max_value", rules.MAX_SAFE_INTEGER)
    if not lowest <= number <= highest:
        raise InvalidOptionError(f"{option['name']} takes {lowest} to {highest}")
    return number


def _check_channel_type(option: Json, value: object) -> None:
    kinds = option.get("channel_types")
    if kinds and isinstance(value, Channel) and value.type not in kinds:
        raise InvalidOptionError(f"{option['name']} does not take this kind of channel")
