"""What comes with a message: files, and links to them in embeds and components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError
from bot.sandbox.discord.world.attachments import Attachment, Upload, content_type_of, sanitize
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.expressions import Sticker
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.posting import Draft


def stickers_of(channel: Channel, body: Json) -> list[Sticker]:
    """Return the stickers that a body names.

    Raises:
        RestError: There is no such sticker.
    """
    known = {i: s for g in channel.world.guilds.values() for i, s in g.expressions.stickers.items()}
    wanted = [parse_snowflake(value) or 0 for value in body.get("sticker_ids") or []]
    if any(sticker_id not in known for sticker_id in wanted):
        raise RestError(404, 10060, "Unknown sticker")
    return [known[sticker_id] for sticker_id in wanted]


def kept(message: Message, body: Json) -> list[Attachment]:
    """Return the attachments that an edit leaves in place."""
    if "attachments" not in body:
        return message.attachments
    listed = {parse_snowflake(entry.get("id")) for entry in body["attachments"] or []}
    return [attachment for attachment in message.attachments if attachment.id in listed]


def attach(message: Message, draft: Draft, *, kept: list[Attachment]) -> list[Attachment]:
    """Return the attachments of a message after the uploads of a draft came in."""
    entries = {str(entry.get("id")): entry for entry in draft.body.get("attachments") or []}
    fresh = [
        _attachment(message, upload, entries.get(index, {}))
        for index, upload in draft.uploads.items()
    ]
    return [*kept, *fresh]


def _attachment(message: Message, upload: Upload, entry: Json) -> Attachment:
    world = message.channel.world
    filename, title = sanitize(str(entry.get("filename") or upload.filename))
    duration = entry.get("duration_secs")
    return Attachment(
        world.ids.take(),
        message.channel.id,
        filename,
        upload.content,
        content_type_of(filename, upload.content_type),
        world.cdn,
        description=entry.get("description"),
        title=entry.get("title") or title,
        duration_s=None if duration is None else float(duration),
        waveform=entry.get("waveform"),
        ephemeral=message.is_ephemeral,
    )


def embed_of(embed: Json, attachments: list[Attachment]) -> Json:
    """Return an embed as Discord keeps it."""
    copy: Json = linked(embed, attachments)
    return {"type": "rich", "content_scan_version": 0} | copy


def linked(part: Any, attachments: list[Attachment]) -> Any:
    """Replace `attachment://name` by the address of that file, at any depth."""
    if isinstance(part, list):
        return [linked(item, attachments) for item in part]
    if not isinstance(part, dict):
        return part
    copy = {key: linked(value, attachments) for key, value in part.items()}
    url = part.get("url")
    if isinstance(url, str) and url.startswith("attachment://"):
        name = sanitize(url.removeprefix("attachment://"))[0]
        target = next((a for a in attachments if a.filename == name), None)
        if target is not None:
            copy |= {"url": target.url, "proxy_url": target.url, "attachment_id": str(target.id)}
    return copy
