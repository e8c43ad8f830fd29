"""Moderators put people out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.person import Person

if TYPE_CHECKING:
    from bot.sandbox.discord.world.members import Member


class Moderating(Person):
    """What people do to each other's membership."""

    async def kick(self, target: Member) -> None:
        """Remove somebody from the guild."""
        self._require(Permission.KICK_MEMBERS, None)
        target.guild.remove_member(target)

    async def ban(self, target: Member) -> None:
        """Remove somebody from the guild for good."""
        self._require(Permission.BAN_MEMBERS, None)
        target.guild.ban(target.user)
