"""Routes about members."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import (
    RestError,
    invalid_form,
    missing_access,
    missing_permissions,
    unknown,
)
from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.rest.roles import set_roles
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import MEMBER
from bot.sandbox.discord.world import audit
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_moment, parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.members import Member

routes = Routes()

MAX_PAGE = 1000
MAX_NICK = 32
MAX_TIME_OUT = timedelta(days=28)  # "Modify Guild Member"

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
        before = me.moderated()
        me.set_nick(_nick(request.body["nick"]))
        _record(request, me, before)
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
    before = member.moderated()
    for field, change in _CHANGES.items():
        if field in body:
            change(request, me, member, body)
    _record(request, member, before)
    return member.payload()


def _record(request: Request, member: Member, before: Json) -> None:
    if changes := audit.changes(before, member.moderated()):
        request.record(member.guild, audit.MEMBER_UPDATE, member.id, changes=changes)


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


def _change_nick(request: Request, me: Member, member: Member, body: Json) -> None:
    del request
    own = Permission.CHANGE_NICKNAME if me is member else Permission.MANAGE_NICKNAMES
    _require(me, own, member)
    member.set_nick(_nick(body["nick"]))


def _change_roles(request: Request, me: Member, member: Member, body: Json) -> None:
    _require(me, Permission.MANAGE_ROLES, member)
    ids = [parse_snowflake(value) or 0 for value in body["roles"] or []]
    known = member.guild.roles
    if any(role_id not in known for role_id in ids):
        raise unknown("Role")
    set_roles(request, member, [known[role_id] for role_id in ids])


def _change_flags(request: Request, me: Member, member: Member, body: Json) -> None:
    if member.voice is None:
        raise RestError(400, 40032, "Target user is not connected to voice.")
    channel = member.voice.channel
    for field, permission in (
        ("mute", Permission.MUTE_MEMBERS),
        ("deaf", Permission.DEAFEN_MEMBERS),
    ):
        if field in body and not me.may(permission, channel):
            raise missing_permissions()
    request.world.calls.set_flags(member, mute=body.get("mute"), deaf=body.get("deaf"))


def _move(request: Request, me: Member, member: Member, body: Json) -> None:
    if member.voice is None:
        raise RestError(400, 40032, "Target user is not connected to voice.")
    if not me.may(Permission.MOVE_MEMBERS, member.voice.channel):
        raise missing_permissions()
    guild = member.guild
    if body["channel_id"] is None:
        request.world.calls.leave(guild, member.id)
        request.record(guild, audit.MEMBER_DISCONNECT, None, options={"count": "1"})
        return
    channel = guild.channels.get(parse_snowflake(body["channel_id"]) or 0)
    if channel is None or not channel.is_vocal:
        raise unknown("Channel")
    if not me.may(Permission.MOVE_MEMBERS | Permission.CONNECT, channel):
        raise missing_permissions()
    request.world.calls.move(member, channel)
    options = {"channel_id": str(channel.id), "count": "1"}
    request.record(guild, audit.MEMBER_MOVE, None, options=options)


def _time_out(request: Request, me: Member, member: Member, body: Json) -> None:
    del request
    _require(me, Permission.MODERATE_MEMBERS, member)
    if member.may(Permission.ADMINISTRATOR):
        raise missing_permissions()
    wish = body["communication_disabled_until"]
    until = None if wish is None else parse_moment(wish)
    if until is not None and until > datetime.now(UTC) + MAX_TIME_OUT:
        code = "INVALID_COMMUNICATION_DISABLED_TIMESTAMP"
        text = "Invalid communication disabled timestamp"
        raise invalid_form("communication_disabled_until", code, text)
    member.set_timed_out(until)


def _mute_or_deafen(request: Request, me: Member, member: Member, body: Json) -> None:
    if "mute" in body and "deaf" in body:
        return  # both at once by the other field
    _change_flags(request, me, member, body)


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
    request.record(guild, audit.KICK, member.id)
