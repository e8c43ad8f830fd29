"""Routes about pinned messages, in the old and the paginated form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world import pinning
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import created_at, iso

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.messages import Message

routes = Routes()

MAX_PINS = 250

_OLD = "/channels/{channel_id}/pins"
_NEW = "/channels/{channel_id}/messages/pins"


def _pinned(request: Request) -> list[Message]:
    channel = request.channel(Permission.READ_MESSAGE_HISTORY)
    return [message for message in reversed(channel.messages) if message.pinned]


@routes.add("GET", _NEW)
def list_pins(request: Request) -> Any:
    """Return a page of pins."""
    limit = request.number("limit", 50, low=1, high=50)
    pinned = _pinned(request)
    page = [
        {"pinned_at": iso(created_at(message.id)), "message": request.show(message)}
        for message in pinned[:limit]
    ]
    return {"items": page, "has_more": len(pinned) > limit}


@routes.add("GET", _OLD)
def list_old_pins(request: Request) -> Any:
    """Return all pins."""
    return [request.show(message) for message in _pinned(request)]


@routes.add("PUT", _NEW + "/{message_id}")
@routes.add("PUT", _OLD + "/{message_id}")
def pin(request: Request) -> None:
    """Pin a message."""
    channel = request.channel(Permission.PIN_MESSAGES)
    message = request.message(channel)
    if sum(m.pinned for m in channel.messages) >= MAX_PINS:
        raise RestError(400, 30003, f"Maximum number of pins reached ({MAX_PINS})")
    pinning.pin(message, request.application.bot)


@routes.add("DELETE", _NEW + "/{message_id}")
@routes.add("DELETE", _OLD + "/{message_id}")
def unpin(request: Request) -> None:
    """Unpin a message."""
    pinning.unpin(request.message(request.channel(Permission.PIN_MESSAGES)))
