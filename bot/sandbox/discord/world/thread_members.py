"""Who is in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world.channel_payload import thread_member
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.users import User


def add(thread: Channel, user: User) -> None:
    """Let somebody join a thread, or be added to it."""
    if user.id in thread.joined_ids:
        return
    thread.joined_ids.add(user.id)
    assert thread.guild is not None
    member = thread.guild.members[user.id]
    added = thread_member(thread, user.id)
    if user.is_bot:
        payload = thread.payload() | {"member": added}
        application = thread.world.application_of(user)
        thread.world.tell("THREAD_CREATE", payload, guild=thread.guild, only=application)
    _tell_members(thread, added_members=[added | {"member": member.payload(), "presence": None}])


def remove(thread: Channel, user: User) -> None:
    """Let somebody leave a thread, or be put out of it."""
    if user.id in thread.joined_ids:
        _tell_members(thread, removed_member_ids=[str(user.id)])
        thread.joined_ids.discard(user.id)


def reopen(channel: Channel) -> None:
    """Open an archived thread again, as the next message in it does."""
    if channel.archived:
        channel.archived = False
        channel.announce("CHANNEL_UPDATE")


def enter(channel: Channel, author: User, mentioned: Sequence[User]) -> None:
    """Let whoever writes in a thread, or is named there, be in it."""
    if not channel.is_thread or channel.guild is None:
        return
    for user in (author, *mentioned):
        member = channel.guild.members.get(user.id)
        if member is not None and member.may(Permission.VIEW_CHANNEL, channel.permission_source):
            add(channel, user)


def _tell_members(thread: Channel, **changes: object) -> None:
    assert thread.guild is not None
    payload = {
        "id": str(thread.id),
        "guild_id": str(thread.guild.id),
        "member_count": len(thread.joined_ids),
        **changes,
    }
    thread.world.tell("THREAD_MEMBERS_UPDATE", payload, guild=thread.guild, channel=thread)
