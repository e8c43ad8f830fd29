"""Routes about the webhooks of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors, RestError, missing_permissions, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import WEBHOOK
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake
from bot.sandbox.discord.world.webhooks import check_name

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.webhooks import Webhook
    from bot.sandbox.discord.world.world import World

routes = Routes()

_WEBHOOK = "/webhooks/{webhook_id}"
_BY_TOKEN = _WEBHOOK + "/{token}"


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
    name = _name(request)
    if channel.guild is None or channel.is_thread:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    return channel.guild.add_webhook(channel, name or "", application=request.application).payload()


def _name(request: Request, *, is_optional: bool = False) -> str | None:
    name = request.shaped(WEBHOOK).get("name")
    if name is None and is_optional:
        return None
    errors = FormErrors()
    check_name(name or "", errors, "name")
    errors.raise_if_any()
    return str(name).strip()


@routes.add("GET", _WEBHOOK)
def get(request: Request) -> Any:
    """Return a webhook; to its own application without any permission."""
    webhook = find(request.world, request.id("webhook_id"))
    if webhook is not None and webhook.application is request.application:
        return webhook.payload()
    return _managed(request).payload()


@routes.add("PATCH", _WEBHOOK)
def change(request: Request) -> Any:
    """Change the name of a webhook, or where it writes."""
    webhook, name = _managed(request), _name(request, is_optional=True)
    webhook.change(name=name, channel=_new_channel(request, webhook))
    return webhook.payload()


def _new_channel(request: Request, webhook: Webhook) -> Channel | None:
    wish = request.body.get("channel_id")
    if wish is None:
        return None
    channel = webhook.guild.channels.get(parse_snowflake(wish) or 0)
    if channel is None or channel.is_thread:
        raise unknown("Channel")
    if not request.permissions_in(channel) & Permission.MANAGE_WEBHOOKS:
        raise missing_permissions()
    return channel


@routes.add("DELETE", _WEBHOOK)
def remove(request: Request) -> None:
    """Remove a webhook."""
    _managed(request).remove()


def _managed(request: Request) -> Webhook:
    webhook = find(request.world, request.id("webhook_id"))
    if webhook is None:
        raise unknown("Webhook")
    if not request.permissions_in(webhook.channel) & Permission.MANAGE_WEBHOOKS:
        raise missing_permissions()
    return webhook


@routes.add("GET", _BY_TOKEN, needs_token=False)
def get_by_token(request: Request) -> Any:
    """Return a webhook to whoever knows its token, but not who made it."""
    return _trusted(request).payload(with_user=False)


@routes.add("PATCH", _BY_TOKEN, needs_token=False)
def change_by_token(request: Request) -> Any:
    """Change the name of a webhook."""
    webhook = _trusted(request)
    webhook.change(name=_name(request, is_optional=True))
    return webhook.payload(with_user=False)


@routes.add("DELETE", _BY_TOKEN, needs_token=False)
def remove_by_token(request: Request) -> None:
    """Remove a webhook."""
    _trusted(request).remove()


def by_token(request: Request) -> Webhook | None:
    """Return the webhook in the path, or None if it is one of an interaction.

    Raises:
        RestError: The token is not the webhook's.
    """
    webhook = find(request.world, request.id("webhook_id"))
    if webhook is not None and webhook.token != request.parts["token"]:
        raise RestError(401, 50027, "Invalid Webhook Token")
    return webhook


def _trusted(request: Request) -> Webhook:
    webhook = by_token(request)
    if webhook is None:
        raise unknown("Webhook")
    return webhook


def thread(request: Request, webhook: Webhook) -> Channel | None:
    """Return the thread that the query names, "within a webhook's channel", if it names one."""
    thread_id = request.id_asked("thread_id")
    if thread_id is None:
        return None
    found = webhook.guild.channels.get(thread_id)
    if found is None or not found.is_thread or found.parent_id != webhook.channel.id:
        raise unknown("Channel")
    return found


def message(request: Request, webhook: Webhook) -> Message:
    """Return the message in the path, if the webhook wrote it."""
    place = thread(request, webhook) or webhook.channel
    found = place.history.get(request.id("message_id"))
    if found is None or found.webhook is not webhook:
        raise unknown("Message")
    return found
