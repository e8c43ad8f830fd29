"""Routes about roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, missing_permissions
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import ROLE
from bot.sandbox.discord.world import audit
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.roles import Role

routes = Routes()

_ROLES = "/guilds/{guild_id}/roles"
_MEMBER_ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"


@routes.add("GET", _ROLES)
def list_roles(request: Request) -> Any:
    """Return the roles of a guild."""
    return [role.payload() for role in request.guild().roles.values()]


@routes.add("GET", _ROLES + "/{role_id}")
def get_role(request: Request) -> Any:
    """Return a role."""
    return request.role(request.guild()).payload()


@routes.add("POST", _ROLES)
def create_role(request: Request) -> Any:
    """Add a role; it cannot hold more than its maker."""
    guild = request.guild_allowing(Permission.MANAGE_ROLES)
    body = request.shaped(ROLE)
    default = int(guild.everyone.permissions)
    permissions = Permission(int(body.get("permissions") or default))
    _check_grant(request.me(guild), permissions & ~guild.everyone.permissions)
    role = guild.add_role(str(body.get("name") or "new role"), permissions=permissions)
    _apply(role, body)
    return role.payload()


@routes.add("PATCH", _ROLES + "/{role_id}")
def edit_role(request: Request) -> Any:
    """Change a role below the bot's own."""
    guild = request.guild_allowing(Permission.MANAGE_ROLES)
    role, me = request.role(guild), request.me(guild)
    _check_below(me, role)
    if request.shaped(ROLE).get("permissions") is not None:
        permissions = Permission(int(request.body["permissions"]))
        _check_grant(me, permissions & ~role.permissions)
        role.permissions = permissions
    _apply(role, request.body)
    role.announce("GUILD_ROLE_UPDATE")
    return role.payload()


@routes.add("DELETE", _ROLES + "/{role_id}")
def delete_role(request: Request) -> None:
    """Remove a role."""
    guild = request.guild_allowing(Permission.MANAGE_ROLES)
    role = request.role(guild)
    _check_below(request.me(guild), role)
    if role.bot_id is not None or role is guild.everyone:
        raise RestError(400, 50028, "Invalid role")
    guild.remove_role(role)


@routes.add("PUT", _MEMBER_ROLE)
def give(request: Request) -> None:
    """Give a member a role."""
    member, role = _membership(request)
    if role not in member.roles:
        set_roles(request, member, [*member.roles, role])


@routes.add("DELETE", _MEMBER_ROLE)
def take(request: Request) -> None:
    """Take a role from a member."""
    member, role = _membership(request)
    set_roles(request, member, [held for held in member.roles if held is not role])


def set_roles(request: Request, member: Member, roles: list[Role]) -> None:
    """Replace the roles of a member, as the audit log will say."""
    before = member.roles
    member.set_roles(roles)
    if changes := audit.role_changes(before, member.roles):
        request.record(member.guild, audit.MEMBER_ROLE_UPDATE, member.id, changes=changes)


def _membership(request: Request) -> tuple[Member, Role]:
    guild = request.guild_allowing(Permission.MANAGE_ROLES)
    member, role = request.member(guild), request.role(guild)
    _check_below(request.me(guild), role)
    return member, role


def _check_below(me: Member, role: Role) -> None:
    if me.id != me.guild.owner_id and role.position >= me.top_position:
        raise missing_permissions()


def _check_grant(me: Member, granted: Permission) -> None:
    if granted & ~me.permissions:
        raise missing_permissions()


def _apply(role: Role, body: Json) -> None:
    for key in ("name", "color", "hoist", "mentionable"):
        if body.get(key) is not None:
            setattr(role, key, body[key])
