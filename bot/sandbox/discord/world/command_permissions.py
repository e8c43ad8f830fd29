"""What a guild's page Integrations says about commands: who may use them, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import UnknownCommandError
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.commands import Command
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member

ROLE, USER, CHANNEL = 1, 2, 3  # "Application Command Permission Type"

Target = tuple[int, int]  # type and id
Overrides = dict[Target, bool]


def allow(
    guild: Guild,
    application: Application,
    name: str | None,
    target: Role | Member | Channel,
    *,
    allowed: bool,
) -> None:
    """Say whether `target` may use a command, or any command that says nothing itself."""
    subject = application.id if name is None else _command(application, guild, name).id
    overrides = guild.command_overrides.setdefault(subject, {})
    overrides[_kind_of(target), target.id] = allowed
    payload = overrides_payload(guild, application, subject)
    event = "APPLICATION_COMMAND_PERMISSIONS_UPDATE"
    guild.world.tell(event, payload, guild=guild, only=application)


def overrides_payload(guild: Guild, application: Application, subject: int) -> Json:
    """Return the guild application command permissions object."""
    return {
        "id": str(subject),
        "application_id": str(application.id),
        "guild_id": str(guild.id),
        "permissions": [
            {"id": str(target_id), "type": kind, "permission": allowed}
            for (kind, target_id), allowed in guild.command_overrides[subject].items()
        ],
    }


def may_use(command: Command, member: Member, channel: Channel) -> bool:
    """Apply what the guild says of the command, then of all commands, then the command itself."""
    if member.may(Permission.ADMINISTRATOR):
        return True
    everywhere = member.guild.command_overrides
    levels = [everywhere.get(subject, {}) for subject in (command.id, command.application_id)]
    if _first(_of_channel(overrides, member.guild, channel) for overrides in levels) is False:
        return False
    own, general = (_of_member(overrides, member) for overrides in levels)
    if own is not None:
        return own
    return general is not False and _meets_default(command, member, channel)


def _meets_default(command: Command, member: Member, channel: Channel) -> bool:
    wanted = command.body.get("default_member_permissions")
    if wanted is None:
        return True
    # "0" offers a command to administrators alone.
    return int(wanted) != 0 and member.may(Permission(int(wanted)), channel)


def _of_channel(overrides: Overrides, guild: Guild, channel: Channel) -> bool | None:
    all_channels = guild.id - 1  # "Application Command Permissions Constants"
    here = channel.permission_source.id
    return _first(overrides.get((CHANNEL, place)) for place in (here, all_channels))


def _of_member(overrides: Overrides, member: Member) -> bool | None:
    own = overrides.get((USER, member.id))
    held = [overrides[key] for i in member.role_ids if (key := (ROLE, i)) in overrides]
    by_role = any(held) if held else None
    return _first([own, by_role, overrides.get((ROLE, member.guild.id))])


def _first(verdicts: Iterable[bool | None]) -> bool | None:
    return next((verdict for verdict in verdicts if verdict is not None), None)


def _kind_of(target: Role | Member | Channel) -> int:
    if isinstance(target, Role):
        return ROLE
    return CHANNEL if isinstance(target, Channel) else USER


def _command(application: Application, guild: Guild, name: str) -> Command:
    offered = application.commands.offered(guild.id)
    command = next((c for c in offered if c.name == name), None)
    if command is None:
        raise UnknownCommandError(name)
    return command
