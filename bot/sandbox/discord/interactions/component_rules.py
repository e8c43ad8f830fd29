"""Which components Discord accepts in a message ("Component Reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions import select_rules
from bot.sandbox.discord.interactions.components import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.discord.errors import FormErrors, Json

TOP_LEVEL_V2 = {
    kinds.ACTION_ROW,
    kinds.SECTION,
    kinds.TEXT_DISPLAY,
    kinds.MEDIA_GALLERY,
    kinds.FILE,
    kinds.SEPARATOR,
    kinds.CONTAINER,
}
IN_CONTAINER = TOP_LEVEL_V2 - {kinds.CONTAINER}
IN_ROW = {kinds.BUTTON, *kinds.SELECTS}

MAX_COMPONENTS_V2: Final = 40
MAX_TEXT_V2: Final = 4000
MAX_ROWS: Final = 5
MAX_BUTTONS: Final = 5
MAX_TEXTS: Final = 3
MAX_CUSTOM_ID: Final = 100
MAX_LABEL: Final = 80
MAX_URL: Final = 512
MAX_ITEMS: Final = 10
MAX_ALT_TEXT: Final = 1024
MAX_ID: Final = 2**31 - 1


def check_components(components: list[Json], errors: FormErrors, *, v2: bool) -> None:
    """Note what is wrong with the components of a message."""
    if not v2:
        errors.length("components", minimum=0, maximum=MAX_ROWS, actual=len(components))
    elif len(list(walk(components))) > MAX_COMPONENTS_V2:
        text = f"The total number of components cannot exceed {MAX_COMPONENTS_V2}"
        errors.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
    allowed = TOP_LEVEL_V2 if v2 else {kinds.ACTION_ROW}
    check_children(components, errors, "components", allowed)
    check_identity(components, errors, "components")
    _check_text(components, errors)


def check_children(children: list[Json], errors: FormErrors, path: str, allowed: set[int]) -> None:
    """Note what is wrong with the components inside another."""
    for index, component in enumerate(children):
        place = f"{path}.{index}"
        if component.get("type") not in allowed:
            errors.choices(f"{place}.type", ", ".join(map(str, sorted(allowed))))
            continue
        _check_one(component, errors, place)


def check_identity(components: list[Json], errors: FormErrors, path: str) -> None:
    """Note ids that are too long, or not the only ones of their name."""
    custom_ids: set[Any] = set()
    numbers: set[Any] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if custom_id is not None:
            errors.length(path, minimum=1, maximum=MAX_CUSTOM_ID, actual=len(str(custom_id)))
        if custom_id is not None and custom_id in custom_ids:
            text = "Component custom id cannot be duplicated"
            errors.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        own = int(component.get("id") or 0)
        if not 0 <= own <= MAX_ID:
            errors.add(path, "NUMBER_TYPE_RANGE", f"int value should be between 0 and {MAX_ID}.")
        if own and own in numbers:
            errors.add(path, "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        custom_ids.add(custom_id)
        numbers.add(own)


def require(component: Json, key: str, errors: FormErrors, path: str) -> None:
    """Note that a field is missing or empty, if it is."""
    if not component.get(key):
        errors.required(f"{path}.{key}")


def _check_one(component: Json, errors: FormErrors, path: str) -> None:
    check = _CHECKS.get(component["type"])
    if check is not None:
        check(component, errors, path)


def _check_container(container: Json, errors: FormErrors, path: str) -> None:
    require(container, "components", errors, path)
    children = container.get("components") or []
    check_children(children, errors, f"{path}.components", IN_CONTAINER)


def _check_text_display(display: Json, errors: FormErrors, path: str) -> None:
    require(display, "content", errors, path)


def _check_row(row: Json, errors: FormErrors, path: str) -> None:
    children = row.get("components") or []
    errors.length(f"{path}.components", minimum=1, maximum=MAX_BUTTONS, actual=len(children))
    check_children(children, errors, f"{path}.components", IN_ROW)
    if len(children) > 1 and any(child.get("type") != kinds.BUTTON for child in children):
        text = "A select menu needs a row of its own"
        errors.add(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _check_button(button: Json, errors: FormErrors, path: str) -> None:
    style = button.get("style")
    if style not in range(1, 7):
        errors.choices(f"{path}.style", "1, 2, 3, 4, 5, 6")
        return
    needed = {kinds.LINK_STYLE: "url", kinds.PREMIUM_STYLE: "sku_id"}.get(style or 0, "custom_id")
    require(button, needed, errors, path)
    for other in {"custom_id", "url", "sku_id"} - {needed}:
        if button.get(other):
            text = f"A button of this style cannot have a {other}"
            errors.add(f"{path}.{other}", "BUTTON_COMPONENT_INVALID_FIELD", text)
    label, url = str(button.get("label") or ""), str(button.get("url") or "")
    errors.length(f"{path}.label", minimum=0, maximum=MAX_LABEL, actual=len(label))
    errors.length(f"{path}.url", minimum=0, maximum=MAX_URL, actual=len(url))
    if style != kinds.PREMIUM_STYLE and not label and not button.get("emoji"):
        text = "A button must have a label or an emoji"
        errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", text)


def _check_section(section: Json, errors: FormErrors, path: str) -> None:
    texts = section.get("components") or []
    errors.length(f"{path}.components", minimum=1, maximum=MAX_TEXTS, actual=len(texts))
    check_children(texts, errors, f"{path}.components", {kinds.TEXT_DISPLAY})
    accessory = section.get("accessory")
    if not accessory:
        errors.required(f"{path}.accessory")
        return
    if accessory.get("type") not in {kinds.BUTTON, kinds.THUMBNAIL}:
        errors.choices(f"{path}.accessory.type", f"{kinds.BUTTON}, {kinds.THUMBNAIL}")
        return
    _check_one(accessory, errors, f"{path}.accessory")


def _check_gallery(gallery: Json, errors: FormErrors, path: str) -> None:
    items = gallery.get("items") or []
    errors.length(f"{path}.items", minimum=1, maximum=MAX_ITEMS, actual=len(items))
    for index, item in enumerate(items):
        _check_media(item, errors, f"{path}.items.{index}")


def _check_media(item: Json, errors: FormErrors, path: str) -> None:
    require(item.get("media") or {}, "url", errors, f"{path}.media")
    alt = str(item.get("description") or "")
    errors.length(f"{path}.description", minimum=0, maximum=MAX_ALT_TEXT, actual=len(alt))


def _check_file(file: Json, errors: FormErrors, path: str) -> None:
    url = str((file.get("file") or {}).get("url") or "")
    if not url.startswith("attachment://"):
        text = "Only attachment references are supported here"
        errors.add(f"{path}.file.url", "UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED", text)


def _check_separator(separator: Json, errors: FormErrors, path: str) -> None:
    if separator.get("spacing") not in {None, 1, 2}:
        errors.choices(f"{path}.spacing", "1, 2")


def _check_text(components: list[Json], errors: FormErrors) -> None:
    texts = (
        c.get("content") or "" for c in walk(components) if c.get("type") == kinds.TEXT_DISPLAY
    )
    if sum(map(len, texts)) > MAX_TEXT_V2:
        text = f"The total text of a message cannot exceed {MAX_TEXT_V2} characters"
        errors.add("components", "COMPONENT_MAX_TOTAL_TEXT_EXCEEDED", text)


_CHECKS: dict[int, Callable[[Json, FormErrors, str], None]] = {
    kinds.ACTION_ROW: _check_row,
    kinds.BUTTON: _check_button,
    kinds.SECTION: _check_section,
    kinds.CONTAINER: _check_container,
    kinds.TEXT_DISPLAY: _check_text_display,
    kinds.THUMBNAIL: _check_media,
    kinds.MEDIA_GALLERY: _check_gallery,
    kinds.FILE: _check_file,
    kinds.SEPARATOR: _check_separator,
    **dict.fromkeys(kinds.SELECTS, select_rules.check_select),
}
