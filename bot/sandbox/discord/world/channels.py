"""Channels of every kind: text, voice, stage, categories, threads, direct messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.changes import DEFAULT_TIMEOUT_S
from bot.sandbox.discord.world.permissions import Overwrite, Permission
from bot.sandbox.discord.world.snowflakes import Entity, created_at, iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.roles import Role
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.world import World

DEFAULT_BITRATE_BPS = 64_000


class ChannelType(IntEnum):
    """What a channel is for."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13


THREADS = {
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
}
VOCAL = {ChannelType.VOICE, ChannelType.STAGE}


@dataclass(eq=False, repr=False)
class Channel(Entity):
    """A place for messages, a call, or other channels."""

    world: World
    id: int
    type: ChannelType
    name: str = ""
    guild: Guild | None = None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    slowmode_s: int = 0
    bitrate: int = DEFAULT_BITRATE_BPS
    user_limit: int = 0
    rtc_region: str | None = None
    status: str | None = None
    owner_id: int | None = None
    archived: bool = False
    recipients: list[User] = field(default_factory=list)
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    history: dict[int, Message] = field(default_factory=dict)

    @property
    def is_thread(self) -> bool:
        """Tell whether this is a thread."""
        return self.type in THREADS

    @property
    def is_vocal(self) -> bool:
        """Tell whether people can talk here."""
        return self.type in VOCAL

    @property
    def holds_messages(self) -> bool:
        """Tell whether messages can be written here."""
        return self.type is not ChannelType.CATEGORY

    @property
    def mention(self) -> str:
        """Return what links to this channel in a text."""
        return f"<#{self.id}>"

    @property
    def permission_source(self) -> Channel:
        """Return the channel whose overwrites count: a thread's parent, else this one."""
        if not self.is_thread or self.guild is None or self.parent_id is None:
            return self
        return self.guild.channels.get(self.parent_id, self)

    @property
    def send_permission(self) -> Permission:
        """Return what it takes to write here."""
        if self.is_thread:
            return Permission.SEND_MESSAGES_IN_THREADS
        return Permission.SEND_MESSAGES

    @property
    def messages(self) -> list[Message]:
        """Return the messages everybody here can see, oldest first."""
        return [m for m in self.history.values() if not m.is_ephemeral]

    @property
    def occupants(self) -> list[Member]:
        """Return the members connected to this call."""
        if self.guild is None:
            return []
        states = self.guild.voice_states.values()
        return [s.member for s in states if s.channel is self]

    @property
    def is_full(self) -> bool:
        """Tell whether the user limit is reached."""
        return 0 < self.user_limit <= len(self.occupants)

    async def wait_for_message(
        self,
        claim: Callable[[Message], bool] = lambda _: True,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> Message:
        """Return the first public message, past or future, for which `claim` holds."""
        return await self.world.changes.until(
            lambda: next((m for m in self.messages if claim(m)), None), timeout_s=timeout_s
        )

    def set_overwrites(
        self,
        target: Role | Member,
        *,
        allow: Permission = Permission.NONE,
        deny: Permission = Permission.NONE,
    ) -> None:
        """Change what `target` may do here."""
        is_role = target.id in self._guild.roles
        self.overwrites[target.id] = Overwrite(target.id, is_role, allow, deny)
        self.announce("CHANNEL_UPDATE")

    def remove_overwrites(self, target_id: int) -> None:
        """Let a role or member have here what it has in the guild."""
        self.overwrites.pop(target_id, None)
        self.announce("CHANNEL_UPDATE")

    def delete(self) -> None:
        """Remove this channel; a call in it ends."""
        self._guild.remove_channel(self)

    def announce(self, event: str) -> None:
        """Tell everybody who may know about this channel."""
        if self.is_thread:
            event = event.replace("CHANNEL", "THREAD")
        payload = self.payload() | {"guild_id": str(self._guild.id)}
        self._guild.dispatch(event, payload)

    @property
    def _guild(self) -> Guild:
        assert self.guild is not None, "direct messages belong to no guild"
        return self.guild

    def payload(self) -> Json:
        """Return the channel object."""
        last = max((m.id for m in self.messages), default=None)
        common: Json = {"id": str(self.id), "type": int(self.type), "flags": 0}
        if self.type is not ChannelType.CATEGORY:
            common["last_message_id"] = None if last is None else str(last)
        if self.guild is None:
            return common | {"recipients": [u.payload() for u in self.recipients if not u.is_bot]}
        common |= {
            "name": self.name,
            "guild_id": str(self.guild.id),
            "parent_id": _text(self.parent_id),
        }
        if self.is_thread:
            return common | self._thread_fields()
        return common | self._place_fields() | self._kind_fields()

    def _place_fields(self) -> Json:
        return {
            "position": self.position,
            "nsfw": self.nsfw,
            "permission_overwrites": [
                {
                    "id": str(o.id),
                    "type": 0 if o.is_role else 1,
                    "allow": str(int(o.allow)),
                    "deny": str(int(o.deny)),
                }
                for o in self.overwrites.values()
            ],
        }

    def _kind_fields(self) -> Json:
        if self.type is ChannelType.CATEGORY:
            return {}
        fields: Json = {"topic": self.topic, "rate_limit_per_user": self.slowmode_s}
        if not self.is_vocal:
            return fields
        return fields | {
            "bitrate": self.bitrate,
            "user_limit": self.user_limit,
            "rtc_region": self.rtc_region,
            "video_quality_mode": 1,
            "status": self.status,
        }

    def _thread_fields(self) -> Json:
        return {
            "owner_id": _text(self.owner_id),
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": 1,
            "rate_limit_per_user": self.slowmode_s,
            "thread_metadata": {
                "archived": self.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": iso(created_at(self.id)),
                "locked": False,
                "create_timestamp": iso(created_at(self.id)),
            },
        }


def _text(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)
