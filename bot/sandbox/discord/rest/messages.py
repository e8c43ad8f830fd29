"""Routes about messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import (
    RestError,
    invalid_form,
    missing_permissions,
)
from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import BULK
from bot.sandbox.discord.world import audit, posting, telling
from bot.sandbox.discord.world.messages import FORWARDABLE, Message, MessageFlag
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.posting import FORWARD, SETTABLE, Origin
from bot.sandbox.discord.world.removing import delete, delete_many
from bot.sandbox.discord.world.snowflakes import created_at, parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.channels import Channel

routes = Routes()

BULK_MIN, BULK_MAX = 2, 100
BULK_MAX_AGE = timedelta(days=14)
PAGE, MAX_PAGE = 50, 100

_MESSAGE = "/channels/{channel_id}/messages/{message_id}"


@routes.add("GET", "/channels/{channel_id}/messages")
def list_messages(request: Request) -> Any:
    """Return messages, newest first."""
    channel = request.channel()
    limit = request.number("limit", PAGE, low=1, high=MAX_PAGE)
    if not request.permissions_in(channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    newest_first = sorted(channel.messages, key=lambda m: m.id, reverse=True)
    return [request.show(message) for message in _page(request, newest_first, limit)]


def _page(request: Request, newest_first: list[Message], limit: int) -> list[Message]:
    if (around := request.id_asked("around")) is not None:
        older = [m for m in newest_first if m.id <= around][: limit // 2 + 1]
        newer = [m for m in newest_first if m.id > around][-(limit // 2) :]
        return [*newer, *older][:limit]
    if (before := request.id_asked("before")) is not None:
        return [m for m in newest_first if m.id < before][:limit]
    if (after := request.id_asked("after")) is not None:
        return [m for m in newest_first if m.id > after][-limit:]
    return newest_first[:limit]


@routes.add("POST", "/channels/{channel_id}/messages")
def create_message(request: Request) -> Any:
    """Send a message."""
    channel = request.channel()
    if not channel.holds_messages:
        raise RestError(400, 50008, "Cannot send messages in a non-text channel")
    flags = posting.flags_of(request.body, SETTABLE)
    _check_may_send(request, channel, flags)
    if twin := _same_nonce(request, channel):
        return request.show(twin)
    origin = _origin(request, channel)
    author = request.application.bot
    message = posting.post(channel, author, request.draft, flags=flags, origin=origin)
    return request.show(message)


def _check_may_send(request: Request, channel: Channel, flags: MessageFlag) -> None:
    if channel.guild is None:
        if not all(user.accepts_direct_messages for user in channel.recipients):
            raise RestError(403, 50007, "Cannot send messages to this user")
        return
    held, needed = request.permissions_in(channel), channel.send_permission
    if channel.locked and not held & Permission.MANAGE_THREADS:
        raise RestError(403, 160005, "Thread is locked")
    if request.body.get("poll"):
        needed |= Permission.SEND_POLLS
    if request.uploads:
        needed |= Permission.ATTACH_FILES
    if request.body.get("embeds"):
        needed |= Permission.EMBED_LINKS
    if held & needed != needed:
        raise missing_permissions()
    if MessageFlag.IS_VOICE_MESSAGE in flags and not held & Permission.SEND_VOICE_MESSAGES:
        raise RestError(403, 50173, "You cannot send voice messages in this channel.")


def _origin(request: Request, channel: Channel) -> Origin:
    reference = request.body.get("message_reference")
    if isinstance(reference, dict) and reference.get("type") == FORWARD:
        return Origin(forwarded=_forwarded(request, reference))
    return Origin(reply_to=_reply_target(request, channel))


def _forwarded(request: Request, reference: Json) -> Message:
    place = request.world.channel(parse_snowflake(reference.get("channel_id")) or 0)
    sees = place is not None and request.permissions_in(place) & Permission.VIEW_CHANNEL
    known = place.history if place is not None and sees else {}
    message = known.get(parse_snowflake(reference.get("message_id")) or 0)
    if message is None or message.is_ephemeral:
        code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
        raise invalid_form("message_reference", code, "Unknown message")
    if message.type not in FORWARDABLE or message.poll is not None:
        raise RestError(400, 50021, "Cannot execute action on a system message")
    may_read = request.application.privileged_intents & Intent.MESSAGE_CONTENT
    if not may_read and not message.concerns(request.application):
        text = "You cannot forward a message whose content you cannot read."
        raise RestError(403, 160014, text)
    return message


def _same_nonce(request: Request, channel: Channel) -> Message | None:
    nonce = request.body.get("nonce")
    if not request.body.get("enforce_nonce") or nonce is None:
        return None
    own = (m for m in channel.messages if m.author is request.application.bot)
    return next((m for m in own if m.nonce == nonce), None)


def _reply_target(request: Request, channel: Channel) -> Message | None:
    reference = request.body.get("message_reference")
    if not isinstance(reference, dict):
        return None  # a wrong type is named with all other faults of the body
    target = channel.history.get(parse_snowflake(reference.get("message_id")) or 0)
    if target is None or target.is_ephemeral:
        if reference.get("fail_if_not_exists") is False:
            return None
        code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
        raise invalid_form("message_reference", code, "Unknown message")
    if not request.permissions_in(channel) & Permission.READ_MESSAGE_HISTORY:
        text = "Cannot reply without permission to read message history"
        raise RestError(400, 160002, text)
    return target


@routes.add("POST", "/channels/{channel_id}/messages/bulk-delete")
def delete_messages(request: Request) -> None:
    """Remove many messages."""
    channel = request.channel(Permission.MANAGE_MESSAGES)
    ids = [parse_snowflake(value) or 0 for value in request.shaped(BULK).get("messages") or []]
    if not BULK_MIN <= len(ids) <= BULK_MAX:
        text = (
            "Provided too few or too many messages to delete. "
            "Must provide at least 2 and at most 100 messages to delete."
        )
        raise RestError(400, 50016, text)
    oldest = datetime.now(UTC) - BULK_MAX_AGE
    if any(created_at(message_id) < oldest for message_id in ids):
        raise RestError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    found = [channel.history[i] for i in dict.fromkeys(ids) if i in channel.history]
    delete_many(channel, found)
    if channel.guild is not None and found:
        count = {"count": str(len(found))}
        request.record(channel.guild, audit.MESSAGE_BULK_DELETE, channel.id, options=count)


@routes.add("GET", _MESSAGE)
def get_message(request: Request) -> Any:
    """Return one message."""
    channel = request.channel(Permission.READ_MESSAGE_HISTORY)
    return request.show(request.message(channel))


@routes.add("PATCH", _MESSAGE)
def edit_message(request: Request) -> Any:
    """Change an own message; of others only the flags, as a moderator."""
    channel = request.channel()
    message = request.message(channel)
    if message.author is not request.application.bot:
        _check_may_suppress(request, channel, request.body)
    posting.edit(message, request.draft)
    return request.show(message)


def _check_may_suppress(request: Request, channel: Channel, body: Json) -> None:
    if set(body) - {"flags"}:
        raise RestError(403, 50005, "Cannot edit a message authored by another user")
    if not request.permissions_in(channel) & Permission.MANAGE_MESSAGES:
        raise missing_permissions()


@routes.add("DELETE", _MESSAGE)
def delete_message(request: Request) -> None:
    """Remove a message."""
    channel = request.channel()
    message = request.message(channel)
    if message.author is not request.application.bot:
        if channel.guild is None:
            raise RestError(403, 50003, "Cannot execute action on a DM channel")
        if not request.permissions_in(channel) & Permission.MANAGE_MESSAGES:
            raise missing_permissions()
        options = {"channel_id": str(channel.id), "count": "1"}
        request.record(channel.guild, audit.MESSAGE_DELETE, message.author.id, options=options)
    delete(message)


@routes.add("POST", _MESSAGE + "/crosspost")
def crosspost(request: Request) -> Any:
    """Publish a message to following channels, which only announcement channels can."""
    request.message(request.channel())
    raise RestError(400, 50024, "Cannot execute action on this channel type")


@routes.add("POST", "/channels/{channel_id}/typing")
def type_there(request: Request) -> None:
    """Let everybody see that the bot is writing."""
    channel = request.channel()
    if channel.guild is not None:
        request.channel(channel.send_permission)
    telling.show_typing(channel, request.application.bot)
