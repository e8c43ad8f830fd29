"""Routes about channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors, RestError, missing_permissions
from bot.sandbox.discord.rest.request import Reply
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import CHANNEL, OVERWRITE, STATUS, check_shape
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.permissions import Overwrite, Permission
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

# "Modify Channel"
MAX_NAME = 100
MAX_TOPIC = 1024
MAX_SLOWMODE_S = 21_600
MAX_USER_LIMIT = {ChannelType.VOICE: 99, ChannelType.STAGE: 10_000}
MIN_BITRATE_BPS, MAX_BITRATE_BPS = 8_000, 96_000
MAX_STATUS = 500
CREATABLE = {
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.CATEGORY,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
    ChannelType.FORUM,
}

_FIELDS = {
    "topic": "topic",
    "nsfw": "nsfw",
    "rate_limit_per_user": "slowmode_s",
    "bitrate": "bitrate",
    "user_limit": "user_limit",
    "rtc_region": "rtc_region",
    "position": "position",
}
_THREAD_FIELDS = {"archived": "archived"}


def parse_overwrites(entries: list[Json]) -> dict[int, Overwrite]:
    """Read a list of permission overwrite objects."""
    overwrites = {}
    for entry in entries:
        target_id = parse_snowflake(entry.get("id")) or 0
        is_role = str(entry.get("type")) in {"0", "role"}
        allow, deny = (Permission(int(entry.get(key) or 0)) for key in ("allow", "deny"))
        overwrites[target_id] = Overwrite(target_id, is_role, allow, deny)
    return overwrites


def check_fields(body: Json, kind: ChannelType, *, needs_name: bool) -> None:
    """Raise what is wrong with the fields of a channel."""
    errors = FormErrors()
    check_shape(body, CHANNEL, errors, inside={"permission_overwrites": OVERWRITE})
    errors.raise_if_any()
    if "name" in body:
        errors.length("name", minimum=1, maximum=MAX_NAME, actual=len(str(body["name"] or "")))
    elif needs_name:
        errors.required("name")
    errors.length("topic", minimum=0, maximum=MAX_TOPIC, actual=len(body.get("topic") or ""))
    _range(errors, body, "rate_limit_per_user", 0, MAX_SLOWMODE_S)
    _range(errors, body, "bitrate", MIN_BITRATE_BPS, MAX_BITRATE_BPS)
    _range(errors, body, "user_limit", 0, MAX_USER_LIMIT.get(kind, 99))
    errors.raise_if_any()


def _range(errors: FormErrors, body: Json, key: str, low: int, high: int) -> None:
    value = body.get(key)
    if value is not None and not low <= int(value) <= high:
        errors.add(key, "NUMBER_TYPE_RANGE", f"int value should be between {low} and {high}.")


def apply_fields(channel: Channel, body: Json) -> None:
    """Change what a body names."""
    known = _FIELDS | (_THREAD_FIELDS if channel.is_thread else {})
    for key, attribute in known.items():
        if key in body and (body[key] is not None or key in {"topic", "rtc_region"}):
            setattr(channel, attribute, body[key])
    if "name" in body:
        channel.name = _written(str(body["name"]), channel.type)
    if "parent_id" in body:
        channel.parent_id = parse_snowflake(body["parent_id"])
    if body.get("permission_overwrites") is not None:
        channel.overwrites = parse_overwrites(body["permission_overwrites"])


def _written(name: str, kind: ChannelType) -> str:
    """Return a name as Discord keeps it: text channels have no spaces or capitals."""
    if kind in {ChannelType.TEXT, ChannelType.ANNOUNCEMENT}:
        return name.lower().replace(" ", "-")
    return name


@routes.add("GET", "/guilds/{guild_id}/channels")
def list_channels(request: Request) -> Any:
    """Return the channels of a guild, without threads."""
    return [c.payload() for c in request.guild().channels.values() if not c.is_thread]


@routes.add("POST", "/guilds/{guild_id}/channels")
def create_channel(request: Request) -> Any:
    """Add a channel."""
    guild = request.guild_allowing(Permission.MANAGE_CHANNELS)
    errors = FormErrors()
    kind = request.shaped(CHANNEL).get("type") or 0
    if kind not in set(CREATABLE):
        errors.choices("type", ", ".join(str(int(value)) for value in sorted(CREATABLE)))
        errors.raise_if_any()
    kind = ChannelType(kind)
    check_fields(request.body, kind, needs_name=True)
    ids = request.world.ids
    channel = Channel(request.world, ids.take(), kind, guild=guild, position=len(guild.channels))
    apply_fields(channel, request.body)
    guild.insert_channel(channel)
    return Reply(201, channel.payload())


@routes.add("GET", "/channels/{channel_id}")
def get_channel(request: Request) -> Any:
    """Return a channel."""
    return request.channel().payload()


@routes.add("PATCH", "/channels/{channel_id}")
def edit_channel(request: Request) -> Any:
    """Change a channel."""
    channel = request.channel(_manage(request))
    check_fields(request.body, channel.type, needs_name=False)
    apply_fields(channel, request.body)
    channel.announce("CHANNEL_UPDATE")
    return channel.payload()


def _manage(request: Request) -> Permission:
    is_thread = request.channel().is_thread
    return Permission.MANAGE_THREADS if is_thread else Permission.MANAGE_CHANNELS


@routes.add("DELETE", "/channels/{channel_id}")
def delete_channel(request: Request) -> Any:
    """Remove a channel."""
    channel = request.channel()
    if channel.guild is None:
        return channel.payload()
    request.channel(_manage(request)).delete()
    return channel.payload()


@routes.add("PUT", "/channels/{channel_id}/voice-status")
def set_voice_status(request: Request) -> None:
    """Write the line under a voice channel's name."""
    channel = request.channel(Permission.SET_VOICE_CHANNEL_STATUS)
    if channel.guild is None or channel.type is not ChannelType.VOICE:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    me = request.me(channel.guild)
    is_here = me.voice is not None and me.voice.channel is channel
    if not is_here and not me.may(Permission.MANAGE_CHANNELS, channel):
        raise missing_permissions()
    status = request.shaped(STATUS).get("status") or None
    errors = FormErrors()
    errors.length("status", minimum=0, maximum=MAX_STATUS, actual=len(status or ""))
    errors.raise_if_any()
    channel.status = status
    payload = {"id": str(channel.id), "guild_id": str(channel.guild.id), "status": status}
    channel.guild.dispatch("VOICE_CHANNEL_STATUS_UPDATE", payload)


@routes.add("GET", "/channels/{channel_id}/invites")
def nothing(request: Request) -> Any:
    """Return an empty list."""
    request.channel()
    return []
