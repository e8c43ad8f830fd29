"""Routes about threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import invalid_form
from bot.sandbox.discord.rest.channels import check_fields
from bot.sandbox.discord.rest.request import Reply
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import THREAD
from bot.sandbox.discord.world import thread_members, threads
from bot.sandbox.discord.world.channel_payload import thread_member
from bot.sandbox.discord.world.channels import ChannelType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.posting import Draft

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

STARTABLE = (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)


@routes.add("POST", "/channels/{channel_id}/threads")
def start_thread(request: Request) -> Any:
    """Start a thread in a text channel, private unless said otherwise, or a post in a forum."""
    if request.channel().is_forum:
        return _start_post(request)
    wanted = request.shaped(THREAD).get("type") or ChannelType.PRIVATE_THREAD
    if wanted not in list(STARTABLE):
        raise invalid_form("type", "BASE_TYPE_CHOICES", "Value must be one of {11, 12}.")
    kind = ChannelType(wanted)
    is_private = kind is ChannelType.PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS
    parent = request.channel(needed)
    name = _name(request)
    return Reply(201, threads.start(parent, request.application.bot, name, kind).payload())


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def start_thread_from_message(request: Request) -> Any:
    """Start a thread under a message, whose id it shares."""
    message = request.message(request.channel(Permission.CREATE_PUBLIC_THREADS))
    name = _name(request)
    return Reply(201, threads.start_from(message, request.application.bot, name).payload())


def _start_post(request: Request) -> Any:
    forum = request.channel(Permission.SEND_MESSAGES)
    body = request.shaped(THREAD)
    draft = Draft(body.get("message") or {}, request.uploads)
    tags = [str(tag) for tag in body.get("applied_tags") or []]
    post = threads.start_post(forum, request.application.bot, _name(request), draft, tags=tags)
    return Reply(201, post.payload() | {"message": request.show(post.history[post.id])})


def _name(request: Request) -> str:
    check_fields(request.body, ChannelType.PUBLIC_THREAD, needs_name=True)
    return str(request.body["name"])


@routes.add("GET", "/guilds/{guild_id}/threads/active")
def active_threads(request: Request) -> Any:
    """Return the threads that are open."""
    guild, me = request.guild(), request.me(request.guild())
    active = [c for c in guild.channels.values() if c.is_thread and not c.archived]
    seen = [thread for thread in active if me.may(Permission.VIEW_CHANNEL, thread)]
    joined = [thread_member(t, me.id) for t in seen if me.id in t.joined_ids]
    return {"threads": [thread.payload() for thread in seen], "members": joined}


@routes.add("PUT", "/channels/{channel_id}/thread-members/@me")
def join_thread(request: Request) -> None:
    """Join a thread."""
    thread_members.add(request.channel(), request.application.bot)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/@me")
def leave_thread(request: Request) -> None:
    """Leave a thread."""
    thread_members.remove(request.channel(), request.application.bot)
