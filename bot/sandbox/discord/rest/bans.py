"""Routes about bans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import missing_permissions, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.guilds import Guild

routes = Routes()

_BANS = "/guilds/{guild_id}/bans"


def _ban(guild: Guild, user_id: int) -> Json:
    if user_id not in guild.bans:
        raise unknown("Ban")
    user, reason = guild.bans[user_id]
    return {"user": user.payload(), "reason": reason}


@routes.add("GET", _BANS)
def list_bans(request: Request) -> Any:
    """Return who is banned."""
    guild = request.guild_allowing(Permission.BAN_MEMBERS)
    limit = request.number("limit", 1000, low=1, high=1000)
    return [_ban(guild, user_id) for user_id in sorted(guild.bans)[:limit]]


@routes.add("GET", _BANS + "/{user_id}")
def get_ban(request: Request) -> Any:
    """Return one ban."""
    return _ban(request.guild_allowing(Permission.BAN_MEMBERS), request.id("user_id"))


@routes.add("PUT", _BANS + "/{user_id}")
def ban(request: Request) -> None:
    """Ban a user."""
    guild = request.guild_allowing(Permission.BAN_MEMBERS)
    user = request.user()
    member = guild.members.get(user.id)
    if member is not None and not request.me(guild).outranks(member):
        raise missing_permissions()
    guild.ban(user, request.reason)


@routes.add("DELETE", _BANS + "/{user_id}")
def unban(request: Request) -> None:
    """End a ban."""
    guild = request.guild_allowing(Permission.BAN_MEMBERS)
    user_id = request.id("user_id")
    _ban(guild, user_id)
    user, _ = guild.bans.pop(user_id)
    guild.dispatch("GUILD_BAN_REMOVE", {"guild_id": str(guild.id), "user": user.payload()})
