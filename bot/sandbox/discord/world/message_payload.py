"""The message object, as REST and the gateway show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world.enclosures import shown_inside
from bot.sandbox.discord.world.snowflakes import created_at, iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.attachments import Attachment
    from bot.sandbox.discord.world.messages import Message, Reaction

# "Message Snapshot Structure"
SNAPSHOT_FIELDS = (
    "type",
    "content",
    "embeds",
    "attachments",
    "timestamp",
    "edited_timestamp",
    "flags",
    "mentions",
    "mention_roles",
    "sticker_items",
    "components",
)


def message_payload(message: Message, *, nested: bool = False) -> Json:
    """Return the message object as REST shows it; a nested one carries no other message."""
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": message.author.payload(),
        "content": message.content,
        "timestamp": iso(created_at(message.id)),
        "edited_timestamp": iso(message.edited_at),
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [user.payload() for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [attachment.payload() for attachment in _attachments(message)],
        "embeds": message.embeds,
        "components": message.components,
        "pinned": message.pinned,
        "type": message.type,
        "flags": int(message.flags),
    }
    return payload | _enclosures(message) | _origins(message) | _reference(message, nested=nested)


def event_payload(message: Message) -> Json:
    """Return the message object as the gateway shows it."""
    payload = message_payload(message) | {"channel_type": int(message.channel.type)}
    if message.guild is None or message.is_ephemeral:
        return payload
    payload["guild_id"] = str(message.guild.id)
    if author := message.guild.members.get(message.author.id):
        payload["member"] = author.payload(with_user=False)
    for entry in payload["mentions"]:
        if mentioned := message.guild.members.get(int(entry["id"])):
            entry["member"] = mentioned.payload(with_user=False)
    return payload


def snapshot_of(message: Message) -> Json:
    """Return what a forward keeps of a message, at this moment."""
    payload = message_payload(message, nested=True)
    return {"message": {key: payload[key] for key in SNAPSHOT_FIELDS if key in payload}}


def _attachments(message: Message) -> list[Attachment]:
    """Return "any attached files that are not referenced in embeds or components"."""
    inside = shown_inside(message.embeds) | shown_inside(message.components)
    return [a for a in message.attachments if str(a.id) not in inside]


def _enclosures(message: Message) -> Json:
    optional: Json = {}
    if message.reactions:
        optional["reactions"] = [_reaction(reaction) for reaction in message.reactions]
    if message.stickers:
        optional["sticker_items"] = [sticker.item() for sticker in message.stickers]
    if message.poll is not None:
        optional["poll"] = message.poll.payload()
    if message.thread is not None:
        optional["thread"] = message.thread.payload()
    return optional


def _origins(message: Message) -> Json:
    optional: Json = {}
    if message.nonce is not None:
        optional["nonce"] = message.nonce
    if message.application is not None:
        optional["application_id"] = str(message.application.id)
    if message.webhook is not None:
        optional["webhook_id"] = str(message.webhook.id)
    if message.interaction is not None and message.application is not None:
        optional["webhook_id"] = str(message.application.id)
        optional["interaction_metadata"] = message.interaction
    if message.legacy_interaction is not None:
        optional["interaction"] = message.legacy_interaction
    return optional


def _reference(message: Message, *, nested: bool) -> Json:
    if message.reference is None:
        return {}
    fields: Json = {"message_reference": message.reference}
    if message.snapshots:
        fields["message_snapshots"] = message.snapshots
    if nested or message.reply_to is None:
        return fields
    original = message.reply_to
    return fields | {
        "referenced_message": None
        if original.is_deleted
        else message_payload(original, nested=True)
    }


def _reaction(reaction: Reaction) -> Json:
    count = len(reaction.user_ids)
    return {
        "emoji": reaction.emoji,
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "me": False,
        "me_burst": False,
        "burst_colors": [],
    }
