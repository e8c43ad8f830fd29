"""Routes about bans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import invalid_form, missing_permissions, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import BAN
from bot.sandbox.discord.world import audit
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.guilds import Guild

routes = Routes()

MAX_DELETE_S = 604_800  # "Create Guild Ban"
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
    delete_s = int(request.shaped(BAN).get("delete_message_seconds") or 0)
    if not 0 <= delete_s <= MAX_DELETE_S:
        text = f"int value should be between 0 and {MAX_DELETE_S}."
        raise invalid_form("delete_message_seconds", "NUMBER_TYPE_RANGE", text)
    guild.ban(user, request.reason, delete_s=delete_s)
    request.record(guild, audit.BAN, user.id)


@routes.add("DELETE", _BANS + "/{user_id}")
def unban(request: Request) -> None:
    """End a ban."""
    guild = request.guild_allowing(Permission.BAN_MEMBERS)
    user_id = request.id("user_id")
    _ban(guild, user_id)
    guild.unban(guild.bans[user_id][0])
    request.record(guild, audit.UNBAN, user_id)
