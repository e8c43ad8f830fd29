"""The types of JSON fields, checked before anything looks inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.discord.errors import FormErrors, Json

Fault = tuple[str, str]


def _text(value: Any) -> Fault | None:
    if isinstance(value, (str, int, float)):
        return None
    return "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.'


def _integer(value: Any) -> Fault | None:
    if isinstance(value, bool) or not str(value).lstrip("-").isdecimal():
        return "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.'
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
    "components": _objects,
    "accessory": _object,
    "component": _object,
    "options": _objects,
    "custom_id": _text,
    "label": _text,
    "content": _text,
    "disabled": _yes_or_no,
}
ALLOWED_MENTIONS: Shape = {
    "parse": _list,
    "users": _list,
    "roles": _list,
    "replied_user": _yes_or_no,
}
MESSAGE: Shape = {
    "content": _text,
    "embeds": _objects,
    "components": _objects,
    "attachments": _objects,
    "allowed_mentions": _object,
    "message_reference": _object,
    "flags": _integer,
    "tts": _yes_or_no,
    "nonce": _text,
    "sticker_ids": _list,
}
CHANNEL: Shape = {
    "name": _text,
    "topic": _text,
    "nsfw": _yes_or_no,
    "type": _integer,
    "position": _integer,
    "bitrate": _integer,
    "user_limit": _integer,
    "rate_limit_per_user": _integer,
    "permission_overwrites": _objects,
}
COMMAND: Shape = {
    "name": _text,
    "description": _text,
    "name_localizations": _object,
    "description_localizations": _object,
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


_NESTED_COMPONENTS = {"components": COMPONENT, "accessory": COMPONENT, "component": COMPONENT}


def check_message_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a message that have a wrong type, at any depth."""
    inside = {**_NESTED_COMPONENTS, "embeds": EMBED, "allowed_mentions": ALLOWED_MENTIONS}
    check_shape(body, MESSAGE, errors, inside=inside)


def check_modal_shape(body: Json, errors: FormErrors) -> None:
    """Note fields of a modal that have a wrong type, at any depth."""
    shape: Shape = {"title": _text, "custom_id": _text, "components": _objects}
    check_shape(body, shape, errors, "data", inside=_NESTED_COMPONENTS)


def check_command_shape(body: Json, errors: FormErrors, path: str) -> None:
    """Note fields of a command that have a wrong type, at any depth."""
    check_shape(body, COMMAND, errors, path, inside={"options": COMMAND})
