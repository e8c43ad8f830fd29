"""Threads and posts: begun and archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import RestError
from bot.sandbox.discord.world import posting, system_messages
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.messages import THREAD_CREATED, THREAD_STARTER, MessageFlag
from bot.sandbox.discord.world.telling import announce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.posting import Draft
    from bot.sandbox.discord.world.users import User

PARENTS = {ChannelType.TEXT, ChannelType.ANNOUNCEMENT}


def start(parent: Channel, owner: User, name: str, kind: ChannelType) -> Channel:
    """Start a thread under no message; a public one is announced in its channel."""
    thread = _open(parent, owner, name, kind, parent.world.ids.take())
    if kind is not ChannelType.PRIVATE_THREAD:
        place = {"type": 0, "channel_id": str(thread.id), "guild_id": str(_guild_id(thread))}
        system_messages.post(parent, owner, THREAD_CREATED, name, reference=place)
    return thread


def start_from(message: Message, owner: User, name: str) -> Channel:
    """Start a thread under a message, whose id it shares."""
    if message.thread is not None:
        raise RestError(400, 160004, "A thread has already been created for this message")
    kind = ChannelType.PUBLIC_THREAD
    if message.channel.type is ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    thread = _open(message.channel, owner, name, kind, message.id)
    message.flags |= MessageFlag.HAS_THREAD
    announce("MESSAGE_UPDATE", message)
    system_messages.post(thread, owner, THREAD_STARTER, reply_to=message)
    return thread


def start_post(
    forum: Channel, owner: User, name: str, draft: Draft, *, tags: Sequence[str] = ()
) -> Channel:
    """Write a post in a forum: a thread, and its first message with the same id."""
    if not forum.is_forum:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    thread = _new(forum, owner, name, ChannelType.PUBLIC_THREAD, forum.world.ids.take())
    thread.applied_tags = list(tags)
    flags = posting.flags_of(draft.body, posting.SETTABLE)
    origin = posting.Origin(message_id=thread.id)
    message = posting.compose(thread, owner, draft, flags=flags, origin=origin)
    _insert(thread)
    posting.publish(message)
    return thread


def archive(thread: Channel, *, locked: bool = False) -> None:
    """Close a thread; the next message opens it again, unless it is locked."""
    thread.archived, thread.locked = True, locked
    thread.announce("CHANNEL_UPDATE")


def _open(parent: Channel, owner: User, name: str, kind: ChannelType, thread_id: int) -> Channel:
    if parent.guild is None or parent.type not in PARENTS:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    thread = _new(parent, owner, name, kind, thread_id)
    _insert(thread)
    return thread


def _new(parent: Channel, owner: User, name: str, kind: ChannelType, thread_id: int) -> Channel:
    return Channel(
        parent.world,
        thread_id,
        kind,
        name,
        guild=parent.guild,
        parent_id=parent.id,
        owner_id=owner.id,
        joined_ids={owner.id},
    )


def _insert(thread: Channel) -> None:
    assert thread.guild is not None
    thread.guild.insert_channel(thread)


def _guild_id(thread: Channel) -> int:
    assert thread.guild is not None
    return thread.guild.id
