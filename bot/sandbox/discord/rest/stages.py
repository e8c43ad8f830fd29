"""Routes about stage instances: the topic of a live stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors, missing_permissions, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.guilds import Guild

routes = Routes()

MAX_TOPIC = 120
# "Moderators" of a stage hold all of these.
MODERATOR = Permission.MANAGE_CHANNELS | Permission.MUTE_MEMBERS | Permission.MOVE_MEMBERS

_STAGE = "/stage-instances/{channel_id}"


def _topic(request: Request) -> str:
    topic = str(request.body.get("topic") or "")
    errors = FormErrors()
    errors.length("topic", minimum=1, maximum=MAX_TOPIC, actual=len(topic))
    errors.raise_if_any()
    return topic


def _moderated(request: Request, channel: Channel | None) -> tuple[Guild, Channel]:
    if channel is None or channel.guild is None or channel.type is not ChannelType.STAGE:
        raise unknown("Channel")
    held = request.permissions_in(channel)
    if held & MODERATOR != MODERATOR:
        raise missing_permissions()
    return channel.guild, channel


def _live(guild: Guild, channel: Channel) -> Json:
    if channel.id not in guild.stages:
        raise unknown("Stage Instance")
    return guild.stages[channel.id]


@routes.add("POST", "/stage-instances")
def open_stage(request: Request) -> Any:
    """Open a stage."""
    channel_id = parse_snowflake(request.body.get("channel_id")) or 0
    guild, channel = _moderated(request, request.world.channel(channel_id))
    guild.stages[channel.id] = {
        "id": str(request.world.ids.take()),
        "guild_id": str(guild.id),
        "channel_id": str(channel.id),
        "topic": _topic(request),
        "privacy_level": 2,
        "discoverable_disabled": True,
        "guild_scheduled_event_id": None,
    }
    guild.dispatch("STAGE_INSTANCE_CREATE", guild.stages[channel.id])
    return guild.stages[channel.id]


@routes.add("GET", _STAGE)
def get_stage(request: Request) -> Any:
    """Return a live stage."""
    channel = request.channel()
    if channel.guild is None:
        raise unknown("Stage Instance")
    return _live(channel.guild, channel)


@routes.add("PATCH", _STAGE)
def edit_stage(request: Request) -> Any:
    """Change the topic of a live stage."""
    guild, channel = _moderated(request, request.channel())
    stage = _live(guild, channel)
    stage["topic"] = _topic(request)
    guild.dispatch("STAGE_INSTANCE_UPDATE", stage)
    return stage


@routes.add("DELETE", _STAGE)
def close_stage(request: Request) -> None:
    """Close a stage."""
    guild, channel = _moderated(request, request.channel())
    stage = _live(guild, channel)
    del guild.stages[channel.id]
    guild.dispatch("STAGE_INSTANCE_DELETE", stage)
