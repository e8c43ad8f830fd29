"""Members fill in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import ComponentError
from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions.choosing import chosen_values, option_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.options import Resolved

MAX_TEXT = 4000


def answered(modal: Json, answers: Mapping[str, Any], resolved: Resolved) -> list[Json]:
    """Return the submitted form; `answers` are by custom id or label.

    Raises:
        ComponentError: There is no such field, or it does not take this.
    """
    _check_all_used(modal, answers)
    return [_row(row, dict(answers), resolved) for row in kinds.number(modal["components"])]


def _check_all_used(modal: Json, answers: Mapping[str, Any]) -> None:
    known: set[str] = set()
    for component in kinds.walk(modal["components"]):
        known |= {str(component.get("custom_id")), str(component.get("label"))}
    if strangers := sorted(set(answers) - known):
        raise ComponentError(f"the modal has no {', '.join(strangers)}")


def _row(row: Json, answers: dict[str, Any], resolved: Resolved) -> Json:
    """Return the submitted form of a top-level component."""
    if row["type"] == kinds.TEXT_DISPLAY:
        return {"type": row["type"], "id": row["id"]}
    if row["type"] == kinds.LABEL:
        inner = row["component"]
        answer = answers.get(inner["custom_id"], answers.get(row["label"]))
        return {"type": row["type"], "id": row["id"], "component": _value(inner, answer, resolved)}
    inputs = [
        _value(c, answers.get(c["custom_id"], answers.get(c.get("label"))), resolved)
        for c in row["components"]
    ]
    return {"type": row["type"], "id": row["id"], "components": inputs}


def _value(component: Json, answer: Any, resolved: Resolved) -> Json:
    sent: Json = {key: component[key] for key in ("type", "id", "custom_id")}
    kind = component["type"]
    if kind == kinds.TEXT_INPUT:
        return sent | {"value": _text(component, answer)}
    if kind == kinds.CHECKBOX:
        return sent | {"value": bool(component.get("default") if answer is None else answer)}
    if kind == kinds.RADIO_GROUP:
        return sent | {"value": _radio(component, answer)}
    return sent | {"values": _values(component, answer, resolved)}


def _text(component: Json, answer: Any) -> str:
    text = str(component.get("value") or "") if answer is None else str(answer)
    lowest, highest = component.get("min_length") or 0, component.get("max_length") or MAX_TEXT
    if not text and component.get("required", True):
        raise ComponentError(f"{component['custom_id']} is required")
    if text and not lowest <= len(text) <= highest:
        raise ComponentError(f"{component['custom_id']} takes {lowest} to {highest} characters")
    return text


def _radio(component: Json, answer: Any) -> str | None:
    default = next((o["value"] for o in component["options"] if o.get("default")), None)
    if answer is None and default is None and not component.get("required", True):
        return None
    return option_value(component["options"], default if answer is None else answer)


def _values(component: Json, answer: Any, resolved: Resolved) -> list[str]:
    if answer is None:
        chosen: list[Any] = _defaults(component, resolved)
    else:
        chosen = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    if not chosen and not component.get("required", True):
        return []
    return chosen_values(component, chosen, resolved)


def _defaults(component: Json, resolved: Resolved) -> list[Any]:
    """Return what is chosen while nobody touches the field."""
    if "options" in component:
        return [o["value"] for o in component["options"] if o.get("default")]
    return [resolved.entity(d["type"], int(d["id"])) for d in component.get("default_values") or []]
