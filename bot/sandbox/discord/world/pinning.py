"""Pinning messages, and taking them down again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sandbox.discord.world import posting, system_messages
from bot.sandbox.discord.world.messages import PIN
from bot.sandbox.discord.world.snowflakes import iso
from bot.sandbox.discord.world.telling import announce

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User


def pin(message: Message, user: User) -> None:
    """Pin a message; the channel reads who did."""
    _set_pinned(message, pinned=True)
    system_messages.post(message.channel, user, PIN, reference=posting.reference_to(message))


def unpin(message: Message) -> None:
    """Take a pinned message down, without a word."""
    _set_pinned(message, pinned=False)


def _set_pinned(message: Message, *, pinned: bool) -> None:
    message.pinned = pinned
    announce("MESSAGE_UPDATE", message)
    channel = message.channel
    payload: Json = {
        "channel_id": str(channel.id),
        "last_pin_timestamp": iso(datetime.now(UTC)),
    }
    if channel.guild is not None:
        payload["guild_id"] = str(channel.guild.id)
    channel.world.tell("CHANNEL_PINS_UPDATE", payload, guild=channel.guild, channel=channel)
