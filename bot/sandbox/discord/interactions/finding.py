"""Finding components in a message the way people do: by what stands on them and around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import ComponentError
from bot.sandbox.discord.interactions import components as kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bot.sandbox.discord.errors import Json

USABLE = {kinds.BUTTON, *kinds.SELECTS}


def find(
    components: list[Json],
    wanted: Collection[int],
    which: str | None = None,
    *,
    custom_id: str | None = None,
    label: str | None = None,
    beside: str | None = None,
) -> Json:
    """Return the one component that fits.

    Args:
        components: Of a message.
        wanted: Kinds that are looked for.
        which: A custom id, or else a label, a placeholder, or the beginning of a custom id.
        custom_id: The custom id.
        label: The label.
        beside: A part of the text of its section, or of the last text above it.

    Raises:
        ComponentError: There is none, or several.
    """
    candidates = [
        place.component
        for place in kinds.placed(components)
        if place.component["type"] in wanted
        and (custom_id is None or place.component.get("custom_id") == custom_id)
        and (label is None or place.component.get("label") == label)
        and (beside is None or beside in place.heading)
    ]
    found = candidates if which is None else _named(candidates, which)
    if not found:
        raise ComponentError(
            f"there is no such component; there are {', '.join(names(components))}"
        )
    if which is not None and len(found) > 1:
        raise ComponentError(f"{which} fits {len(found)} components; say beside what")
    return found[0]


def names(components: list[Json]) -> Iterator[str]:
    """Yield what stands on the components that people can use."""
    for component in kinds.walk(components):
        if component["type"] in USABLE:
            yield str(
                component.get("label")
                or component.get("placeholder")
                or component.get("custom_id")
                or (component.get("emoji") or {}).get("name")
            )


def _named(candidates: list[Json], which: str) -> list[Json]:
    for key in ("custom_id", "label", "placeholder"):
        if found := [c for c in candidates if c.get(key) == which]:
            return found
    return [c for c in candidates if str(c.get("custom_id") or "").startswith(which)]


def texts_of(components: list[Json]) -> list[str]:
    """Return the texts in a layout, from top to bottom."""
    return [c["content"] for c in kinds.walk(components) if c["type"] == kinds.TEXT_DISPLAY]


def chosen_in(menu: Json) -> list[str]:
    """Return what a menu shows as chosen: values of a string select, else ids."""
    if "options" in menu:
        return [str(o["value"]) for o in menu["options"] if o.get("default")]
    return [str(default["id"]) for default in menu.get("default_values") or []]
