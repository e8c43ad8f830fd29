"""Members press buttons, choose from menus and fill in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import ComponentError, NotPermittedError
from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions.interaction import Interaction, InteractionType, start
from bot.sandbox.discord.interactions.options import Resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.person import Person


def press(
    actor: Person, message: Message, *, custom_id: str | None = None, label: str | None = None
) -> Interaction:
    """Press the button with this custom id or label."""
    button = _find(message, {kinds.BUTTON}, custom_id=custom_id, label=label)
    if button.get("style") in {kinds.LINK_STYLE, kinds.PREMIUM_STYLE}:
        raise ComponentError("this button opens a page, it starts nothing")
    return _use(actor, message, button, {})


def select(
    actor: Person, message: Message, values: Sequence[object], *, custom_id: str | None = None
) -> Interaction:
    """Choose from a select menu: values or labels of a string select, else objects."""
    menu = _find(message, kinds.SELECTS, custom_id=custom_id)
    resolved = Resolved(actor, message.channel)
    body: Json = {"values": chosen_values(menu, values, resolved)}
    if resolved.parts:
        body["resolved"] = resolved.parts
    return _use(actor, message, menu, body)


def chosen_values(menu: Json, values: Sequence[object], resolved: Resolved) -> list[str]:
    """Check a choice against its menu and return the values on the wire."""
    lowest, highest = menu.get("min_values", 1), menu.get("max_values", 1)
    if not lowest <= len(values) <= highest:
        raise ComponentError(f"choose {lowest} to {highest}")
    if "options" in menu:
        return [_option_value(menu["options"], value) for value in values]
    return [resolved.add(value) for value in values]


def _option_value(options: list[Json], value: object) -> str:
    for option in options:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise ComponentError("there is no such option")


def _find(
    message: Message,
    wanted: set[int],
    *,
    custom_id: str | None = None,
    label: str | None = None,
) -> Json:
    for component in kinds.walk(message.components):
        if component["type"] not in wanted:
            continue
        if custom_id is not None and component.get("custom_id") != custom_id:
            continue
        if label is None or component.get("label") == label:
            return component
    raise ComponentError("there is no such component in this message")


def _use(actor: Person, message: Message, component: Json, more: Json) -> Interaction:
    if message.is_deleted or not actor.sees(message):
        raise NotPermittedError("they cannot see that message")
    if component.get("disabled"):
        raise ComponentError("this component is disabled")
    about: Json = {
        "custom_id": component["custom_id"],
        "component_type": component["type"],
        "id": component["id"],
    }
    owner = message.application or message.channel.world.application_of(message.author)
    kind = InteractionType.COMPONENT
    return _start(actor, kind, owner, message.channel, about | more, message)


def submit(actor: Person, opener: Interaction, answers: Mapping[str, Any]) -> Interaction:
    """Fill in and send the modal that `opener` showed; keys are custom ids or labels."""
    modal = opener.modal
    if modal is None or opener.actor.user is not actor.user:
        raise ComponentError("there is no modal open")
    resolved = Resolved(actor, opener.channel)
    sent = [_answered(row, dict(answers), resolved) for row in kinds.number(modal["components"])]
    _check_all_used(modal, answers)
    body: Json = {"custom_id": modal["custom_id"], "components": sent}
    if resolved.parts:
        body["resolved"] = resolved.parts
    kind = InteractionType.MODAL_SUBMIT
    return _start(actor, kind, opener.application, opener.channel, body, opener.source)


def _start(
    actor: Person,
    kind: InteractionType,
    application: Application,
    channel: Channel,
    body: Json,
    source: Message | None,
) -> Interaction:
    interaction = Interaction(
        channel.world.ids.take(),
        kind,
        application,
        actor,
        channel,
        body,
        source=source,
        locale=actor.user.locale,
    )
    return start(interaction)


def _check_all_used(modal: Json, answers: Mapping[str, Any]) -> None:
    known: set[str] = set()
    for component in kinds.walk(modal["components"]):
        known |= {str(component.get("custom_id")), str(component.get("label"))}
    if strangers := sorted(set(answers) - known):
        raise ComponentError(f"the modal has no {', '.join(strangers)}")


def _answered(row: Json, answers: dict[str, Any], resolved: Resolved) -> Json:
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
    lowest, highest = component.get("min_length") or 0, component.get("max_length") or 4000
    if not text and component.get("required", True):
        raise ComponentError(f"{component['custom_id']} is required")
    if text and not lowest <= len(text) <= highest:
        raise ComponentError(f"{component['custom_id']} takes {lowest} to {highest} characters")
    return text


def _radio(component: Json, answer: Any) -> str | None:
    default = next((o["value"] for o in component["options"] if o.get("default")), None)
    if answer is None and default is None and not component.get("required", True):
        return None
    return _option_value(component["options"], default if answer is None else answer)


def _values(component: Json, answer: Any, resolved: Resolved) -> list[str]:
    if answer is None:
        chosen: list[Any] = [o["value"] for o in component.get("options", []) if o.get("default")]
    else:
        chosen = list(answer) if isinstance(answer, (list, tuple)) else [answer]
    if not chosen and not component.get("required", True):
        return []
    return chosen_values(component, chosen, resolved)
