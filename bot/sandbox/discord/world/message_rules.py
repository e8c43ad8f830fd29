"""What Discord accepts as a message."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import FormErrors, RestError
from bot.sandbox.discord.interactions.component_rules import check_components
from bot.sandbox.discord.shapes import check_message_shape
from bot.sandbox.discord.world.mentions import check_allowed
from bot.sandbox.discord.world.messages import MessageFlag
from bot.sandbox.discord.world.polls import check_poll

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.attachments import Attachment, Upload

# "Create Message" and "Embed Limits"
MAX_CONTENT = 2000
MAX_EMBEDS = 10
MAX_ATTACHMENTS = 10
MAX_NONCE = 25
MAX_STICKERS = 3
MAX_EMBED_TOTAL = 6000
MAX_ALT_TEXT = 1024
MAX_WAVEFORM_BYTES = 256  # "Voice Messages"
BESIDE_SOUND = ("content", "embeds", "components", "sticker_ids", "poll")
EMBED_LIMITS = {"title": 256, "description": 4096}
MAX_FIELDS = 25
FIELD_LIMITS = {"name": 256, "value": 1024}
PART_LIMITS = {"footer": ("text", 2048), "author": ("name", 256)}
VISIBLE = ("title", "description", "fields", "footer", "image", "thumbnail", "author")


def check_message(body: Json, uploads: dict[str, Upload], flags: MessageFlag) -> None:
    """Raise what is wrong with the body of a message, everything at once."""
    errors = FormErrors()
    check_message_shape(body, errors)
    errors.raise_if_any()
    content = str(body.get("content") or "")
    errors.length("content", minimum=0, maximum=MAX_CONTENT, actual=len(content))
    _check_embeds(body.get("embeds"), errors, "embeds")
    _check_files(body, uploads, errors)
    if body.get("allowed_mentions"):
        check_allowed(body["allowed_mentions"], errors)
    nonce = str(body.get("nonce") or "")
    errors.length("nonce", minimum=0, maximum=MAX_NONCE, actual=len(nonce))
    stickers = body.get("sticker_ids") or []
    errors.length("sticker_ids", minimum=0, maximum=MAX_STICKERS, actual=len(stickers))
    if body.get("poll"):
        check_poll(body["poll"], errors)
    is_v2 = MessageFlag.IS_COMPONENTS_V2 in flags
    if is_v2:
        _check_v2(body, errors)
    check_components(body.get("components") or [], errors, v2=is_v2)
    errors.raise_if_any()


def check_upload_sizes(uploads: dict[str, Upload], limit: int) -> None:
    """Refuse files above the limit of the place."""
    if any(len(upload.content) > limit for upload in uploads.values()):
        raise RestError(413, 40005, "Request entity too large")


def check_voice_message(body: Json, attachments: list[Attachment], flags: MessageFlag) -> None:
    """Apply the rules of voice messages."""
    is_layout = MessageFlag.IS_COMPONENTS_V2 in flags
    if is_layout or any(body.get(field) for field in BESIDE_SOUND):
        raise RestError(400, 50159, "Voice messages do not support additional content.")
    if len(attachments) != 1 or not _is_audio(attachments[0]):
        raise RestError(400, 50160, "Voice messages must have a single audio attachment.")
    if attachments[0].duration_s is None or not attachments[0].waveform:
        raise RestError(400, 50161, "Voice messages must have supporting metadata.")


def _is_audio(attachment: Attachment) -> bool:
    return (attachment.content_type or "").startswith("audio/")


def _check_v2(body: Json, errors: FormErrors) -> None:
    for field in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(field):
            refuse_beside_layout(field, errors)


def refuse_beside_layout(field: str, errors: FormErrors) -> None:
    """Note that a field stands beside a layout, where nothing may stand."""
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    text = f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
    errors.add(field, code, text)


def _check_files(body: Json, uploads: dict[str, Upload], errors: FormErrors) -> None:
    listed = body.get("attachments") or []
    count = max(len(uploads), len(listed))
    errors.length("attachments", minimum=0, maximum=MAX_ATTACHMENTS, actual=count)
    for index, entry in enumerate(listed):
        alt = str(entry.get("description") or "")
        path = f"attachments.{index}.description"
        errors.length(path, minimum=0, maximum=MAX_ALT_TEXT, actual=len(alt))
        if not _is_metadata(entry):
            text = "Attachment metadata is invalid"
            errors.add(f"attachments.{index}", "ATTACHMENT_METADATA_INVALID", text)


def _is_metadata(entry: Json) -> bool:
    """Tell whether what an entry says about its sound, if it says anything, can be true."""
    try:
        waveform = base64.b64decode(entry.get("waveform") or "", validate=True)
    except ValueError:
        return False
    return len(waveform) <= MAX_WAVEFORM_BYTES and (entry.get("duration_secs") or 0) >= 0


def _check_embeds(embeds: list[Json] | None, errors: FormErrors, path: str) -> None:
    embeds = embeds or []
    errors.length(path, minimum=0, maximum=MAX_EMBEDS, actual=len(embeds))
    for index, embed in enumerate(embeds):
        _check_embed(embed, errors, f"{path}.{index}")
    if sum(map(_embed_size, embeds)) > MAX_EMBED_TOTAL:
        text = f"Embed size exceeds maximum size of {MAX_EMBED_TOTAL}"
        errors.add(path, "MAX_EMBED_SIZE_EXCEEDED", text)


def _check_embed(embed: Json, errors: FormErrors, path: str) -> None:
    for key, limit in EMBED_LIMITS.items():
        size = len(str(embed.get(key) or ""))
        errors.length(f"{path}.{key}", minimum=0, maximum=limit, actual=size)
    fields = embed.get("fields") or []
    errors.length(f"{path}.fields", minimum=0, maximum=MAX_FIELDS, actual=len(fields))
    for index, field in enumerate(fields):
        for key, limit in FIELD_LIMITS.items():
            size = len(str(field.get(key) or ""))
            errors.length(f"{path}.fields.{index}.{key}", minimum=1, maximum=limit, actual=size)
    for part, (key, limit) in PART_LIMITS.items():
        size = len(str((embed.get(part) or {}).get(key) or ""))
        errors.length(f"{path}.{part}.{key}", minimum=0, maximum=limit, actual=size)
    if not any(embed.get(part) for part in VISIBLE):
        errors.required(f"{path}.description")


def _embed_size(embed: Json) -> int:
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        parts += [field.get("name"), field.get("value")]
    return sum(len(str(part)) for part in parts if part)
