"""Emoji under messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.sandbox.discord.errors import unknown
from bot.sandbox.discord.world.messages import Message, Reaction

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.users import User

_CUSTOM = re.compile(r"(?:a:)?(\w{2,32}):(\d{1,20})", re.ASCII)


def parse_emoji(text: str) -> Json:
    """Read an emoji from a path: a character, or `name:id`."""
    text = unquote(text)
    if custom := _CUSTOM.fullmatch(text):
        return {"id": custom[2], "name": custom[1]}
    if not text or text.isascii():
        raise unknown("Emoji")
    return {"id": None, "name": text}


def find(message: Message, emoji: Json) -> Reaction | None:
    """Return the reaction with this emoji."""
    key = emoji["id"] or emoji["name"]
    same = (r for r in message.reactions if (r.emoji["id"] or r.emoji["name"]) == key)
    return next(same, None)


def add(message: Message, user: User, emoji: Json) -> None:
    """Put an emoji under a message."""
    reaction = find(message, emoji)
    if reaction is None:
        reaction = Reaction(emoji)
        message.reactions.append(reaction)
    if user.id in reaction.user_ids:
        return
    reaction.user_ids.append(user.id)
    payload = _payload(message) | {
        "user_id": str(user.id),
        "emoji": emoji,
        "burst": False,
        "type": 0,
    }
    payload["message_author_id"] = str(message.author.id)
    if message.guild is not None and (member := message.guild.members.get(user.id)):
        payload["member"] = member.payload()
    _tell("MESSAGE_REACTION_ADD", payload, message)


def remove(message: Message, user: User, emoji: Json) -> None:
    """Take an emoji of one person away."""
    reaction = find(message, emoji)
    if reaction is None or user.id not in reaction.user_ids:
        return
    reaction.user_ids.remove(user.id)
    if not reaction.user_ids:
        message.reactions.remove(reaction)
    payload = _payload(message) | {
        "user_id": str(user.id),
        "emoji": emoji,
        "burst": False,
        "type": 0,
    }
    _tell("MESSAGE_REACTION_REMOVE", payload, message)


def clear(message: Message, emoji: Json | None = None) -> None:
    """Take all emoji away, or all of one kind."""
    if emoji is None:
        message.reactions.clear()
        _tell("MESSAGE_REACTION_REMOVE_ALL", _payload(message), message)
        return
    reaction = find(message, emoji)
    if reaction is not None:
        message.reactions.remove(reaction)
    _tell("MESSAGE_REACTION_REMOVE_EMOJI", _payload(message) | {"emoji": emoji}, message)


def _payload(message: Message) -> Json:
    place: Json = {"channel_id": str(message.channel.id), "message_id": str(message.id)}
    return place | ({"guild_id": str(message.guild.id)} if message.guild else {})


def _tell(event: str, payload: Json, message: Message) -> None:
    message.channel.world.tell(event, payload, guild=message.guild, channel=message.channel)
