"""Routes about members."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import (
    RestError,
    invalid_form,
    missing_access,
    missing_permissions,
    unknown,
)
from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import MEMBER
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member

routes = Routes()

MAX_PAGE = 1000
MAX_NICK = 32

_MEMBER = "/guilds/{guild_id}/members/{user_id}"


@routes.add("GET", "/guilds/{guild_id}/members")
def list_members(request: Request) -> Any:
    """Return the members of a guild, which needs the privileged intent."""
    guild = request.guild()
    if not request.application.privileged_intents & Intent.GUILD_MEMBERS:
        raise missing_access()
    limit = request.number("limit", 1, low=1, high=MAX_PAGE)
    after = parse_snowflake(request.query.get("after")) or 0
    chosen = sorted(i for i in guild.members if i > after)[:limit]
    return [guild.members[user_id].payload() for user_id in chosen]


@routes.add("GET", "/guilds/{guild_id}/members/search")
def search_members(request: Request) -> Any:
    """Return members whose names begin like the query."""
    query = request.query.get("query", "").lower()
    limit = request.number("limit", 1, low=1, high=MAX_PAGE)
    members = request.guild().members.values()
    found = [m for m in members if m.name.lower().startswith(query) or _username(m, query)]
    return [member.payload() for member in found[:limit]]


def _username(member: Member, query: str) -> bool:
    return member.user.username.lower().startswith(query)


@routes.add("PATCH", "/guilds/{guild_id}/members/@me")
def edit_me(request: Request) -> Any:
    """Change the bot's own nickname."""
    guild = request.guild()
    me = request.me(guild)
    if "nick" in request.shaped(MEMBER):
        if not me.may(Permission.CHANGE_NICKNAME):
            raise missing_permissions()
        me.set_nick(_nick(request.body["nick"]))
    return me.payload()


@routes.add("GET", _MEMBER)
def get_member(request: Request) -> Any:
    """Return a member."""
    return request.member(request.guild()).payload()


@routes.add("PATCH", _MEMBER)
def edit_member(request: Request) -> Any:
    """Change a member; each field needs its own permission."""
    guild = request.guild()
    me, member, body = request.me(guild), request.member(guild), request.shaped(MEMBER)
    for field, change in _CHANGES.items():
        if field in body:
            change(guild, me, member, body)
    return member.payload()


def _nick(value: object) -> str | None:
    nick = None if value is None else str(value)
    if nick and len(nick) > MAX_NICK:
        text = f"Must be {MAX_NICK} or fewer in length."
        raise invalid_form("nick", "BASE_TYPE_BAD_LENGTH", text)
    return nick


def _require(me: Member, permission: Permission, member: Member) -> None:
    outranked = me is member or me.outranks(member)
    if not me.may(permission) or not outranked:
        raise missing_permissions()


def _change_nick(guild: Guild, me: Member, member: Member, body: Json) -> None:
    del guild
    own = Permission.CHANGE_NICKNAME if me is member else Permission.MANAGE_NICKNAMES
    _require(me, own, member)
    member.set_nick(_nick(body["nick"]))


def _change_roles(guild: Guild, me: Member, member: Member, body: Json) -> None:
    _require(me, Permission.MANAGE_ROLES, member)
    ids = [parse_snowflake(value) or 0 for value in body["roles"] or []]
    if any(role_id not in guild.roles for role_id in ids):
        raise unknown("Role")
    member.set_roles([guild.roles[role_id] for role_id in ids])


def _change_flags(guild: Guild, me: Member, member: Member, body: Json) -> None:
    if member.voice is None:
        raise RestError(400, 40032, "Target user is not connected to voice.")
    channel = member.voice.channel
    for field, permission in (
        ("mute", Permission.MUTE_MEMBERS),
        ("deaf", Permission.DEAFEN_MEMBERS),
    ):
        if field in body and not me.may(permission, channel):
            raise missing_permissions()
    guild.world.calls.set_flags(member, mute=body.get("mute"), deaf=body.get("deaf"))


def _move(guild: Guild, me: Member, member: Member, body: Json) -> None:
    if member.voice is None:
        raise RestError(400, 40032, "Target user is not connected to voice.")
    if not me.may(Permission.MOVE_MEMBERS, member.voice.channel):
        raise missing_permissions()
    if body["channel_id"] is None:
        guild.world.calls.leave(guild, member.id)
        return
    channel = guild.channels.get(parse_snowflake(body["channel_id"]) or 0)
    if channel is None or not channel.is_vocal:
        raise unknown("Channel")
    if not me.may(Permission.MOVE_MEMBERS | Permission.CONNECT, channel):
        raise missing_permissions()
    guild.world.calls.move(member, channel)


def _time_out(guild: Guild, me: Member, member: Member, body: Json) -> None:
    del guild
    _require(me, Permission.MODERATE_MEMBERS, member)
    until = body["communication_disabled_until"]
    member.set_timed_out(None if until is None else datetime.fromisoformat(until))


def _mute_or_deafen(guild: Guild, me: Member, member: Member, body: Json) -> None:
    if "mute" in body and "deaf" in body:
        return  # both at once by the other field
    _change_flags(guild, me, member, body)


_CHANGES = {
    "nick": _change_nick,
    "roles": _change_roles,
    "mute": _change_flags,
    "deaf": _mute_or_deafen,
    "channel_id": _move,
    "communication_disabled_until": _time_out,
}


@routes.add("DELETE", _MEMBER)
def kick(request: Request) -> None:
    """Remove a member."""
    guild = request.guild()
    member = request.member(guild)
    _require(request.me(guild), Permission.KICK_MEMBERS, member)
    guild.remove_member(member)
