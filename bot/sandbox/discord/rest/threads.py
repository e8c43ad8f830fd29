"""Routes about threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, invalid_form
from bot.sandbox.discord.rest.channels import check_fields
from bot.sandbox.discord.rest.request import Reply
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import THREAD
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

STARTABLE = (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)


@routes.add("POST", "/channels/{channel_id}/threads")
def start_thread(request: Request) -> Any:
    """Start a thread in a text channel; private unless said otherwise."""
    wanted = request.shaped(THREAD).get("type") or ChannelType.PRIVATE_THREAD
    if wanted not in list(STARTABLE):
        raise invalid_form("type", "BASE_TYPE_CHOICES", "Value must be one of {11, 12}.")
    kind = ChannelType(wanted)
    is_private = kind is ChannelType.PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS
    parent = request.channel(needed)
    return _start(request, parent, kind, request.world.ids.take())


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def start_thread_from_message(request: Request) -> Any:
    """Start a thread under a message, whose id it shares."""
    parent = request.channel(Permission.CREATE_PUBLIC_THREADS)
    message = request.message(parent)
    if request.world.channel(message.id) is not None:
        raise RestError(400, 160004, "A thread has already been created for this message")
    return _start(request, parent, ChannelType.PUBLIC_THREAD, message.id)


def _start(request: Request, parent: Channel, kind: ChannelType, thread_id: int) -> Any:
    if parent.guild is None or parent.type is not ChannelType.TEXT:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    check_fields(request.body, kind, needs_name=True)
    thread = Channel(
        request.world,
        thread_id,
        kind,
        str(request.body["name"]),
        guild=parent.guild,
        parent_id=parent.id,
        owner_id=request.application.bot.id,
    )
    parent.guild.insert_channel(thread)
    return Reply(201, thread.payload())


@routes.add("GET", "/guilds/{guild_id}/threads/active")
def active_threads(request: Request) -> Any:
    """Return the threads that are open."""
    threads = [c for c in request.guild().channels.values() if c.is_thread and not c.archived]
    return {"threads": [thread.payload() for thread in threads], "members": []}


@routes.add("PUT", "/channels/{channel_id}/thread-members/@me")
def join_thread(request: Request) -> None:
    """Join a thread."""
    request.channel()
