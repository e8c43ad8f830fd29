"""Making, changing and removing messages; everybody who may know is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord import fields
from bot.sandbox.discord.errors import FormErrors, RestError, invalid_form
from bot.sandbox.discord.world import thread_members
from bot.sandbox.discord.world.attachments import UPLOAD_LIMIT_BYTES, Upload
from bot.sandbox.discord.world.enclosures import attach, embed_of, kept, layout_of, stickers_of
from bot.sandbox.discord.world.mentions import Allowed, mentions_in
from bot.sandbox.discord.world.message_payload import snapshot_of
from bot.sandbox.discord.world.message_rules import (
    check_message,
    check_upload_sizes,
    check_voice_message,
    refuse_beside_layout,
)
from bot.sandbox.discord.world.messages import DEFAULT, REPLY, Message, MessageFlag
from bot.sandbox.discord.world.polls import Poll
from bot.sandbox.discord.world.telling import announce

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.webhooks import Webhook

# "Create Message": the flags a sender may set.
SETTABLE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)
STICKY = MessageFlag.EPHEMERAL | MessageFlag.IS_COMPONENTS_V2 | MessageFlag.HAS_THREAD
REFERENCE, FORWARD = 0, 1  # "Message Reference Types"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from, when it is more than a person typing."""

    type: int = DEFAULT
    application: Application | None = None
    interaction: Json | None = None
    legacy_interaction: Json | None = None
    visible_to: User | None = None
    reply_to: Message | None = None
    forwarded: Message | None = None
    message_id: int | None = None  # a new one by default
    webhook: Webhook | None = None


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
    if fault := fields.bits(value):
        raise invalid_form("flags", *fault)
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
        origin.message_id or channel.world.ids.take(),
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
        webhook=origin.webhook,
    )
    if origin.reply_to is not None:
        message.reference = reference_to(origin.reply_to)
    if origin.forwarded is not None:
        message.reference = reference_to(origin.forwarded, FORWARD)
        message.snapshots = [snapshot_of(origin.forwarded)]
        message.flags |= MessageFlag.HAS_SNAPSHOT
    fill(message, draft)
    if MessageFlag.IS_VOICE_MESSAGE in flags:
        check_voice_message(draft.body, message.attachments, flags)
    return message


def fill(message: Message, draft: Draft) -> None:
    """Put the contents of a draft into a message."""
    message.content = str(draft.body.get("content") or "").strip()
    message.attachments = attach(message, draft, kept=[])
    message.embeds = [embed_of(e, message.attachments) for e in draft.body.get("embeds") or []]
    message.components = layout_of(draft.body, message.attachments)
    message.stickers = stickers_of(message.channel, draft.body)
    message.poll = Poll.asked(draft.body["poll"]) if draft.body.get("poll") else None
    _set_mentions(message, draft.body)
    require_contents(message)


def require_contents(message: Message) -> None:
    """Refuse a message that says nothing."""
    texts = message.content or message.embeds or message.components or message.snapshots
    if not (texts or message.attachments or message.stickers or message.poll):
        raise RestError(400, 50006, "Cannot send an empty message")


def publish(message: Message) -> None:
    """Put a message into its channel."""
    channel = message.channel
    thread_members.reopen(channel)
    channel.history[message.id] = message
    for attachment in message.attachments:
        channel.world.cdn.keep(attachment)
    announce("MESSAGE_CREATE", message)
    if not message.is_ephemeral:
        thread_members.enter(channel, message.author, message.mentions)


def edit(message: Message, draft: Draft) -> None:
    """Change the parts of a message that a draft names."""
    if MessageFlag.IS_VOICE_MESSAGE in message.flags:
        raise RestError(400, 50162, "Voice messages cannot be edited.")
    flags = flags_of(draft.body, MessageFlag.IS_COMPONENTS_V2) | (message.flags & STICKY)
    check_message(draft.body, draft.uploads, flags)
    check_upload_sizes(draft.uploads, upload_limit(message.channel))
    if MessageFlag.IS_COMPONENTS_V2 in flags:
        _require_nothing_else(message, draft.body)
    _change(message, draft)
    if "flags" in draft.body:
        message.flags = flags | flags_of(draft.body, MessageFlag.SUPPRESS_EMBEDS)
    message.touch()
    announce("MESSAGE_UPDATE", message)


def _require_nothing_else(message: Message, body: Json) -> None:
    """Refuse a layout beside contents that the edit does not take away."""
    errors = FormErrors()
    for key, left in (("content", message.content), ("embeds", message.embeds)):
        if left and key not in body:
            refuse_beside_layout(key, errors)
    errors.raise_if_any()


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
        message.components = layout_of(body, message.attachments)
    message.content = content.strip()
    if "content" in body:
        _set_mentions(message, body)
    require_contents(message)


def unfurl(message: Message, *embeds: Json) -> None:
    """Put previews of links under a message, as Discord does a moment after it was sent.

    An update like any other, but nobody edited: `edited_timestamp` stays null.
    """
    message.embeds = [*message.embeds, *embeds]
    announce("MESSAGE_UPDATE", message)


def suppress_embeds(message: Message) -> None:
    """Take the previews of links away; nobody edited, and `edited_timestamp` stays as it was."""
    message.flags |= MessageFlag.SUPPRESS_EMBEDS
    message.embeds = []
    announce("MESSAGE_UPDATE", message)


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
    announce("MESSAGE_UPDATE", message)


def reference_to(message: Message, kind: int = REFERENCE) -> Json:
    """Return the message reference object that points to a message."""
    place: Json = {
        "type": kind,
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
    }
    return place | ({"guild_id": str(message.guild.id)} if message.guild else {})


def _set_mentions(message: Message, body: Json) -> None:
    allowed = Allowed.parse(body.get("allowed_mentions"))
    found = mentions_in(message.content, message.channel, message.author, allowed, message.reply_to)
    message.mentions = found.users
    message.mention_roles = found.role_ids
    message.mention_everyone = found.everyone
