"""Making, changing and removing messages; everybody who may know is told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import RestError, invalid_form
from bot.sandbox.discord.interactions.components import number
from bot.sandbox.discord.world.attachments import UPLOAD_LIMIT_BYTES, Upload
from bot.sandbox.discord.world.enclosures import attach, embed_of, kept, linked
from bot.sandbox.discord.world.mentions import Allowed, mentions_in
from bot.sandbox.discord.world.message_rules import (
    check_message,
    check_upload_sizes,
    check_voice_message,
)
from bot.sandbox.discord.world.messages import DEFAULT, REPLY, Message, MessageFlag

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.users import User

# "Create Message": the flags a sender may set.
SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)
STICKY = MessageFlag.EPHEMERAL | MessageFlag.IS_COMPONENTS_V2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from, when it is more than a person typing."""

    type: int = DEFAULT
    application: Application | None = None
    interaction: Json | None = None
    legacy_interaction: Json | None = None
    visible_to: User | None = None
    reply_to: Message | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message on its way: the body, and the files by their number."""

    body: Json
    uploads: dict[str, Upload] = field(default_factory=dict)


def upload_limit(channel: Channel) -> int:
    """Return how large a file in this channel may be."""
    return channel.guild.upload_limit if channel.guild else UPLOAD_LIMIT_BYTES[0]


def flags_of(body: Json, allowed: MessageFlag) -> MessageFlag:
    """Return the flags of a body that its sender may set."""
    value = body.get("flags") or 0
    if isinstance(value, bool) or not str(value).isdecimal():
        raise invalid_form("flags", "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    return MessageFlag(int(value)) & allowed


def post(
    channel: Channel, author: User, draft: Draft, *, flags: MessageFlag, origin: Origin = Origin()
) -> Message:
    """Check a draft and make it a message everybody sees."""
    message = compose(channel, author, draft, flags=flags, origin=origin)
    publish(message)
    return message


def compose(
    channel: Channel, author: User, draft: Draft, *, flags: MessageFlag, origin: Origin
) -> Message:
    """Check a draft and make it a message that nobody sees yet."""
    check_message(draft.body, draft.uploads, flags)
    check_upload_sizes(draft.uploads, upload_limit(channel))
    message = Message(
        channel.world.ids.take(),
        channel,
        author,
        type=REPLY if origin.reply_to and origin.type == DEFAULT else origin.type,
        flags=flags,
        tts=bool(draft.body.get("tts")),
        nonce=draft.body.get("nonce"),
        application=origin.application,
        interaction=origin.interaction,
        legacy_interaction=origin.legacy_interaction,
        visible_to=origin.visible_to,
        reply_to=origin.reply_to,
    )
    message.reference = _reference(message.reply_to)
    fill(message, draft)
    if MessageFlag.IS_VOICE_MESSAGE in flags:
        check_voice_message(draft.body, message.attachments)
    return message


def fill(message: Message, draft: Draft) -> None:
    """Put the contents of a draft into a message."""
    message.content = str(draft.body.get("content") or "").strip()
    message.attachments = attach(message, draft, kept=[])
    message.embeds = [embed_of(e, message.attachments) for e in draft.body.get("embeds") or []]
    components = number(draft.body.get("components") or [])
    message.components = [linked(c, message.attachments) for c in components]
    _set_mentions(message, draft.body)
    require_contents(message)


def require_contents(message: Message) -> None:
    """Refuse a message that says nothing."""
    if not (message.content or message.embeds or message.attachments or message.components):
        raise RestError(400, 50006, "Cannot send an empty message")


def publish(message: Message) -> None:
    """Put a message into its channel."""
    message.channel.history[message.id] = message
    for attachment in message.attachments:
        message.channel.world.cdn.keep(attachment)
    _announce("MESSAGE_CREATE", message)


def edit(message: Message, draft: Draft) -> None:
    """Change the parts of a message that a draft names."""
    if MessageFlag.IS_VOICE_MESSAGE in message.flags:
        raise RestError(400, 50162, "Voice messages cannot be edited.")
    flags = flags_of(draft.body, MessageFlag.IS_COMPONENTS_V2) | (message.flags & STICKY)
    check_message(draft.body, draft.uploads, flags)
    check_upload_sizes(draft.uploads, upload_limit(message.channel))
    _change(message, draft)
    if "flags" in draft.body:
        message.flags = flags | flags_of(draft.body, MessageFlag.SUPPRESS_EMBEDS)
    message.touch()
    _announce("MESSAGE_UPDATE", message)


def _change(message: Message, draft: Draft) -> None:
    body = draft.body
    content = str(body.get("content") or "") if "content" in body else message.content
    if "attachments" in body or draft.uploads:
        message.attachments = attach(message, draft, kept=kept(message, body))
        for attachment in message.attachments:
            message.channel.world.cdn.keep(attachment)
    if "embeds" in body:
        message.embeds = [embed_of(e, message.attachments) for e in body["embeds"] or []]
    if "components" in body:
        components = number(body["components"] or [])
        message.components = [linked(c, message.attachments) for c in components]
    message.content = content.strip()
    if "content" in body:
        _set_mentions(message, body)
    require_contents(message)


def complete(message: Message, draft: Draft) -> None:
    """Turn a "thinking..." placeholder into an answer."""
    flags = flags_of(draft.body, SETTABLE & ~MessageFlag.IS_VOICE_MESSAGE)
    check_message(draft.body, draft.uploads, flags)
    check_upload_sizes(draft.uploads, upload_limit(message.channel))
    fill(message, draft)
    message.flags = (message.flags & MessageFlag.EPHEMERAL) | flags
    for attachment in message.attachments:
        message.channel.world.cdn.keep(attachment)
    message.touch()
    _announce("MESSAGE_UPDATE", message)


def delete(message: Message) -> None:
    """Remove a message and its files."""
    _forget(message)
    payload: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
    if message.guild is not None and not message.is_ephemeral:
        payload["guild_id"] = str(message.guild.id)
    _tell("MESSAGE_DELETE", payload, message, needs_content=False)


def delete_many(channel: Channel, messages: list[Message]) -> None:
    """Remove messages in bulk."""
    for message in messages:
        _forget(message)
    payload: Json = {"ids": [str(m.id) for m in messages], "channel_id": str(channel.id)}
    if channel.guild is not None:
        payload["guild_id"] = str(channel.guild.id)
    channel.world.tell("MESSAGE_DELETE_BULK", payload, guild=channel.guild, channel=channel)


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


def _forget(message: Message) -> None:
    message.is_deleted = True
    message.channel.history.pop(message.id, None)
    for attachment in message.attachments:
        message.channel.world.cdn.drop(attachment)


def _announce(event: str, message: Message) -> None:
    _tell(event, message.event_payload(), message, needs_content=True)


def _tell(event: str, payload: Json, message: Message, *, needs_content: bool) -> None:
    world, subject = message.channel.world, message if needs_content else None
    if message.is_ephemeral:
        # "Ephemeral messages are sent directly to the user and the bot who sent the message
        # rather than through the guild channel": DIRECT_MESSAGES, no guild_id, no member.
        world.tell(
            event, payload, channel=message.channel, only=message.application, message=subject
        )
        return
    world.tell(event, payload, guild=message.guild, channel=message.channel, message=subject)


def _reference(reply_to: Message | None) -> Json | None:
    if reply_to is None:
        return None
    place: Json = {
        "type": 0,
        "channel_id": str(reply_to.channel.id),
        "message_id": str(reply_to.id),
    }
    return place | ({"guild_id": str(reply_to.guild.id)} if reply_to.guild else {})


def _set_mentions(message: Message, body: Json) -> None:
    allowed = Allowed.parse(body.get("allowed_mentions"))
    found = mentions_in(message.content, message.channel, message.author, allowed, message.reply_to)
    message.mentions = found.users
    message.mention_roles = found.role_ids
    message.mention_everyone = found.everyone
