"""Members: a user in a guild, with roles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sandbox.discord.world import access, system_messages
from bot.sandbox.discord.world.actors import Actor
from bot.sandbox.discord.world.messages import BOOST
from bot.sandbox.discord.world.permissions import (
    Permission,
    channel_permissions,
    guild_permissions,
)
from bot.sandbox.discord.world.snowflakes import iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.calls import VoiceState
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.roles import Role
    from bot.sandbox.discord.world.users import User


class Member(Actor):
    """A user in one guild; acts there like a person in front of a client."""

    def __init__(self, guild: Guild, user: User) -> None:
        super().__init__(guild.world, user)
        self.guild = guild
        self.nick: str | None = None
        self.joined_at = datetime.now(UTC)
        self.timed_out_until: datetime | None = None
        self.boosts_since: datetime | None = None
        self.is_muted = False
        self.is_deafened = False
        self.role_ids: list[int] = []

    @property
    def home(self) -> Guild:
        """Return the guild this person acts in."""
        return self.guild

    def _member(self) -> Member:
        return self

    @property
    def name(self) -> str:
        """Return the name other members see."""
        return self.nick or self.user.global_name or self.user.username

    @property
    def roles(self) -> list[Role]:
        """Return the roles of this member, without @everyone, lowest first."""
        held = [self.guild.roles[i] for i in self.role_ids if i in self.guild.roles]
        return sorted(held, key=lambda role: (role.position, role.id))

    @property
    def top_position(self) -> int:
        """Return the position of the highest role, which rules who outranks whom."""
        return max((role.position for role in self.roles), default=0)

    @property
    def permissions(self) -> Permission:
        """Return what this member may do in the guild at large."""
        return guild_permissions(self)

    @property
    def is_timed_out(self) -> bool:
        """Tell whether a time-out is in force."""
        return self.timed_out_until is not None and self.timed_out_until > datetime.now(UTC)

    @property
    def is_silenced(self) -> bool:
        """Tell whether a time-out forbids this person nearly everything."""
        return self.is_timed_out

    @property
    def voice(self) -> VoiceState | None:
        """Return where this member is connected, if anywhere."""
        return self.guild.voice_states.get(self.id)

    def permissions_in(self, channel: Channel) -> Permission:
        """Return what this member may do in `channel`."""
        return channel_permissions(self, channel)

    def may(self, permission: Permission, channel: Channel | None = None) -> bool:
        """Tell whether this member has all of `permission`."""
        held = self.permissions if channel is None else self.permissions_in(channel)
        return held & permission == permission

    def outranks(self, other: Member) -> bool:
        """Tell whether this member's highest role is above that of `other`."""
        if self.guild.owner_id == self.id:
            return True
        return other.id != self.guild.owner_id and self.top_position > other.top_position

    def payload(self, *, with_user: bool = True) -> Json:
        """Return the guild member object."""
        member: Json = {
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": [str(role_id) for role_id in self.role_ids],
            "joined_at": iso(self.joined_at),
            "premium_since": iso(self.boosts_since),
            "deaf": self.is_deafened,
            "mute": self.is_muted,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": iso(self.timed_out_until),
            "avatar_decoration_data": None,
            "collectibles": None,
        }
        return member | ({"user": self.user.payload()} if with_user else {})

    def moderated(self) -> Json:
        """Return the fields of the guild member object whose changes the audit log keeps."""
        kept = ("nick", "mute", "deaf", "communication_disabled_until")
        payload = self.payload(with_user=False)
        return {key: payload[key] for key in kept}

    def announce(self) -> None:
        """Tell everybody that this member changed."""
        payload = self.payload() | {"guild_id": str(self.guild.id)}
        self.guild.dispatch("GUILD_MEMBER_UPDATE", payload)

    def set_roles(self, roles: list[Role]) -> None:
        """Replace the roles of this member."""
        with access.watched(self.guild):
            self.role_ids = [role.id for role in roles]
            self.announce()

    def set_nick(self, nick: str | None) -> None:
        """Change the name this member has in the guild."""
        self.nick = nick or None
        self.announce()

    def set_timed_out(self, until: datetime | None) -> None:
        """Take nearly all permissions away until a moment; None gives them back."""
        self.timed_out_until = until
        self.announce()
        if self.is_timed_out:
            self.world.calls.leave(self.guild, self.id)

    def leave(self) -> None:
        """Leave the guild."""
        self.guild.remove_member(self)

    def boost(self) -> None:
        """Boost the guild, which thanks in its system channel."""
        self.boosts_since = datetime.now(UTC)
        self.announce()
        if self.guild.system_channel is not None:
            system_messages.post(self.guild.system_channel, self.user, BOOST)
