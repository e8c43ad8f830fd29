"""Channels of every kind: text, voice, stage, categories, threads, direct messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from bot.sandbox.discord.world import access
from bot.sandbox.discord.world.changes import DEFAULT_TIMEOUT_S
from bot.sandbox.discord.world.channel_payload import channel_payload, gone_payload
from bot.sandbox.discord.world.permissions import Overwrite, Permission
from bot.sandbox.discord.world.snowflakes import Entity

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
    FORUM = 15


THREADS = {
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
}
VOCAL = {ChannelType.VOICE, ChannelType.STAGE}
SILENT = {ChannelType.CATEGORY, ChannelType.FORUM}  # messages are written elsewhere


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
    locked: bool = False
    tags: list[Json] = field(default_factory=list)  # that posts in this forum may have
    applied_tags: list[str] = field(default_factory=list)
    joined_ids: set[int] = field(default_factory=set)  # of a thread
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
        return self.type not in SILENT

    @property
    def is_category(self) -> bool:
        """Tell whether this only groups other channels."""
        return self.type is ChannelType.CATEGORY

    @property
    def is_forum(self) -> bool:
        """Tell whether this holds posts, which are threads, and no messages of its own."""
        return self.type is ChannelType.FORUM

    @property
    def is_private_thread(self) -> bool:
        """Tell whether this shows itself only to those who were added, and to moderators."""
        return self.type is ChannelType.PRIVATE_THREAD

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
        self.put_overwrite(Overwrite(target.id, is_role, allow, deny))

    def put_overwrite(self, overwrite: Overwrite) -> None:
        """Change what a role or member may do here."""
        with access.watched(self._guild):
            self.overwrites[overwrite.id] = overwrite
            self.announce("CHANNEL_UPDATE")

    def remove_overwrites(self, target_id: int) -> None:
        """Let a role or member have here what it has in the guild."""
        with access.watched(self._guild):
            self.overwrites.pop(target_id, None)
            self.announce("CHANNEL_UPDATE")

    def delete(self) -> None:
        """Remove this channel; a call in it ends."""
        self._guild.remove_channel(self)

    def announce(self, event: str) -> None:
        """Tell everybody who may know about this channel."""
        if self.is_thread:
            self._announce_thread(event.replace("CHANNEL", "THREAD"))
            return
        payload = self.payload() | {"guild_id": str(self._guild.id)}
        self._guild.dispatch(event, payload)

    def _announce_thread(self, event: str) -> None:
        # "Clients will not be informed of a thread through the gateway if they do not have
        # permission to view that thread."
        payload = gone_payload(self) if event == "THREAD_DELETE" else self.payload()
        if event == "THREAD_CREATE":
            payload["newly_created"] = True
        self._guild.dispatch(event, payload, channel=self)

    @property
    def _guild(self) -> Guild:
        assert self.guild is not None, "direct messages belong to no guild"
        return self.guild

    def payload(self) -> Json:
        """Return the channel object."""
        return channel_payload(self)
