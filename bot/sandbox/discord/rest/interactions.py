"""The callback: an application's first answer to an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import invalid_form, unknown
from bot.sandbox.discord.interactions.interaction import CallbackType, Interaction
from bot.sandbox.discord.interactions.responding import respond
from bot.sandbox.discord.rest.request import Reply
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import CALLBACK
from bot.sandbox.discord.world.posting import Draft

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

_WITH_MESSAGE = {CallbackType.MESSAGE, CallbackType.UPDATE}


@routes.add("POST", "/interactions/{interaction_id}/{token}/callback", needs_token=False)
def callback(request: Request) -> Any:
    """Take the first answer to an interaction."""
    interaction = request.world.interactions.get(request.parts["token"])
    if interaction is None or interaction.id != request.id("interaction_id"):
        raise unknown("Interaction")
    body = request.shaped(CALLBACK)
    if "type" not in body:
        raise invalid_form("type", "BASE_TYPE_REQUIRED", "This field is required")
    respond(interaction, body["type"], Draft(body.get("data") or {}, request.uploads))
    return Reply(200, _result(interaction)) if request.flag("with_response") else None


def _result(interaction: Interaction) -> Json:
    """Return the interaction callback response object."""
    message = interaction.response
    about: Json = {"id": str(interaction.id), "type": int(interaction.type)}
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.is_loading,
            "response_message_ephemeral": message.is_ephemeral,
        }
    result: Json = {"interaction": about}
    if interaction.callback is None or message is None:
        return result
    resource: Json = {"type": int(interaction.callback)}
    if interaction.callback in _WITH_MESSAGE or message.is_loading:
        resource["message"] = message.payload()
    return result | {"resource": resource}
