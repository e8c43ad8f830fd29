"""Removing messages, one by one and in bulk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.snowflakes import created_at
from bot.sandbox.discord.world.telling import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User


def delete(message: Message) -> None:
    """Remove a message and its files."""
    _forget(message)
    payload: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    if message.guild is not None and not message.is_ephemeral:
        payload["guild_id"] = str(message.guild.id)
    tell("MESSAGE_DELETE", payload, message, needs_content=False)


def delete_many(channel: Channel, messages: Sequence[Message]) -> None:
    """Remove messages in bulk."""
    for message in messages:
        _forget(message)
    payload: Json = {"ids": [str(m.id) for m in messages], "channel_id": str(channel.id)}
    if channel.guild is not None:
        payload["guild_id"] = str(channel.guild.id)
    channel.world.tell("MESSAGE_DELETE_BULK", payload, guild=channel.guild, channel=channel)


def delete_recent(guild: Guild, author: User, seconds: float) -> None:
    """Remove what somebody wrote lately, in bulk, channel by channel."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    for channel in list(guild.channels.values()):
        written = [m for m in channel.messages if m.author is author and created_at(m.id) >= since]
        if written:
            delete_many(channel, written)


def _forget(message: Message) -> None:
    message.is_deleted = True
    message.channel.history.pop(message.id, None)
    for attachment in message.attachments:
        message.channel.world.cdn.drop(attachment)
