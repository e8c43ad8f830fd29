"""Members use commands: only what a real client would offer them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import (
    InvalidOptionError,
    NoResponseError,
    NotPermittedError,
    UnknownCommandError,
)
from bot.sandbox.discord.interactions import command_rules as rules
from bot.sandbox.discord.interactions.commands import (
    BOT_DM_CONTEXT,
    GUILD_CONTEXT,
    USER_INSTALL,
    Command,
)
from bot.sandbox.discord.interactions.interaction import Interaction, InteractionType, start
from bot.sandbox.discord.interactions.options import Resolved, wire_options
from bot.sandbox.discord.world.command_permissions import may_use
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.person import Person
    from bot.sandbox.discord.world.users import User

Options = Mapping[str, object]


def offered(actor: Person, channel: Channel, application: Application) -> list[Command]:
    """Return the commands the client of `actor` shows in `channel`."""
    guild_id = channel.guild.id if channel.guild else None
    commands = application.commands.offered(guild_id)
    return [c for c in commands if _is_offered(c, actor, channel, application)]


def slash(
    actor: Person, path: str, entered: Options, channel: Channel, application: Application | None
) -> Interaction:
    """Use a slash command, given as `"name"`, `"name sub"` or `"name group sub"`."""
    owner, command = _find(actor, path.split()[0], rules.CHAT_INPUT, channel, application)
    resolved = Resolved(actor, channel)
    leaf, wrap = _descend(command, path.split()[1:])
    options = wire_options(leaf, entered, resolved)
    body = _command_body(command, resolved) | {"options": wrap(options)}
    return _start(actor, InteractionType.COMMAND, owner, channel, command, body, path)


async def autocomplete(
    actor: Person,
    path: str,
    option: str,
    typed: str,
    *,
    entered: Options,
    channel: Channel,
    application: Application | None,
) -> list[Json]:
    """Type into an option and return the choices that appear."""
    owner, command = _find(actor, path.split()[0], rules.CHAT_INPUT, channel, application)
    resolved = Resolved(actor, channel)
    leaf, wrap = _descend(command, path.split()[1:])
    declared = next((o for o in leaf if o["name"] == option), None)
    if declared is None or not declared.get("autocomplete"):
        raise InvalidOptionError(f"{option} does not complete")
    optional = [{**o, "required": False} for o in leaf]
    others = wire_options(optional, {k: v for k, v in entered.items() if k != option}, resolved)
    focused = {"name": option, "type": declared["type"], "value": typed, "focused": True}
    body = _command_body(command, resolved) | {"options": wrap([*others, focused])}
    kind = InteractionType.AUTOCOMPLETE
    interaction = await _start(actor, kind, owner, channel, command, body, path).wait_for_ack()
    if interaction.choices is None:
        raise NoResponseError("Loading options failed")
    return interaction.choices


def use_on_message(
    actor: Person, name: str, message: Message, application: Application | None
) -> Interaction:
    """Use a message command from the menu of `message`."""
    if not actor.sees(message):
        raise NotPermittedError("they cannot see that message")
    channel = message.channel
    owner, command = _find(actor, name, rules.MESSAGE, channel, application)
    resolved = Resolved(actor, channel)
    target = resolved.add_message(message)
    body = _command_body(command, resolved) | {"target_id": target}
    return _start(actor, InteractionType.COMMAND, owner, channel, command, body, name)


def use_on_user(
    actor: Person,
    name: str,
    target: Member | User,
    channel: Channel,
    application: Application | None,
) -> Interaction:
    """Use a user command from the menu of `target`."""
    owner, command = _find(actor, name, rules.USER, channel, application)
    resolved = Resolved(actor, channel)
    target_id = resolved.add(target)
    body = _command_body(command, resolved) | {"target_id": target_id}
    return _start(actor, InteractionType.COMMAND, owner, channel, command, body, name)


def _find(
    actor: Person, name: str, kind: int, channel: Channel, application: Application | None
) -> tuple[Application, Command]:
    world = channel.world
    candidates = [application] if application else list(world.applications.values())
    for owner in candidates:
        for command in offered(actor, channel, owner):
            if command.type == kind and name in {command.name, _translated(command, actor)}:
                return owner, command
    if any(c.name == name for a in candidates for c in _all(a, channel)):
        raise NotPermittedError(f"{name} is not offered to them here")
    raise UnknownCommandError(name)


def _all(application: Application, channel: Channel) -> list[Command]:
    return application.commands.offered(channel.guild.id if channel.guild else None)


def _translated(command: Command, actor: Person) -> str | None:
    names: dict[str, str] = command.body.get("name_localizations") or {}
    return names.get(actor.user.locale)


def _is_offered(
    command: Command, actor: Person, channel: Channel, application: Application
) -> bool:
    if channel.guild is None:
        contexts = command.body.get("contexts")
        allowed = contexts is None or BOT_DM_CONTEXT in contexts
        return allowed and application.bot in channel.recipients
    contexts = command.body.get("contexts")
    if contexts is not None and GUILD_CONTEXT not in contexts:
        return False
    if command.body.get("nsfw") and not channel.nsfw:
        return False
    return _is_installed(command, actor, channel, application) and _may_use(command, actor, channel)


def _is_installed(
    command: Command, actor: Person, channel: Channel, application: Application
) -> bool:
    assert channel.guild is not None
    if application.bot.id in channel.guild.members:
        return True
    by_user = USER_INSTALL in (command.body.get("integration_types") or [])
    return by_user and application.id in actor.user.installed


def _may_use(command: Command, actor: Person, channel: Channel) -> bool:
    assert channel.guild is not None
    member = channel.guild.members.get(actor.user.id)
    needed = Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS
    if member is None or not member.may(needed, channel):
        return False
    return may_use(command, member, channel)


class _Wrap:
    """Puts options back under the sub-command they belong to."""

    def __init__(self, nodes: list[Json]) -> None:
        self._nodes = nodes

    def __call__(self, options: list[Json]) -> list[Json]:
        for node in reversed(self._nodes):
            options = [{"name": node["name"], "type": node["type"], "options": options}]
        return options


def _descend(command: Command, names: list[str]) -> tuple[list[Json], _Wrap]:
    declared, nodes = list(command.body["options"]), []
    for name in names:
        node = next((o for o in declared if o["name"] == name and o["type"] in {1, 2}), None)
        if node is None:
            raise UnknownCommandError(f"{command.name} has no {name}")
        nodes.append(node)
        declared = node.get("options") or []
    if any(option["type"] in {rules.SUB_COMMAND, rules.SUB_COMMAND_GROUP} for option in declared):
        raise UnknownCommandError(f"{command.name} needs a sub-command")
    return declared, _Wrap(nodes)


def _command_body(command: Command, resolved: Resolved) -> Json:
    body: Json = {"id": str(command.id), "name": command.name, "type": command.type}
    if command.guild_id is not None:
        body["guild_id"] = str(command.guild_id)
    return body | ({"resolved": resolved.parts} if resolved.parts else {})


def _start(
    actor: Person,
    kind: InteractionType,
    application: Application,
    channel: Channel,
    command: Command,
    body: Json,
    name: str,
) -> Interaction:
    in_guild = channel.guild is not None and application.bot.id in channel.guild.members
    interaction = Interaction(
        channel.world.ids.take(),
        kind,
        application,
        actor,
        channel,
        body,
        command_type=command.type,
        name=name,
        by_user_install=channel.guild is not None and not in_guild,
        locale=actor.user.locale,
    )
    return start(interaction)
