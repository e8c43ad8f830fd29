"""What Discord accepts as an application command."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import FormErrors
from bot.sandbox.discord.shapes import check_command_shape

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json

CHAT_INPUT, USER, MESSAGE = 1, 2, 3

SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER_OPTION, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
OPTION_TYPES = range(1, 12)
CHANNEL_TYPES = (*range(6), *range(10, 17))  # "Channel Types"
_CHOICE_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    NUMBER: (int, float),
}
# What may stand inside: a group holds sub-commands, a sub-command plain options.
_INSIDE = {SUB_COMMAND: range(STRING, 12), SUB_COMMAND_GROUP: range(SUB_COMMAND, 2)}

# "Application Command Object" and "Option Structure".
MAX_NAME = 32
MAX_DESCRIPTION = 100
MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_CHOICE = 100
MAX_STRING = 6000
MAX_CHARACTERS = 8000
MAX_SAFE_INTEGER = 2**53

_LOCALES = (
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR "
    "ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko"
)
LOCALES = frozenset(_LOCALES.split())


def check_command(body: object, errors: FormErrors, path: str) -> None:
    """Note in `errors` everything that is wrong with a command."""
    if not isinstance(body, dict):
        errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    shape = FormErrors()
    check_command_shape(body, shape, path)
    if shape:
        errors.merge(shape)
        return
    kind = body.get("type", CHAT_INPUT)
    if kind not in {CHAT_INPUT, USER, MESSAGE}:
        errors.choices(_at(path, "type"), "1, 2, 3, 4")
        return
    _check_name(body, errors, path, slash=kind == CHAT_INPUT)
    _check_description(body, errors, path, slash=kind == CHAT_INPUT)
    _check_places(body, errors, path)
    _check_permissions(body, errors, path)
    check_options(body.get("options") or [], errors, _at(path, "options"))
    if _size(body) > MAX_CHARACTERS:
        text = f"Command exceeds maximum size ({MAX_CHARACTERS})"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def is_valid_name(name: str) -> bool:
    """Tell whether `name` fits slash commands and options: letters, digits, - _ ' in lower case."""
    if not 1 <= len(name) <= MAX_NAME or name != name.lower():
        return False
    return all(character in "-_'" or _is_letter(character) for character in name)


def _is_letter(character: str) -> bool:
    if unicodedata.category(character)[0] in "LN":
        return True
    # Devanagari and Thai, whose vowel signs are no letters.
    return "\u0900" <= character <= "\u097f" or "\u0e00" <= character <= "\u0e7f"


def _at(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _check_name(body: Json, errors: FormErrors, path: str, *, slash: bool) -> None:
    name = body.get("name")
    if not isinstance(name, str):
        errors.required(_at(path, "name"))
        return
    errors.length(_at(path, "name"), minimum=1, maximum=MAX_NAME, actual=len(name))
    names = [name, *(body.get("name_localizations") or {}).values()]
    if slash and not all(isinstance(n, str) and is_valid_name(n) for n in names):
        code = "APPLICATION_COMMAND_INVALID_NAME"
        errors.add(_at(path, "name"), code, "Command name is invalid")
    _check_locales(body, "name_localizations", errors, path)


def _check_description(body: Json, errors: FormErrors, path: str, *, slash: bool) -> None:
    description = body.get("description") or ""
    place = _at(path, "description")
    if not slash:
        if description:
            code = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET"
            errors.add(place, code, "Context menu commands cannot have description")
        return
    if "description" not in body:
        errors.required(place)
        return
    errors.length(place, minimum=1, maximum=MAX_DESCRIPTION, actual=len(description))
    for text in (body.get("description_localizations") or {}).values():
        errors.length(place, minimum=1, maximum=MAX_DESCRIPTION, actual=len(text))
    _check_locales(body, "description_localizations", errors, path)


def _check_locales(body: Json, key: str, errors: FormErrors, path: str) -> None:
    for locale in body.get(key) or {}:
        if locale not in LOCALES:
            errors.choices(_at(_at(path, key), locale), ", ".join(sorted(LOCALES)))


def _check_places(body: Json, errors: FormErrors, path: str) -> None:
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        for index, value in enumerate(body.get(key) or []):
            if value not in allowed:
                errors.choices(f"{_at(path, key)}.{index}", ", ".join(map(str, allowed)))


def _check_permissions(body: Json, errors: FormErrors, path: str) -> None:
    value = body.get("default_member_permissions")
    if value is not None and not str(value).isdecimal():
        place = _at(path, "default_member_permissions")
        errors.add(place, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def check_options(
    options: list[Json], errors: FormErrors, path: str, allowed: range = OPTION_TYPES
) -> None:
    """Note in `errors` everything that is wrong with a list of options."""
    if len(options) > MAX_OPTIONS:
        errors.length(path, minimum=0, maximum=MAX_OPTIONS, actual=len(options))
    names = [option.get("name") for option in options]
    for index, option in enumerate(options):
        place = f"{path}.{index}"
        _check_option(option, errors, place, allowed)
        if option.get("name") in names[:index]:
            code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
            errors.add(f"{place}.name", code, "Option with this name already exists")
    _check_order(options, errors, path)


def _check_order(options: list[Json], errors: FormErrors, path: str) -> None:
    for index, (before, option) in enumerate(pairwise(options), start=1):
        if option.get("required") and not before.get("required"):
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            text = "Required options must be placed before non-required options"
            errors.add(f"{path}.{index}", code, text)
    nested = [option.get("type") in {SUB_COMMAND, SUB_COMMAND_GROUP} for option in options]
    if any(nested) and not all(nested):
        code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
        errors.add(
            path, code, "Sub-command and sub-command group option types are mutually exclusive"
        )


def _check_option(option: Json, errors: FormErrors, path: str, allowed: range) -> None:
    kind = option.get("type", 0)
    if kind not in allowed:
        errors.choices(f"{path}.type", ", ".join(map(str, allowed)))
        return
    _check_name(option, errors, path, slash=True)
    _check_description(option, errors, path, slash=True)
    if kind in _INSIDE:
        check_options(option.get("options") or [], errors, f"{path}.options", _INSIDE[kind])
        return
    _check_choices(option, errors, path)
    _check_bounds(option, errors, path)
    for index, channel_type in enumerate(option.get("channel_types") or []):
        if int(channel_type) not in CHANNEL_TYPES:
            listed = ", ".join(map(str, CHANNEL_TYPES))
            errors.choices(f"{path}.channel_types.{index}", listed)


def _check_choices(option: Json, errors: FormErrors, path: str) -> None:
    choices = option.get("choices") or []
    if len(choices) > MAX_CHOICES:
        errors.length(f"{path}.choices", minimum=0, maximum=MAX_CHOICES, actual=len(choices))
    if choices and option.get("autocomplete"):
        code = "APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE"
        errors.add(path, code, "Autocomplete and choices are mutually exclusive")
    if option.get("autocomplete") and option["type"] not in _CHOICE_TYPES:
        text = "Options of this type cannot have autocomplete"
        errors.add(f"{path}.autocomplete", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    for index, choice in enumerate(choices):
        check_choice(choice, option["type"], errors, f"{path}.choices.{index}")


def check_choice(choice: Json, kind: int, errors: FormErrors, path: str) -> None:
    """Note in `errors` everything that is wrong with a choice of an option of this type."""
    name, value = choice.get("name"), choice.get("value")
    errors.length(f"{path}.name", minimum=1, maximum=MAX_CHOICE, actual=len(str(name or "")))
    expected = _CHOICE_TYPES.get(kind, ())
    if isinstance(value, bool) or not isinstance(value, expected):
        errors.add(f"{path}.value", "BASE_TYPE_BAD_TYPE", "Value is not of the option's type.")
        return
    if isinstance(value, str):
        errors.length(f"{path}.value", minimum=1, maximum=MAX_CHOICE, actual=len(value))


def _check_bounds(option: Json, errors: FormErrors, path: str) -> None:
    for key, lowest in (("min_length", 0), ("max_length", 1)):
        value = option.get(key)
        if value is not None and not lowest <= int(value) <= MAX_STRING:
            text = f"int value should be between {lowest} and {MAX_STRING}."
            errors.add(f"{path}.{key}", "NUMBER_TYPE_RANGE", text)
    for key in ("min_value", "max_value"):
        value = option.get(key)
        if value is not None and option["type"] == INTEGER and value != int(value):
            errors.add(f"{path}.{key}", "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def _size(body: Json) -> int:
    """Count name, description and choice values; of translations the longest counts."""
    size = max(map(len, [str(body.get("name") or ""), *_texts(body, "name_localizations")]))
    described = [str(body.get("description") or ""), *_texts(body, "description_localizations")]
    size += max(map(len, described))
    size += sum(_size(option) for option in body.get("options") or [])
    return size + sum(
        len(str(choice.get("name", ""))) + len(str(choice.get("value", "")))
        for choice in body.get("choices") or []
    )


def _texts(body: Json, key: str) -> list[str]:
    return [str(text) for text in (body.get(key) or {}).values()]
