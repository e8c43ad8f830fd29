"""Buttons, selects, layouts: what Discord accepts, and finding them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.discord.errors import FormErrors, Json

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT = 1, 2, 3, 4, 5
ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT, SECTION, TEXT_DISPLAY = 6, 7, 8, 9, 10
THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23

SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
LAYOUT = {SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER}
TOP_LEVEL_V2 = {ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER}
IN_CONTAINER = TOP_LEVEL_V2 - {CONTAINER}
IN_MODAL = {ACTION_ROW, LABEL, TEXT_DISPLAY}
ANSWERABLE = {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX, *SELECTS}

# "Component Reference"
MAX_COMPONENTS_V2 = 40
MAX_TEXT_V2 = 4000
MAX_ROWS = 5
MAX_BUTTONS = 5
MAX_OPTIONS = 25
MAX_CUSTOM_ID = 100
MAX_LABEL = 80
MAX_OPTION = 100
MAX_PLACEHOLDER = 150
MAX_MODAL_ROWS = 5
MAX_MODAL_TITLE = 45
LINK_STYLE, PREMIUM_STYLE = 5, 6


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component, outer ones first."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        nested = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk(nested)


def number(components: list[Json]) -> list[Json]:
    """Return a copy in which every component has an `id`, as Discord returns them."""
    taken = {c["id"] for c in walk(components) if c.get("id")}
    free = (n for n in range(1, 10_000) if n not in taken)
    return [_numbered(component, free) for component in components]


def _numbered(component: Json, free: Iterator[int]) -> Json:
    copy = dict(component)
    copy["id"] = copy.get("id") or next(free)
    if copy.get("components"):
        copy["components"] = [_numbered(child, free) for child in copy["components"]]
    for key in ("accessory", "component"):
        if copy.get(key):
            copy[key] = _numbered(copy[key], free)
    return copy


def check_components(components: list[Json], errors: FormErrors, *, v2: bool) -> None:
    """Note what is wrong with the components of a message."""
    if not v2:
        errors.length("components", minimum=0, maximum=MAX_ROWS, actual=len(components))
    elif len(list(walk(components))) > MAX_COMPONENTS_V2:
        text = f"The total number of components cannot exceed {MAX_COMPONENTS_V2}"
        errors.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
    allowed = TOP_LEVEL_V2 if v2 else {ACTION_ROW}
    _check_children(components, errors, "components", allowed)
    _check_custom_ids(components, errors)
    _check_text(components, errors)


def check_modal(modal: Json, errors: FormErrors) -> None:
    """Note what is wrong with a modal."""
    title, custom_id = str(modal.get("title") or ""), str(modal.get("custom_id") or "")
    errors.length("data.title", minimum=1, maximum=MAX_MODAL_TITLE, actual=len(title))
    errors.length("data.custom_id", minimum=1, maximum=MAX_CUSTOM_ID, actual=len(custom_id))
    rows = modal.get("components") or []
    errors.length("data.components", minimum=1, maximum=MAX_MODAL_ROWS, actual=len(rows))
    _check_children(rows, errors, "data.components", IN_MODAL)
    _check_custom_ids(rows, errors)


def _check_children(children: list[Json], errors: FormErrors, path: str, allowed: set[int]) -> None:
    for index, component in enumerate(children):
        place = f"{path}.{index}"
        if component.get("type") not in allowed:
            errors.choices(f"{place}.type", ", ".join(map(str, sorted(allowed))))
            continue
        _check_one(component, errors, place)


def _check_one(component: Json, errors: FormErrors, path: str) -> None:
    check = _CHECKS.get(component["type"])
    if check is not None:
        check(component, errors, path)


def _check_container(container: Json, errors: FormErrors, path: str) -> None:
    children = container.get("components") or []
    _check_children(children, errors, f"{path}.components", IN_CONTAINER)


def _check_text_display(display: Json, errors: FormErrors, path: str) -> None:
    if not display.get("content"):
        errors.required(f"{path}.content")


def _check_row(row: Json, errors: FormErrors, path: str) -> None:
    children = row.get("components") or []
    errors.length(f"{path}.components", minimum=1, maximum=MAX_BUTTONS, actual=len(children))
    allowed = {BUTTON, TEXT_INPUT, *SELECTS}
    _check_children(children, errors, f"{path}.components", allowed)
    if len(children) > 1 and any(child.get("type") != BUTTON for child in children):
        text = "A select menu or text input needs a row of its own"
        errors.add(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _check_button(button: Json, errors: FormErrors, path: str) -> None:
    style = button.get("style")
    if style not in range(1, 7):
        errors.choices(f"{path}.style", "1, 2, 3, 4, 5, 6")
        return
    needed = {LINK_STYLE: "url", PREMIUM_STYLE: "sku_id"}.get(style or 0, "custom_id")
    if not button.get(needed):
        errors.required(f"{path}.{needed}")
    label = str(button.get("label") or "")
    errors.length(f"{path}.label", minimum=0, maximum=MAX_LABEL, actual=len(label))
    if style != PREMIUM_STYLE and not label and not button.get("emoji"):
        text = "A button must have a label or an emoji"
        errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", text)


def _check_select(select: Json, errors: FormErrors, path: str) -> None:
    if not select.get("custom_id"):
        errors.required(f"{path}.custom_id")
    placeholder = str(select.get("placeholder") or "")
    place = f"{path}.placeholder"
    errors.length(place, minimum=0, maximum=MAX_PLACEHOLDER, actual=len(placeholder))
    if select["type"] == STRING_SELECT:
        check_select_options(select.get("options") or [], errors, f"{path}.options")


def check_select_options(options: list[Json], errors: FormErrors, path: str) -> None:
    """Note what is wrong with the options of a string select."""
    errors.length(path, minimum=1, maximum=MAX_OPTIONS, actual=len(options))
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        for key in ("label", "value"):
            size = len(str(option.get(key) or ""))
            errors.length(f"{path}.{index}.{key}", minimum=1, maximum=MAX_OPTION, actual=size)
        size = len(str(option.get("description") or ""))
        place = f"{path}.{index}.description"
        errors.length(place, minimum=0, maximum=MAX_OPTION, actual=size)
        if option.get("value") in values[:index]:
            code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            text = "The specified option value is already used"
            errors.add(f"{path}.{index}.value", code, text)


def _check_section(section: Json, errors: FormErrors, path: str) -> None:
    texts = section.get("components") or []
    errors.length(f"{path}.components", minimum=1, maximum=3, actual=len(texts))
    _check_children(texts, errors, f"{path}.components", {TEXT_DISPLAY})
    if not section.get("accessory"):
        errors.required(f"{path}.accessory")
        return
    accessory = section["accessory"]
    if accessory.get("type") not in {BUTTON, THUMBNAIL}:
        errors.choices(f"{path}.accessory.type", f"{BUTTON}, {THUMBNAIL}")
        return
    _check_one(accessory, errors, f"{path}.accessory")


def _check_label(label: Json, errors: FormErrors, path: str) -> None:
    text = str(label.get("label") or "")
    errors.length(f"{path}.label", minimum=1, maximum=45, actual=len(text))
    inner = label.get("component")
    if not inner:
        errors.required(f"{path}.component")
    elif inner.get("type") not in ANSWERABLE:
        errors.choices(f"{path}.component.type", ", ".join(map(str, sorted(ANSWERABLE))))
    else:
        _check_one(inner, errors, f"{path}.component")


def _check_text_input(text_input: Json, errors: FormErrors, path: str) -> None:
    if not text_input.get("custom_id"):
        errors.required(f"{path}.custom_id")
    if text_input.get("style") not in {1, 2}:
        errors.choices(f"{path}.style", "1, 2")


def _check_custom_ids(components: list[Json], errors: FormErrors) -> None:
    seen: set[Any] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        errors.length("components", minimum=0, maximum=MAX_CUSTOM_ID, actual=len(str(custom_id)))
        if custom_id in seen:
            text = "Component custom id cannot be duplicated"
            errors.add("components", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        seen.add(custom_id)


def _check_text(components: list[Json], errors: FormErrors) -> None:
    texts = (c.get("content", "") for c in walk(components) if c.get("type") == TEXT_DISPLAY)
    total = sum(map(len, texts))
    if total > MAX_TEXT_V2:
        text = f"The total text of a message cannot exceed {MAX_TEXT_V2} characters"
        errors.add("components", "COMPONENT_MAX_TOTAL_TEXT_EXCEEDED", text)


_CHECKS: dict[int, Callable[[Json, FormErrors, str], None]] = {
    ACTION_ROW: _check_row,
    BUTTON: _check_button,
    SECTION: _check_section,
    CONTAINER: _check_container,
    LABEL: _check_label,
    TEXT_INPUT: _check_text_input,
    TEXT_DISPLAY: _check_text_display,
    **dict.fromkeys(SELECTS, _check_select),
}
