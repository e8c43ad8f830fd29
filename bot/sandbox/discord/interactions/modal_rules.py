"""Which forms Discord accepts ("Component Reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions.component_rules import (
    MAX_CUSTOM_ID,
    check_identity,
    require,
)
from bot.sandbox.discord.interactions.components import walk
from bot.sandbox.discord.interactions.select_rules import (
    MAX_GROUP_OPTIONS,
    check_bounds,
    check_options,
    check_select,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.discord.errors import FormErrors, Json

ANSWERABLE = {
    kinds.TEXT_INPUT,
    kinds.FILE_UPLOAD,
    kinds.RADIO_GROUP,
    kinds.CHECKBOX_GROUP,
    kinds.CHECKBOX,
    *kinds.SELECTS,
}
TOP_LEVEL = {kinds.ACTION_ROW, kinds.LABEL, kinds.TEXT_DISPLAY}

MAX_ROWS: Final = 5
MAX_TITLE: Final = 45
MAX_LABEL: Final = 45
MAX_DESCRIPTION: Final = 100
MAX_TEXT: Final = 4000
MAX_PLACEHOLDER: Final = 100
MAX_FILES: Final = 10
MIN_RADIOS: Final = 2


def check_modal(modal: Json, errors: FormErrors) -> None:
    """Note what is wrong with a modal."""
    title, custom_id = str(modal.get("title") or ""), str(modal.get("custom_id") or "")
    errors.length("title", minimum=1, maximum=MAX_TITLE, actual=len(title))
    errors.length("custom_id", minimum=1, maximum=MAX_CUSTOM_ID, actual=len(custom_id))
    rows = modal.get("components") or []
    errors.length("components", minimum=1, maximum=MAX_ROWS, actual=len(rows))
    for index, row in enumerate(rows):
        _check_row(row, errors, f"components.{index}")
    check_identity(rows, errors, "components")
    if any(component.get("disabled") for component in walk(rows)):
        text = "Modals can not currently have disabled components in them"
        errors.add("components", "COMPONENT_DISABLED_IN_MODAL", text)


def _check_row(row: Json, errors: FormErrors, path: str) -> None:
    if row.get("type") == kinds.LABEL:
        _check_label(row, errors, path)
    elif row.get("type") == kinds.ACTION_ROW:
        _check_old_row(row, errors, path)
    elif row.get("type") == kinds.TEXT_DISPLAY:
        require(row, "content", errors, path)
    else:
        errors.choices(f"{path}.type", ", ".join(map(str, sorted(TOP_LEVEL))))


def _check_old_row(row: Json, errors: FormErrors, path: str) -> None:
    """Check the deprecated form: a text input that brings its own label."""
    children = row.get("components") or []
    errors.length(f"{path}.components", minimum=1, maximum=1, actual=len(children))
    for index, child in enumerate(children):
        place = f"{path}.components.{index}"
        if child.get("type") != kinds.TEXT_INPUT:
            errors.choices(f"{place}.type", str(kinds.TEXT_INPUT))
            continue
        size = len(str(child.get("label") or ""))
        errors.length(f"{place}.label", minimum=1, maximum=MAX_LABEL, actual=size)
        _check_text_input(child, errors, place)


def _check_label(label: Json, errors: FormErrors, path: str) -> None:
    for key, least, most in (("label", 1, MAX_LABEL), ("description", 0, MAX_DESCRIPTION)):
        size = len(str(label.get(key) or ""))
        errors.length(f"{path}.{key}", minimum=least, maximum=most, actual=size)
    inner, place = label.get("component"), f"{path}.component"
    if not inner:
        errors.required(place)
        return
    if inner.get("type") not in ANSWERABLE:
        errors.choices(f"{place}.type", ", ".join(map(str, sorted(ANSWERABLE))))
        return
    _CHECKS[inner["type"]](inner, errors, place)
    _check_required(inner, errors, place)


def _check_required(component: Json, errors: FormErrors, path: str) -> None:
    # "min_values must be either omitted or at least 1 if required is omitted or true."
    lowest = component.get("min_values")
    if lowest is not None and int(lowest) == 0 and component.get("required") is not False:
        text = "min_values must be at least 1 for a required component"
        errors.add(f"{path}.min_values", "COMPONENT_REQUIRED_WITHOUT_VALUES", text)


def _check_text_input(text_input: Json, errors: FormErrors, path: str) -> None:
    require(text_input, "custom_id", errors, path)
    if text_input.get("style") not in {1, 2}:
        errors.choices(f"{path}.style", "1, 2")
    for key, least in (("min_length", 0), ("max_length", 1)):
        value = text_input.get(key)
        if value is not None and not least <= int(value) <= MAX_TEXT:
            text = f"int value should be between {least} and {MAX_TEXT}."
            errors.add(f"{path}.{key}", "NUMBER_TYPE_RANGE", text)
    lowest, highest = (int(text_input.get(key) or 0) for key in ("min_length", "max_length"))
    if highest and lowest > highest:
        text = "min_length cannot be larger than max_length"
        errors.add(f"{path}.min_length", "TEXT_INPUT_MIN_LENGTH_TOO_LARGE", text)
    for key, most in (("value", highest or MAX_TEXT), ("placeholder", MAX_PLACEHOLDER)):
        size = len(str(text_input.get(key) or ""))
        errors.length(f"{path}.{key}", minimum=0, maximum=most, actual=size)


def _check_upload(upload: Json, errors: FormErrors, path: str) -> None:
    require(upload, "custom_id", errors, path)
    check_bounds(upload, errors, path, most=MAX_FILES)


def _check_radios(group: Json, errors: FormErrors, path: str) -> None:
    require(group, "custom_id", errors, path)
    options = group.get("options") or []
    place = f"{path}.options"
    check_options(options, errors, place, fewest=MIN_RADIOS, most=MAX_GROUP_OPTIONS)
    if sum(bool(option.get("default")) for option in options) > 1:
        text = "More options are chosen by default than may be"
        errors.add(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", text)


def _check_checkboxes(group: Json, errors: FormErrors, path: str) -> None:
    require(group, "custom_id", errors, path)
    options = group.get("options") or []
    check_options(options, errors, f"{path}.options", fewest=1, most=MAX_GROUP_OPTIONS)
    check_bounds(group, errors, path, most=MAX_GROUP_OPTIONS)


def _check_checkbox(checkbox: Json, errors: FormErrors, path: str) -> None:
    require(checkbox, "custom_id", errors, path)


_CHECKS: dict[int, Callable[[Json, FormErrors, str], None]] = {
    kinds.TEXT_INPUT: _check_text_input,
    kinds.FILE_UPLOAD: _check_upload,
    kinds.RADIO_GROUP: _check_radios,
    kinds.CHECKBOX_GROUP: _check_checkboxes,
    kinds.CHECKBOX: _check_checkbox,
    **dict.fromkeys(kinds.SELECTS, check_select),
}
