"""Members press buttons, choose from menus and send forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import ComponentError, NotPermittedError
from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions.choosing import chosen_values
from bot.sandbox.discord.interactions.filling import answered
from bot.sandbox.discord.interactions.interaction import Interaction, InteractionType, start
from bot.sandbox.discord.interactions.options import Resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.person import Person


def press(actor: Person, message: Message, button: Json) -> Interaction:
    """Press a button."""
    if button.get("style") in {kinds.LINK_STYLE, kinds.PREMIUM_STYLE}:
        raise ComponentError("this button opens a page, it starts nothing")
    return _use(actor, message, button, {})


def choose(actor: Person, message: Message, menu: Json, values: Sequence[object]) -> Interaction:
    """Choose from a select menu: values or labels of a string select, else objects."""
    resolved = Resolved(actor, message.channel)
    body: Json = {"values": chosen_values(menu, values, resolved)}
    if resolved.parts:
        body["resolved"] = resolved.parts
    return _use(actor, message, menu, body)


def submit(actor: Person, opener: Interaction, answers: Mapping[str, Any]) -> Interaction:
    """Fill in and send the modal that `opener` showed; keys are custom ids or labels."""
    modal = opener.modal
    if modal is None or opener.actor.user is not actor.user:
        raise ComponentError("there is no modal open")
    resolved = Resolved(actor, opener.channel)
    sent = answered(modal, answers, resolved)
    body: Json = {"custom_id": modal["custom_id"], "components": sent}
    if resolved.parts:
        body["resolved"] = resolved.parts
    kind = InteractionType.MODAL_SUBMIT
    return _start(actor, kind, opener.application, opener.channel, body, opener.source, opener)


def _use(actor: Person, message: Message, component: Json, more: Json) -> Interaction:
    if message.is_deleted or not actor.sees(message):
        raise NotPermittedError("they cannot see that message")
    if actor.is_silenced:
        raise NotPermittedError("they are timed out")
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


def _start(
    actor: Person,
    kind: InteractionType,
    application: Application,
    channel: Channel,
    body: Json,
    source: Message | None,
    opener: Interaction | None = None,
) -> Interaction:
    interaction = Interaction(
        channel.world.ids.take(),
        kind,
        application,
        actor,
        channel,
        body,
        source=source,
        opener=opener,
        locale=actor.user.locale,
    )
    return start(interaction)
