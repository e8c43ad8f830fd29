"""What comes with a message: files, and links to them in embeds and components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, invalid_form
from bot.sandbox.discord.interactions.components import number
from bot.sandbox.discord.shapes import EMBED
from bot.sandbox.discord.world.attachments import Attachment, Upload, content_type_of, sanitize
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.expressions import Sticker
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.posting import Draft


REFERENCE = "attachment://"


def stickers_of(channel: Channel, body: Json) -> list[Sticker]:
    """Return the stickers that a body names.

    Raises:
        RestError: There is no such sticker.
    """
    wanted = [parse_snowflake(value) or 0 for value in body.get("sticker_ids") or []]
    guilds = channel.world.guilds.values() if wanted else ()
    known = {i: sticker for guild in guilds for i, sticker in guild.expressions.stickers.items()}
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
    # "The `Content-Type` of the attachment must begin with `audio/` to respect these fields":
    # the one that was sent with it, not the one its name tells.
    said = entry if upload.content_type.startswith("audio/") else {}
    duration = said.get("duration_secs")
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
        waveform=said.get("waveform"),
        ephemeral=message.is_ephemeral,
    )


def embed_of(embed: Json, attachments: list[Attachment]) -> Json:
    """Return an embed as Discord keeps it: rich, and without what no sender may set."""
    copy: Json = {key: linked(embed[key], attachments) for key in EMBED if embed.get(key)}
    if embed.get("color") is not None:
        copy["color"] = int(embed["color"])
    return {"type": "rich", "content_scan_version": 0} | copy


def layout_of(body: Json, attachments: list[Attachment]) -> list[Json]:
    """Return components as Discord keeps them: numbered, with addresses of their files.

    Raises:
        RestError: They show a file that is not there.
    """
    components = [linked(c, attachments) for c in number(body.get("components") or [])]
    if _is_unlinked(components):
        code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
        raise invalid_form("components", code, "The referenced attachment was not found")
    return components


def shown_inside(part: Any) -> set[str]:
    """Return the ids of the files that embeds or components show, at any depth."""
    if isinstance(part, list):
        return {found for item in part for found in shown_inside(item)}
    if not isinstance(part, dict):
        return set()
    own = {str(part["attachment_id"])} if "attachment_id" in part else set()
    return own | {found for value in part.values() for found in shown_inside(value)}


def _is_unlinked(part: Any) -> bool:
    if isinstance(part, list):
        return any(_is_unlinked(item) for item in part)
    if not isinstance(part, dict):
        return False
    url = part.get("url")
    is_here = isinstance(url, str) and url.startswith(REFERENCE)
    return is_here or any(_is_unlinked(value) for value in part.values())


def linked(part: Any, attachments: list[Attachment]) -> Any:
    """Replace `attachment://name` by the address of that file, at any depth."""
    if isinstance(part, list):
        return [linked(item, attachments) for item in part]
    if not isinstance(part, dict):
        return part
    copy = {key: linked(value, attachments) for key, value in part.items()}
    url = part.get("url")
    if isinstance(url, str) and url.startswith(REFERENCE):
        name = sanitize(url.removeprefix(REFERENCE))[0]
        target = next((a for a in attachments if a.filename == name), None)
        if target is not None:
            copy |= {"url": target.url, "proxy_url": target.url, "attachment_id": str(target.id)}
    return copy
