"""Moderators take messages away, silence people and put them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world import audit, command_permissions
from bot.sandbox.discord.world.permissions import BOT_DEFAULT, Permission
from bot.sandbox.discord.world.person import Person
from bot.sandbox.discord.world.removing import delete_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.roles import Role
    from bot.sandbox.discord.world.users import User


class Moderating(Person):
    """What people do to each other's messages and membership."""

    async def purge(self, channel: Channel, messages: Sequence[Message] | None = None) -> None:
        """Take many messages away at once, as moderation bots do; all of them by default."""
        self._require(Permission.MANAGE_MESSAGES, channel)
        taken = channel.messages if messages is None else messages
        delete_many(channel, taken)
        options = {"count": str(len(taken))}
        self._record(audit.MESSAGE_BULK_DELETE, channel.id, options=options)

    async def time_out(self, target: Member, *, seconds: float) -> None:
        """Silence somebody for a while; 0 ends that."""
        self._require(Permission.MODERATE_MEMBERS, None)
        self._require_outranked(target)
        if target.may(Permission.ADMINISTRATOR):
            raise NotPermittedError("administrators cannot be timed out")
        before = target.moderated()
        until = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
        target.set_timed_out(until)
        changes = audit.changes(before, target.moderated())
        self._record(audit.MEMBER_UPDATE, target.id, changes=changes)

    async def kick(self, target: Member) -> None:
        """Remove somebody from the guild."""
        self._require(Permission.KICK_MEMBERS, None)
        self._require_outranked(target)
        target.guild.remove_member(target)
        self._record(audit.KICK, target.id)

    async def ban(self, target: Member, *, delete_s: float = 0.0) -> None:
        """Remove somebody for good, and what they wrote in the last `delete_s` seconds."""
        self._require(Permission.BAN_MEMBERS, None)
        self._require_outranked(target)
        target.guild.ban(target.user, delete_s=delete_s)
        self._record(audit.BAN, target.id)

    async def unban(self, user: User) -> None:
        """End a ban."""
        self._require(Permission.BAN_MEMBERS, None)
        self._guild.unban(user)
        self._record(audit.UNBAN, user.id)

    async def give_role(self, target: Member, role: Role) -> None:
        """Give somebody a role below one's own."""
        self._change_roles(target, role, [*target.roles, role])

    async def take_role(self, target: Member, role: Role) -> None:
        """Take a role from somebody."""
        left = [held for held in target.roles if held is not role]
        self._change_roles(target, role, left)

    async def allow_command(
        self,
        command: str | None,
        target: Role | Member | Channel,
        *,
        allowed: bool = True,
        application: Application | None = None,
    ) -> None:
        """Say on the page Integrations who may use a command, or all commands, and where."""
        self._require(Permission.MANAGE_GUILD | Permission.MANAGE_ROLES, None)
        owner = application or self.world.application
        command_permissions.allow(self._guild, owner, command, target, allowed=allowed)

    async def invite_bot(
        self, application: Application | None = None, permissions: Permission = BOT_DEFAULT
    ) -> Member:
        """Let a bot into the guild, the sandbox's own by default."""
        self._require(Permission.MANAGE_GUILD, None)
        return self._guild.add_bot(application or self.world.application, permissions)

    def _change_roles(self, target: Member, role: Role, roles: list[Role]) -> None:
        me = self._member()
        self._require(Permission.MANAGE_ROLES, None)
        if me.id != self._guild.owner_id and role.position >= me.top_position:
            raise NotPermittedError("this role is not below their own")
        before = target.roles
        target.set_roles(list(dict.fromkeys(roles)))
        changes = audit.role_changes(before, target.roles)
        self._record(audit.MEMBER_ROLE_UPDATE, target.id, changes=changes)

    def _require_outranked(self, target: Member) -> None:
        if not self._member().outranks(target):
            raise NotPermittedError("they do not outrank this member")

    @property
    def _guild(self) -> Guild:
        return self._member().guild

    def _record(
        self,
        action: int,
        target_id: int,
        *,
        changes: list[Json] | None = None,
        options: Json | None = None,
    ) -> None:
        audit.record(self._guild, action, self.user, target_id, changes=changes, options=options)
