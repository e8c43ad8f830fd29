"""What webhooks write: those of interactions (answers, follow-ups) and those of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, unknown
from bot.sandbox.discord.interactions.responding import edit_response, follow_up, original
from bot.sandbox.discord.rest import channel_webhooks
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world import posting
from bot.sandbox.discord.world.removing import delete

if TYPE_CHECKING:
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.messages import Message

routes = Routes()

_HOOK = "/webhooks/{webhook_id}/{token}"
_MESSAGE = _HOOK + "/messages/{message_id}"


def _interaction(request: Request) -> Interaction:
    interaction = request.world.interactions.get(request.parts["token"])
    if request.id("webhook_id") not in request.world.applications:
        raise unknown("Webhook")
    if interaction is None or interaction.application.id != request.id("webhook_id"):
        raise RestError(401, 50027, "Invalid Webhook Token")
    if interaction.expired:
        raise RestError(401, 50027, "Invalid Webhook Token")
    return interaction


def _message(request: Request, interaction: Interaction) -> Message:
    if request.parts["message_id"] == "@original":
        return original(interaction)
    message_id = request.id("message_id")
    known = [m for m in (interaction.response, *interaction.followups) if m is not None]
    found = next((m for m in known if m.id == message_id and not m.is_deleted), None)
    if found is None:
        raise unknown("Message")
    return found


@routes.add("POST", _HOOK, needs_token=False)
def execute(request: Request) -> Any:
    """Send a follow-up; interactions wait for the message whatever `wait` says."""
    if (webhook := channel_webhooks.by_token(request)) is None:
        return follow_up(_interaction(request), request.draft).payload()
    thread = channel_webhooks.thread(request, webhook)
    message = webhook.execute(request.draft, thread=thread)
    return message.payload() if request.flag("wait") else None


@routes.add("GET", _MESSAGE, needs_token=False)
def get_message(request: Request) -> Any:
    """Return a message that the webhook wrote."""
    if (webhook := channel_webhooks.by_token(request)) is None:
        return _message(request, _interaction(request)).payload()
    return channel_webhooks.message(request, webhook).payload()


@routes.add("PATCH", _MESSAGE, needs_token=False)
def edit_message(request: Request) -> Any:
    """Change a message that the webhook wrote."""
    if (webhook := channel_webhooks.by_token(request)) is None:
        interaction = _interaction(request)
        message = _message(request, interaction)
        return edit_response(interaction, message, request.draft).payload()
    message = channel_webhooks.message(request, webhook)
    posting.edit(message, request.draft)
    return message.payload()


@routes.add("DELETE", _MESSAGE, needs_token=False)
def delete_message(request: Request) -> None:
    """Remove a message that the webhook wrote."""
    if (webhook := channel_webhooks.by_token(request)) is None:
        interaction = _interaction(request)
        delete(_message(request, interaction))
        interaction.note("delete")
        return
    delete(channel_webhooks.message(request, webhook))
