"""The types of JSON fields, checked before anything looks inside them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.discord.errors import FormErrors, Json

Fault = tuple[str, str]
MAX_DIGITS = 20


def _text(value: Any) -> Fault | None:
    if isinstance(value, str):
        return None
    return "STRING_TYPE_CONVERT", "Could not interpret value as string."


def _coercible(value: Any) -> Fault | None:
    return None if isinstance(value, (int, float)) else _text(value)


def _number(value: Any) -> Fault | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None
    return "NUMBER_TYPE_COERCE", f'Value "{str(value)[:40]}" is not float.'


def _bits(value: Any) -> Fault | None:
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) >= 1 << 64:
        return "NUMBER_TYPE_COERCE", f'Value "{str(value)[:40]}" is not int.'
    return None


def _snowflake(value: Any) -> Fault | None:
    if parse_snowflake(value) is None:
        return "NUMBER_TYPE_COERCE", f'Value "{str(value)[:40]}" is not snowflake.'
    return None


def _moment(value: Any) -> Fault | None:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "DATE_TIME_TYPE_PARSE", f"Could not parse {str(value)[:40]}. Should be ISO8601."
    return None


def _texts(value: Any) -> Fault | None:
    """Check an object whose values are texts: localizations."""
    if not isinstance(value, dict):
        return _object(value)
    return next((fault for item in value.values() if (fault := _text(item))), None)


def _integer(value: Any) -> Fault | None:
    digits = str(value).removeprefix("-")
    if isinstance(value, bool) or not digits.isdecimal() or len(digits) > MAX_DIGITS:
        return "NUMBER_TYPE_COERCE", f'Value "{str(value)[:40]}" is not int.'
    return None


def _yes_or_no(value: Any) -> Fault | None:
    if isinstance(value, bool):
        return None
    return "BOOLEAN_TYPE_CONVERT", "Must be either true or false."


def _object(value: Any) -> Fault | None:
    if isinstance(value, dict):
        return None
    return "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"


def _list(value: Any) -> Fault | None:
    if isinstance(value, list):
        return None
    return "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"


def _objects(value: Any) -> Fault | None:
    if not isinstance(value, list):
        return _list(value)
    return next((fault for item in value if (fault := _object(item))), None)


Shape = dict[str, "Callable[[Any], Fault | None]"]

EMBED: Shape = {
    "title": _text,
    "description": _text,
    "fields": _objects,
    "footer": _object,
    "author": _object,
}
COMPONENT: Shape = {
    "type": _integer,
    "id": _integer,
    "style": _integer,
    "url": _text,
    "placeholder": _text,
    "components": _objects,
    "accessory": _object,
    "component": _object,
    "options": _objects,
    "custom_id": _text,
    "label": _text,
    "content": _text,
    "disabled": _yes_or_no,
    "required": _yes_or_no,
    "min_values": _integer,
    "max_values": _integer,
    "min_length": _integer,
    "max_length": _integer,
    "value": _text,
    "description": _text,
    "accent_color": _integer,
    "spacing": _integer,
    "default_values": _objects,
    "items": _objects,
    "media": _object,
    "file": _object,
}
MEDIA: Shape = {"url": _text}
GALLERY_ITEM: Shape = {"media": _object, "description": _text}
DEFAULT_VALUE: Shape = {"id": _snowflake, "type": _text}
ALLOWED_MENTIONS: Shape = {
    "parse": _list,
    "users": _list,
    "roles": _list,
    "replied_user": _yes_or_no,
}
MESSAGE: Shape = {
    "content": _coercible,
    "embeds": _objects,
    "components": _objects,
    "attachments": _objects,
    "allowed_mentions": _object,
    "message_reference": _object,
    "flags": _bits,
    "tts": _yes_or_no,
    "nonce": _coercible,
    "sticker_ids": _list,
    "poll": _object,
}
POLL: Shape = {
    "question": _object,
    "answers": _objects,
    "duration": _number,
    "allow_multiselect": _yes_or_no,
}
POLL_ANSWER: Shape = {"poll_media": _object}
ATTACHMENT: Shape = {
    "id": _snowflake,
    "filename": _text,
    "description": _text,
    "title": _text,
    "duration_secs": _number,
    "waveform": _text,
}
FOOTER: Shape = {"text": _text}
FIELD: Shape = {"name": _text, "value": _text}
OVERWRITE: Shape = {"id": _snowflake, "allow": _bits, "deny": _bits}
MEMBER: Shape = {
    "nick": _text,
    "roles": _list,
    "mute": _yes_or_no,
    "deaf": _yes_or_no,
    "channel_id": _snowflake,
    "communication_disabled_until": _moment,
}
VOICE_STATE: Shape = {
    "channel_id": _snowflake,
    "suppress": _yes_or_no,
    "request_to_speak_timestamp": _moment,
}
ROLE: Shape = {
    "name": _text,
    "permissions": _bits,
    "color": _integer,
    "hoist": _yes_or_no,
    "mentionable": _yes_or_no,
}
APPLICATION: Shape = {"description": _text, "flags": _bits}
GUILD: Shape = {"name": _text, "description": _text, "preferred_locale": _text}
BULK: Shape = {"messages": _list}
BAN: Shape = {"delete_message_seconds": _integer}
THREAD: Shape = {
    "name": _text,
    "type": _integer,
    "message": _object,
    "applied_tags": _list,
}
WEBHOOK: Shape = {"name": _text, "username": _text, "avatar_url": _text}
VOICE_WISH: Shape = {
    "guild_id": _snowflake,
    "channel_id": _snowflake,
    "self_mute": _yes_or_no,
    "self_deaf": _yes_or_no,
}
MEMBERS_WISH: Shape = {
    "guild_id": _snowflake,
    "query": _text,
    "limit": _integer,
    "presences": _yes_or_no,
    "nonce": _text,
}
PRESENCE: Shape = {"status": _text, "activities": _list, "afk": _yes_or_no}
SOUNDS_WISH: Shape = {"guild_ids": _list}
STATUS: Shape = {"status": _text}
CHANNEL: Shape = {
    "name": _text,
    "topic": _text,
    "nsfw": _yes_or_no,
    "type": _integer,
    "position": _integer,
    "bitrate": _integer,
    "user_limit": _integer,
    "rate_limit_per_user": _integer,
    "parent_id": _snowflake,
    "rtc_region": _text,
    "permission_overwrites": _objects,
}
COMMAND: Shape = {
    "name": _text,
    "description": _text,
    "name_localizations": _texts,
    "description_localizations": _texts,
    "default_member_permissions": _bits,
    "type": _integer,
    "options": _objects,
    "choices": _objects,
    "contexts": _list,
    "integration_types": _list,
    "min_length": _integer,
    "max_length": _integer,
    "nsfw": _yes_or_no,
    "required": _yes_or_no,
    "autocomplete": _yes_or_no,
}


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
    "label": _text,
    "value": _text,
    "description": _text,
    "default": _yes_or_no,
}
_NESTED_COMPONENTS = {
    "components": COMPONENT,
    "accessory": COMPONENT,
    "component": COMPONENT,
    "options": SELECT_OPTION,
    "items": GALLERY_ITEM,
    "media": MEDIA,
    "file": MEDIA,
    "default_values": DEFAULT_VALUE,
}


def check_message_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a message that have a wrong type, at any depth."""
    inside = {
        **_NESTED_COMPONENTS,
        "embeds": EMBED,
        "fields": FIELD,
        "footer": FOOTER,
        "author": FIELD,
        "poll": POLL,
        "question": FOOTER,
        "answers": POLL_ANSWER,
        "poll_media": FOOTER,
        "attachments": ATTACHMENT,
        "allowed_mentions": ALLOWED_MENTIONS,
    }
    check_shape(body, MESSAGE, errors, inside=inside)


def check_modal_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a modal that have a wrong type, at any depth."""
    shape: Shape = {"title": _text, "custom_id": _text, "components": _objects}
    check_shape(body, shape, errors, "data", inside=_NESTED_COMPONENTS)


def check_command_shape(body: Json, errors: FormErrors, path: str) -> None:
    """Note fields of a command that have a wrong type, at any depth."""
    check_shape(body, COMMAND, errors, path, inside={"options": COMMAND})
