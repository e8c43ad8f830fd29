"""Telling everybody who may know about a message."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User


def announce(event: str, message: Message) -> None:
    """Tell about a message with everything in it."""
    payload = message.event_payload()
    if event == "MESSAGE_UPDATE":
        # "The value for `tts` will always be false in message updates."
        payload["tts"] = False
    tell(event, payload, message, needs_content=True)


def tell(event: str, payload: Json, message: Message, *, needs_content: bool) -> None:
    """Send an event to those who can see the message; `needs_content` asks for the intent."""
    world, subject = message.channel.world, message if needs_content else None
    if message.is_ephemeral:
        # "Ephemeral messages are sent directly to the user and the bot who sent the message
        # rather than through the guild channel": DIRECT_MESSAGES, no guild_id, no member.
        world.tell(
            event, payload, channel=message.channel, only=message.application, message=subject
        )
        return
    world.tell(event, payload, guild=message.guild, channel=message.channel, message=subject)


def show_typing(channel: Channel, user: User) -> None:
    """Let everybody see that somebody is writing."""
    payload: Json = {
        "channel_id": str(channel.id),
        "user_id": str(user.id),
        "timestamp": int(time.time()),
    }
    if channel.guild is not None and (member := channel.guild.members.get(user.id)):
        payload |= {"guild_id": str(channel.guild.id), "member": member.payload()}
    channel.world.tell("TYPING_START", payload, guild=channel.guild, channel=channel)
