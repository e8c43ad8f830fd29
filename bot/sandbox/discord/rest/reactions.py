"""Routes about reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import missing_permissions
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world import reactions
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
_ONE = _ALL + "/{emoji}"


@routes.add("PUT", _ONE + "/@me")
def add(request: Request) -> None:
    """Put an emoji under a message; the first of its kind needs Add Reactions."""
    channel = request.channel(Permission.READ_MESSAGE_HISTORY)
    message = request.message(channel)
    emoji = reactions.parse_emoji(request.parts["emoji"])
    is_new = reactions.find(message, emoji) is None
    if is_new and not request.permissions_in(channel) & Permission.ADD_REACTIONS:
        raise missing_permissions()
    reactions.add(message, request.application.bot, emoji)


@routes.add("DELETE", _ONE + "/@me")
def remove_own(request: Request) -> None:
    """Take the bot's emoji away."""
    message = request.message(request.channel())
    emoji = reactions.parse_emoji(request.parts["emoji"])
    reactions.remove(message, request.application.bot, emoji)


@routes.add("DELETE", _ONE + "/{user_id}")
def remove(request: Request) -> None:
    """Take somebody's emoji away."""
    message = request.message(request.channel(Permission.MANAGE_MESSAGES))
    emoji = reactions.parse_emoji(request.parts["emoji"])
    reactions.remove(message, request.user(), emoji)


@routes.add("GET", _ONE)
def reactors(request: Request) -> Any:
    """Return who reacted with an emoji."""
    message = request.message(request.channel(Permission.READ_MESSAGE_HISTORY))
    reaction = reactions.find(message, reactions.parse_emoji(request.parts["emoji"]))
    limit = request.number("limit", 25, low=1, high=100)
    after = parse_snowflake(request.query.get("after")) or 0
    ids = sorted(reaction.user_ids if reaction else [])
    chosen = [user_id for user_id in ids if user_id > after][:limit]
    return [request.world.users[user_id].payload() for user_id in chosen]


@routes.add("DELETE", _ALL)
def clear(request: Request) -> None:
    """Take all emoji away."""
    reactions.clear(request.message(request.channel(Permission.MANAGE_MESSAGES)))


@routes.add("DELETE", _ONE)
def clear_one(request: Request) -> None:
    """Take all emoji of one kind away."""
    message = request.message(request.channel(Permission.MANAGE_MESSAGES))
    reactions.clear(message, reactions.parse_emoji(request.parts["emoji"]))
