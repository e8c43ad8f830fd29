"""Buttons, selects, layouts: their kinds, and finding them in each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.discord.errors import Json

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT = 1, 2, 3, 4, 5
ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT, SECTION, TEXT_DISPLAY = 6, 7, 8, 9, 10
THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23

SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
LINK_STYLE, PREMIUM_STYLE = 5, 6


@dataclass(frozen=True, slots=True)
class Placed:
    """A component, and the words a reader takes for its heading."""

    component: Json
    heading: str


def walk(components: list[Json]) -> Iterator[Json]:
    """Yield every component, outer ones first."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        nested = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk(nested)


def placed(components: list[Json]) -> Iterator[Placed]:
    """Yield every component with its heading: the texts of its section, or the last one above."""
    heading = ""
    for component in components:
        if component["type"] == TEXT_DISPLAY:
            heading = component["content"]
        yield Placed(component, heading)
        if component["type"] == SECTION:
            texts = "\n".join(text["content"] for text in component["components"])
            yield from (Placed(text, texts) for text in component["components"])
            yield Placed(component["accessory"], texts)
        elif component["type"] == ACTION_ROW:
            yield from (Placed(child, heading) for child in component["components"])
        else:
            yield from placed(component.get("components") or [])


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
