"""Members join calls, leave them, and are moved and silenced there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world.calls import may_join
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.person import Person

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member


class Talking(Person):
    """What people do in and to a call."""

    async def join_voice(
        self, channel: Channel, *, self_mute: bool = False, self_deaf: bool = False
    ) -> Listener:
        """Join a call and listen; returns (and keeps in `ear`) what hears there."""
        member = self._member()
        if not may_join(member, channel):
            raise NotPermittedError("they cannot join this call")
        calls = self.world.calls
        if member.voice is not None:
            calls.move(member, channel)
            return member.ear or calls.listen(member)
        calls.join(member, channel, self_mute=self_mute, self_deaf=self_deaf)
        return calls.listen(member)

    async def leave_voice(self) -> None:
        """Hang up."""
        member = self._member()
        self.world.calls.leave(member.guild, member.id)

    async def move(self, target: Member, channel: Channel) -> None:
        """Drag somebody into another call."""
        self._require(Permission.MOVE_MEMBERS, channel)
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self.world.calls.move(target, channel)

    async def kick_from_voice(self, target: Member) -> None:
        """Disconnect somebody from their call."""
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self._require(Permission.MOVE_MEMBERS, target.voice.channel)
        self.world.calls.leave(target.guild, target.id)

    async def disconnect(self, target: Member) -> None:
        """Disconnect somebody from their call, as the menu words it."""
        await self.kick_from_voice(target)

    async def server_mute(self, target: Member, *, muted: bool = True) -> None:
        """Mute somebody for everyone, or end that."""
        self._require(Permission.MUTE_MEMBERS, target.voice.channel if target.voice else None)
        self.world.calls.set_flags(target, mute=muted)

    async def server_deafen(self, target: Member, *, deafened: bool = True) -> None:
        """Deafen somebody, or end that."""
        self._require(Permission.DEAFEN_MEMBERS, target.voice.channel if target.voice else None)
        self.world.calls.set_flags(target, deaf=deafened)

    async def suppress(self, target: Member, *, suppressed: bool) -> None:
        """Invite somebody to speak on a stage, or send them to the audience."""
        if target.voice is None:
            raise NotPermittedError("they are in no call")
        self._require(Permission.MUTE_MEMBERS, target.voice.channel)
        self.world.calls.set_suppressed(target.voice, suppressed=suppressed)
