"""Guilds: members, roles and channels under one name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.guild_payload import guild_payload
from bot.sandbox.discord.world import system_messages
from bot.sandbox.discord.world.attachments import UPLOAD_LIMIT_BYTES
from bot.sandbox.discord.world.auto_moderation import AutoModeration
from bot.sandbox.discord.world.channel_payload import forum_tag
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.expressions import Expressions
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import JOIN
from bot.sandbox.discord.world.permissions import BOT_DEFAULT, EVERYONE_DEFAULT, Permission
from bot.sandbox.discord.world.removing import delete_recent
from bot.sandbox.discord.world.roles import Role
from bot.sandbox.discord.world.snowflakes import Entity
from bot.sandbox.discord.world.webhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.audit import Entry
    from bot.sandbox.discord.world.calls import VoiceState
    from bot.sandbox.discord.world.command_permissions import Overrides
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.world import World


class Guild(Entity):
    """A server, as people call it."""

    def __init__(self, world: World, name: str, *, premium_tier: int = 0) -> None:
        self.world = world
        self.id = world.ids.take()
        self.name = name
        self.premium_tier = premium_tier
        self.preferred_locale = "en-US"
        self.owner_id = 0
        self.is_available = True
        self.description: str | None = None
        self.created_at = datetime.now(UTC)
        everyone = Role(self, self.id, "@everyone", EVERYONE_DEFAULT, position=0)
        self.roles: dict[int, Role] = {self.id: everyone}
        self.channels: dict[int, Channel] = {}
        self.members: dict[int, Member] = {}
        self.voice_states: dict[int, VoiceState] = {}
        self.bans: dict[int, tuple[User, str | None]] = {}
        self.stages: dict[int, Json] = {}
        self.expressions = Expressions(self)
        self.webhooks: dict[int, Webhook] = {}
        self.system_channel: Channel | None = None
        self.auto_moderation = AutoModeration(self)
        self.audit_log: list[Entry] = []
        self.command_overrides: dict[int, Overrides] = {}  # by command or application

    @property
    def everyone(self) -> Role:
        """Return the role everybody holds."""
        return self.roles[self.id]

    @property
    def owner(self) -> Member:
        """Return the member who may do everything."""
        return self.members[self.owner_id]

    @property
    def upload_limit(self) -> int:
        """Return how many bytes one file may have here."""
        return UPLOAD_LIMIT_BYTES[self.premium_tier]

    @property
    def bot(self) -> Member:
        """Return the bot of the sandbox's own application."""
        return self.members[self.world.application.bot.id]

    def dispatch(self, event: str, payload: Json, *, channel: Channel | None = None) -> None:
        """Tell the bots in this guild that something happened."""
        self.world.tell(event, payload, guild=self, channel=channel)

    def payload(self) -> Json:
        """Return the guild object."""
        return guild_payload(self)

    def set_premium_tier(self, tier: int) -> None:
        """Change the boost level and with it the upload limit."""
        self.premium_tier = tier
        self.dispatch("GUILD_UPDATE", self.payload())

    def add_category(self, name: str) -> Channel:
        """Add a category."""
        return self.add_channel(name, ChannelType.CATEGORY)

    def add_text_channel(
        self, name: str, *, category: Channel | None = None, topic: str | None = None
    ) -> Channel:
        """Add a text channel."""
        return self.add_channel(name, ChannelType.TEXT, category=category, topic=topic)

    def add_voice_channel(
        self, name: str, *, user_limit: int = 0, category: Channel | None = None
    ) -> Channel:
        """Add a voice channel."""
        kind = ChannelType.VOICE
        return self.add_channel(name, kind, category=category, user_limit=user_limit)

    def add_forum(self, name: str, *, tags: Iterable[str] = ()) -> Channel:
        """Add a forum; its posts may carry `tags`."""
        return self.add_channel(name, ChannelType.FORUM, tags=tags)

    def add_stage_channel(self, name: str, *, category: Channel | None = None) -> Channel:
        """Add a stage channel."""
        return self.add_channel(name, ChannelType.STAGE, category=category)

    def add_channel(
        self,
        name: str,
        kind: ChannelType,
        *,
        category: Channel | None = None,
        topic: str | None = None,
        user_limit: int = 0,
        tags: Iterable[str] = (),
    ) -> Channel:
        """Add a channel of any kind; it inherits the overwrites of its category."""
        channel = Channel(
            self.world,
            self.world.ids.take(),
            kind,
            name,
            guild=self,
            parent_id=category.id if category else None,
            position=len(self.channels),
            topic=topic,
            user_limit=user_limit,
            overwrites=dict(category.overwrites) if category else {},
            tags=[forum_tag(self.world.ids.take(), tag) for tag in tags],
        )
        self.insert_channel(channel)
        return channel

    def insert_channel(self, channel: Channel) -> None:
        """Put a finished channel into this guild and tell everybody."""
        self.channels[channel.id] = channel
        channel.announce("CHANNEL_CREATE")

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel; whoever talks in it is disconnected."""
        self.channels.pop(channel.id, None)
        # Threads go with their channel, and nobody is told about each of them.
        for thread in [c for c in self.channels.values() if c.parent_id == channel.id]:
            if thread.is_thread:
                self.channels.pop(thread.id)
        channel.announce("CHANNEL_DELETE")
        self.world.calls.end_call(channel)

    def add_webhook(
        self, channel: Channel, name: str, *, application: Application | None = None
    ) -> Webhook:
        """Add a webhook to a channel, made by the bot of `application` or by the owner."""
        creator = application.bot if application else self.owner.user
        webhook = Webhook(self.world.ids.take(), channel, name, creator, application)
        self.webhooks[webhook.id] = webhook
        webhook.announce()
        return webhook

    def add_role(
        self,
        name: str = "new role",
        *,
        permissions: Permission = Permission.NONE,
        mentionable: bool = False,
        bot_id: int | None = None,
    ) -> Role:
        """Add a role above all others."""
        role = Role(
            self,
            self.world.ids.take(),
            name,
            permissions,
            position=len(self.roles),
            mentionable=mentionable,
            bot_id=bot_id,
        )
        self.roles[role.id] = role
        role.announce("GUILD_ROLE_CREATE")
        return role

    def remove_role(self, role: Role) -> None:
        """Delete a role."""
        self.roles.pop(role.id, None)
        for member in self.members.values():
            member.role_ids = [i for i in member.role_ids if i != role.id]
        payload = {"guild_id": str(self.id), "role_id": str(role.id)}
        self.dispatch("GUILD_ROLE_DELETE", payload)

    def add_member(
        self,
        who: str | User,
        *,
        roles: Iterable[Role] = (),
        permissions: Permission = Permission.NONE,
        locale: str = "en-US",
    ) -> Member:
        """Let somebody join, a new person by name or an existing user."""
        user = self.world.add_user(who, locale=locale) if isinstance(who, str) else who
        member = Member(self, user)
        member.role_ids = [role.id for role in roles]
        if permissions:
            member.role_ids.append(self.add_role(f"{member.name}'s", permissions=permissions).id)
        # Told first: a bot that joins hears of itself by GUILD_CREATE alone.
        self.dispatch("GUILD_MEMBER_ADD", member.payload() | {"guild_id": str(self.id)})
        self.members[user.id] = member
        if self.system_channel is not None:
            system_messages.post(self.system_channel, user, JOIN)
        return member

    def remove_member(self, member: Member) -> None:
        """Let somebody go: leave, kick and ban end here."""
        self.world.calls.leave(self, member.id)
        self.members.pop(member.id, None)
        payload = {"guild_id": str(self.id), "user": member.user.payload()}
        self.dispatch("GUILD_MEMBER_REMOVE", payload)
        if member.user.is_bot:
            self._tell_bot("GUILD_DELETE", member, {"id": str(self.id)})

    def ban(self, user: User, reason: str | None = None, *, delete_s: float = 0.0) -> None:
        """Ban a user, let the member go, and remove what they wrote in the last `delete_s`."""
        self.bans[user.id] = (user, reason)
        if member := self.members.get(user.id):
            self.remove_member(member)
        payload = {"guild_id": str(self.id), "user": user.payload()}
        self.dispatch("GUILD_BAN_ADD", payload)
        if delete_s:
            delete_recent(self, user, delete_s)

    def unban(self, user: User) -> None:
        """End a ban."""
        if self.bans.pop(user.id, None) is not None:
            payload = {"guild_id": str(self.id), "user": user.payload()}
            self.dispatch("GUILD_BAN_REMOVE", payload)

    def add_bot(self, application: Application, permissions: Permission = BOT_DEFAULT) -> Member:
        """Invite the bot of `application`; its permissions sit in a managed role."""
        role = self.add_role(application.name, permissions=permissions, bot_id=application.bot.id)
        member = self.add_member(application.bot, roles=[role])
        self.world.tell_guild_create(self, application, is_new=True)
        return member

    def set_bot_permissions(
        self, permissions: Permission, application: Application | None = None
    ) -> None:
        """Change the managed role of a bot, the sandbox's own by default."""
        bot_id = (application or self.world.application).bot.id
        next(r for r in self.roles.values() if r.bot_id == bot_id).set_permissions(permissions)

    def found(self, owner_name: str) -> None:
        """Give a new guild its owner."""
        owner = Member(self, self.world.add_user(owner_name))
        self.members[owner.id] = owner
        self.owner_id = owner.id

    def go_down(self) -> None:
        """Begin an outage of this guild."""
        self.is_available = False
        for member in self._bots():
            self._tell_bot("GUILD_DELETE", member, {"id": str(self.id), "unavailable": True})

    def come_back(self) -> None:
        """End an outage of this guild."""
        self.is_available = True
        for member in self._bots():
            self.world.tell_guild_create(self, self.world.application_of(member.user))

    def _bots(self) -> list[Member]:
        return [member for member in self.members.values() if member.user.is_bot]

    def _tell_bot(self, event: str, member: Member, payload: Json) -> None:
        application = self.world.application_of(member.user)
        self.world.tell(event, payload, guild=self, only=application)
