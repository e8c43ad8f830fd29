"""Routes about application commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import missing_access, unknown
from bot.sandbox.discord.rest.applications import own_application
from bot.sandbox.discord.rest.request import Reply
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world.command_permissions import overrides_payload

if TYPE_CHECKING:
    from bot.sandbox.discord.interactions.commands import CommandRegistry, Scope
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

_GLOBAL = "/applications/{application_id}/commands"
_LOCAL = "/applications/{application_id}/guilds/{guild_id}/commands"


def _registry(request: Request) -> CommandRegistry:
    return own_application(request).commands


def _scope(request: Request) -> Scope:
    if "guild_id" not in request.parts:
        return None
    guild = request.world.guilds.get(request.id("guild_id"))
    if guild is None or request.application.bot.id not in guild.members:
        raise missing_access()
    return guild.id


@routes.add("GET", _LOCAL + "/permissions")
def all_permissions(request: Request) -> Any:
    """Return what a guild says of commands."""
    guild, application = request.guild(), own_application(request)
    known = {application.id, *(c.id for c in application.commands.offered(guild.id))}
    told = [subject for subject in guild.command_overrides if subject in known]
    return [overrides_payload(guild, application, subject) for subject in told]


@routes.add("GET", _LOCAL + "/{command_id}/permissions")
def command_permissions(request: Request) -> Any:
    """Return what a guild says of one command, or of all."""
    guild, application = request.guild(), own_application(request)
    if request.id("command_id") not in guild.command_overrides:
        raise unknown("application command permissions")
    return overrides_payload(guild, application, request.id("command_id"))


@routes.add("GET", _GLOBAL)
@routes.add("GET", _LOCAL)
def list_commands(request: Request) -> Any:
    """Return the commands of a scope."""
    full = request.flag("with_localizations")
    commands = _registry(request).all(_scope(request))
    return [command.payload(with_localizations=full) for command in commands]


@routes.add("PUT", _GLOBAL)
@routes.add("PUT", _LOCAL)
def overwrite_commands(request: Request) -> Any:
    """Replace the commands of a scope."""
    commands = _registry(request).overwrite(_scope(request), request.items)
    return [command.payload() for command in commands]


@routes.add("POST", _GLOBAL)
@routes.add("POST", _LOCAL)
def create_command(request: Request) -> Any:
    """Add a command, or replace the one of that name."""
    command, is_new = _registry(request).upsert(_scope(request), request.body)
    return Reply(201 if is_new else 200, command.payload())


@routes.add("GET", _GLOBAL + "/{command_id}")
@routes.add("GET", _LOCAL + "/{command_id}")
def get_command(request: Request) -> Any:
    """Return one command."""
    return _registry(request).get(_scope(request), request.id("command_id")).payload()


@routes.add("PATCH", _GLOBAL + "/{command_id}")
@routes.add("PATCH", _LOCAL + "/{command_id}")
def edit_command(request: Request) -> Any:
    """Change one command."""
    registry = _registry(request)
    return registry.edit(_scope(request), request.id("command_id"), request.body).payload()


@routes.add("DELETE", _GLOBAL + "/{command_id}")
@routes.add("DELETE", _LOCAL + "/{command_id}")
def delete_command(request: Request) -> None:
    """Remove one command."""
    _registry(request).delete(_scope(request), request.id("command_id"))
