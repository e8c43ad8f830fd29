"""What a panel shows, and what Discord would say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simcord import InteractionResult
from simcord.results import ResponseMessage

from tests.cogs.answers import messages

ROW, BUTTON, MENU, SECTION, TEXT = 1, 2, 3, 9, 10  # Discord's component types
EPHEMERAL = 1 << 6
MAX_COMPONENTS = 40
MAX_TEXT = 4_000
MAX_ID = 100


def panel_of(result: InteractionResult) -> ResponseMessage:
    """Return the one panel of an answer, which only its user sees."""
    [message] = messages(result)
    assert message.ephemeral
    return message


def components(node: Any) -> Iterator[dict[str, Any]]:
    """Return every component, however deep."""
    for component in node:
        yield component
        yield from components(component.get("components", ()))
        yield from components([each for each in [component.get("accessory")] if each])


def text(panel: ResponseMessage) -> str:
    """Return all that is written in a panel."""
    texts = [each["content"] for each in components(panel.components) if each["type"] == TEXT]
    return "\n".join(texts)


def buttons(panel: ResponseMessage) -> dict[str, bool]:
    """Return the buttons, and whether they can be pressed."""
    found = [each for each in components(panel.components) if each["type"] == BUTTON]
    return {each["label"]: not each.get("disabled", False) for each in found}


def assert_fits(panel: ResponseMessage) -> None:
    """Check a panel against Discord's limits."""
    every = list(components(panel.components))
    assert len(every) <= MAX_COMPONENTS
    assert len(text(panel)) <= MAX_TEXT
    ids = [each["custom_id"] for each in every if "custom_id" in each]
    assert len(ids) == len(set(ids))
    assert all(len(each) <= MAX_ID for each in ids)
