"""Routes about the webhooks of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors, RestError, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import WEBHOOK
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.webhooks import MAX_NAME, Webhook

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.world import World

routes = Routes()


def find(world: World, webhook_id: int) -> Webhook | None:
    """Return any webhook by its id."""
    found = (guild.webhooks.get(webhook_id) for guild in world.guilds.values())
    return next((webhook for webhook in found if webhook is not None), None)


@routes.add("GET", "/guilds/{guild_id}/webhooks")
def list_in_guild(request: Request) -> Any:
    """Return the webhooks of a guild."""
    guild = request.guild_allowing(Permission.MANAGE_WEBHOOKS)
    return [webhook.payload() for webhook in guild.webhooks.values()]


@routes.add("GET", "/channels/{channel_id}/webhooks")
def list_in_channel(request: Request) -> Any:
    """Return the webhooks of a channel."""
    channel = request.channel(Permission.MANAGE_WEBHOOKS)
    known = channel.guild.webhooks.values() if channel.guild else []
    return [webhook.payload() for webhook in known if webhook.channel is channel]


@routes.add("POST", "/channels/{channel_id}/webhooks")
def create(request: Request) -> Any:
    """Add a webhook, which belongs to the caller's application."""
    channel = request.channel(Permission.MANAGE_WEBHOOKS)
    name = str(request.shaped(WEBHOOK).get("name") or "").strip()
    errors = FormErrors()
    errors.length("name", minimum=1, maximum=MAX_NAME, actual=len(name))
    errors.raise_if_any()
    if channel.guild is None or channel.is_thread:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    return channel.guild.add_webhook(channel, name, application=request.application).payload()


@routes.add("GET", "/webhooks/{webhook_id}")
def get(request: Request) -> Any:
    """Return a webhook."""
    return _managed(request).payload()


@routes.add("DELETE", "/webhooks/{webhook_id}")
def remove(request: Request) -> None:
    """Remove a webhook."""
    webhook = _managed(request)
    assert webhook.channel.guild is not None
    del webhook.channel.guild.webhooks[webhook.id]


def _managed(request: Request) -> Webhook:
    webhook = find(request.world, request.id("webhook_id"))
    if webhook is None:
        raise unknown("Webhook")
    if not request.permissions_in(webhook.channel) & Permission.MANAGE_WEBHOOKS:
        raise RestError(403, 50013, "Missing Permissions")
    return webhook
