"""The types of JSON fields, checked before anything looks inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import FormErrors, Json

Shape = dict[str, fields.Check]

EMBED: Shape = {
    "title": fields.text,
    "description": fields.text,
    "url": fields.link,
    "timestamp": fields.moment,
    "color": fields.color,
    "fields": fields.records,
    "footer": fields.record,
    "image": fields.record,
    "thumbnail": fields.record,
    "author": fields.record,
}
COMPONENT: Shape = {
    "type": fields.integer,
    "id": fields.integer,
    "style": fields.integer,
    "url": fields.button_link,
    "sku_id": fields.snowflake,
    "emoji": fields.record,
    "placeholder": fields.text,
    "components": fields.records,
    "accessory": fields.record,
    "component": fields.record,
    "options": fields.records,
    "custom_id": fields.text,
    "label": fields.text,
    "content": fields.text,
    "disabled": fields.yes_or_no,
    "required": fields.yes_or_no,
    "min_values": fields.integer,
    "max_values": fields.integer,
    "min_length": fields.integer,
    "max_length": fields.integer,
    "value": fields.text,
    "description": fields.text,
    "accent_color": fields.color,
    "spoiler": fields.yes_or_no,
    "divider": fields.yes_or_no,
    "spacing": fields.integer,
    "channel_types": fields.integers,
    "default_values": fields.records,
    "items": fields.records,
    "media": fields.record,
    "file": fields.record,
}
EMOJI: Shape = {"id": fields.snowflake, "name": fields.text, "animated": fields.yes_or_no}
PICTURE: Shape = {"url": fields.picture}
GALLERY_ITEM: Shape = {
    "media": fields.record,
    "description": fields.text,
    "spoiler": fields.yes_or_no,
}
DEFAULT_VALUE: Shape = {"id": fields.snowflake, "type": fields.text}
ALLOWED_MENTIONS: Shape = {
    "parse": fields.many,
    "users": fields.snowflakes,
    "roles": fields.snowflakes,
    "replied_user": fields.yes_or_no,
}
MESSAGE: Shape = {
    "content": fields.coercible,
    "embeds": fields.records,
    "components": fields.records,
    "attachments": fields.records,
    "allowed_mentions": fields.record,
    "message_reference": fields.record,
    "flags": fields.bits,
    "tts": fields.yes_or_no,
    "nonce": fields.coercible,
    "enforce_nonce": fields.yes_or_no,
    "sticker_ids": fields.snowflakes,
    "poll": fields.record,
}
POLL: Shape = {
    "question": fields.record,
    "answers": fields.records,
    "duration": fields.number,
    "allow_multiselect": fields.yes_or_no,
}
POLL_ANSWER: Shape = {"poll_media": fields.record}
POLL_MEDIA: Shape = {"text": fields.text, "emoji": fields.record}
ATTACHMENT: Shape = {
    "id": fields.snowflake,
    "filename": fields.text,
    "description": fields.text,
    "title": fields.text,
    "duration_secs": fields.number,
    "waveform": fields.text,
}
FOOTER: Shape = {"text": fields.text, "icon_url": fields.picture}
AUTHOR: Shape = {"name": fields.text, "url": fields.link, "icon_url": fields.picture}
FIELD: Shape = {"name": fields.text, "value": fields.text, "inline": fields.yes_or_no}
OVERWRITE: Shape = {"id": fields.snowflake, "allow": fields.bits, "deny": fields.bits}
MEMBER: Shape = {
    "nick": fields.text,
    "roles": fields.snowflakes,
    "mute": fields.yes_or_no,
    "deaf": fields.yes_or_no,
    "channel_id": fields.snowflake,
    "communication_disabled_until": fields.moment,
}
VOICE_STATE: Shape = {
    "channel_id": fields.snowflake,
    "suppress": fields.yes_or_no,
    "request_to_speak_timestamp": fields.moment,
}
ROLE: Shape = {
    "name": fields.text,
    "permissions": fields.bits,
    "color": fields.integer,
    "hoist": fields.yes_or_no,
    "mentionable": fields.yes_or_no,
}
APPLICATION: Shape = {"description": fields.text, "flags": fields.bits}
GUILD: Shape = {"name": fields.text, "description": fields.text, "preferred_locale": fields.text}
BULK: Shape = {"messages": fields.snowflakes}
BAN: Shape = {"delete_message_seconds": fields.integer}
THREAD: Shape = {
    "name": fields.text,
    "type": fields.integer,
    "message": fields.record,
    "applied_tags": fields.snowflakes,
}
WEBHOOK: Shape = {"name": fields.text, "channel_id": fields.snowflake}
EXECUTION: Shape = {"username": fields.text, "avatar_url": fields.text}
VOICE_WISH: Shape = {
    "guild_id": fields.snowflake,
    "channel_id": fields.snowflake,
    "self_mute": fields.yes_or_no,
    "self_deaf": fields.yes_or_no,
}
MEMBERS_WISH: Shape = {
    "guild_id": fields.snowflake,
    "query": fields.text,
    "limit": fields.integer,
    "presences": fields.yes_or_no,
    "nonce": fields.text,
}
PRESENCE: Shape = {"status": fields.text, "activities": fields.many, "afk": fields.yes_or_no}
SOUNDS_WISH: Shape = {"guild_ids": fields.many}
STATUS: Shape = {"status": fields.text}
CHANNEL: Shape = {
    "name": fields.text,
    "topic": fields.text,
    "nsfw": fields.yes_or_no,
    "type": fields.integer,
    "position": fields.integer,
    "bitrate": fields.integer,
    "user_limit": fields.integer,
    "rate_limit_per_user": fields.integer,
    "parent_id": fields.snowflake,
    "rtc_region": fields.text,
    "permission_overwrites": fields.records,
    "archived": fields.yes_or_no,
    "locked": fields.yes_or_no,
    "invitable": fields.yes_or_no,
    "auto_archive_duration": fields.integer,
}
COMMAND: Shape = {
    "name": fields.text,
    "description": fields.text,
    "name_localizations": fields.texts,
    "description_localizations": fields.texts,
    "default_member_permissions": fields.bits,
    "type": fields.integer,
    "options": fields.records,
    "choices": fields.records,
    "contexts": fields.integers,
    "integration_types": fields.integers,
    "channel_types": fields.integers,
    "min_value": fields.number,
    "max_value": fields.number,
    "min_length": fields.integer,
    "max_length": fields.integer,
    "nsfw": fields.yes_or_no,
    "required": fields.yes_or_no,
    "autocomplete": fields.yes_or_no,
}


CHOICE: Shape = {"name": fields.text, "name_localizations": fields.texts}
CHOICES: Shape = {"choices": fields.records}
CALLBACK: Shape = {"type": fields.integer, "data": fields.record}


def check_shape(
    body: Json,
    shape: Shape,
    errors: FormErrors,
    path: str = "",
    *,
    inside: Mapping[str, Shape] | None = None,
) -> None:
    """Note fields of a wrong type; null is as good as absent. `inside` goes deeper."""
    for key, check in shape.items():
        value = body.get(key)
        if value is None:
            continue
        place = f"{path}.{key}" if path else key
        if fault := check(value):
            errors.add(place, *fault)
            continue
        wrong = check.faults(value) if isinstance(check, fields.Each) else {}
        for index, fault in wrong.items():
            errors.add(f"{place}.{index}", *fault)
        if wrong:
            continue
        if inside and key in inside:
            _check_inside(value, inside[key], errors, place, inside)


def _check_inside(
    value: Any, shape: Shape, errors: FormErrors, path: str, inside: Mapping[str, Shape]
) -> None:
    if isinstance(value, dict):
        check_shape(value, shape, errors, path, inside=inside)
        return
    for index, item in enumerate(value):
        check_shape(item, shape, errors, f"{path}.{index}", inside=inside)


SELECT_OPTION: Shape = {
    "label": fields.text,
    "value": fields.text,
    "description": fields.text,
    "emoji": fields.record,
    "default": fields.yes_or_no,
}
_NESTED_COMPONENTS = {
    "components": COMPONENT,
    "accessory": COMPONENT,
    "component": COMPONENT,
    "options": SELECT_OPTION,
    "items": GALLERY_ITEM,
    "media": PICTURE,
    "file": PICTURE,
    "emoji": EMOJI,
    "default_values": DEFAULT_VALUE,
}


def check_message_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a message that have a wrong type, at any depth."""
    inside = {
        **_NESTED_COMPONENTS,
        "embeds": EMBED,
        "fields": FIELD,
        "footer": FOOTER,
        "author": AUTHOR,
        "image": PICTURE,
        "thumbnail": PICTURE,
        "poll": POLL,
        "question": POLL_MEDIA,
        "answers": POLL_ANSWER,
        "poll_media": POLL_MEDIA,
        "attachments": ATTACHMENT,
        "allowed_mentions": ALLOWED_MENTIONS,
    }
    check_shape(body, MESSAGE, errors, inside=inside)


def check_modal_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a modal that have a wrong type, at any depth."""
    shape: Shape = {"title": fields.text, "custom_id": fields.text, "components": fields.records}
    check_shape(body, shape, errors, inside=_NESTED_COMPONENTS)


def check_command_shape(body: Json, errors: FormErrors, path: str) -> None:
    """Note fields of a command that have a wrong type, at any depth."""
    check_shape(body, COMMAND, errors, path, inside={"options": COMMAND, "choices": CHOICE})


def check_choices_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a list of suggestions that have a wrong type."""
    check_shape(body, CHOICES, errors, inside={"choices": CHOICE})
