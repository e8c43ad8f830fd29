"""Routes about users, direct messages and the gateway's address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, invalid_form, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.rest.request import Request

routes = Routes()

SESSION_STARTS_PER_DAY = 1000  # "Session Start Limit"
DAY_MS = 24 * 3600 * 1000
MAX_GUILDS_PER_PAGE = 200


@routes.add("GET", "/gateway", needs_token=False)
def gateway(request: Request) -> Any:
    """Return the address of the gateway."""
    return {"url": request.world.gateway_url}


@routes.add("GET", "/gateway/bot")
def gateway_bot(request: Request) -> Any:
    """Return the address of the gateway, and how to connect."""
    application = request.application
    used = len(application.identifies)
    return {
        "url": request.world.gateway_url,
        "shards": application.shards,
        "session_start_limit": {
            "total": SESSION_STARTS_PER_DAY,
            "remaining": max(0, SESSION_STARTS_PER_DAY - used),
            "reset_after": DAY_MS if used else 0,
            "max_concurrency": application.max_concurrency,
        },
    }


@routes.add("GET", "/users/@me")
def get_me(request: Request) -> Any:
    """Return the bot's own account."""
    return request.application.bot.own_payload()


@routes.add("PATCH", "/users/@me")
def edit_me(request: Request) -> Any:
    """Rename the bot's account."""
    bot, name = request.application.bot, request.body.get("username")
    if name is not None:
        if not 2 <= len(str(name)) <= 32:
            text = "Must be between 2 and 32 in length."
            raise invalid_form("username", "BASE_TYPE_BAD_LENGTH", text)
        bot.username = str(name)
    return bot.own_payload()


@routes.add("GET", "/users/@me/guilds")
def my_guilds(request: Request) -> Any:
    """Return the guilds the bot is in."""
    limit = request.number("limit", MAX_GUILDS_PER_PAGE, low=1, high=MAX_GUILDS_PER_PAGE)
    after = parse_snowflake(request.query.get("after")) or 0
    before = parse_snowflake(request.query.get("before")) or 1 << 64
    guilds = request.world.guilds_of(request.application)
    chosen = sorted((g for g in guilds if after < g.id < before), key=lambda g: g.id)[:limit]
    with_counts = request.flag("with_counts")
    return [_partial(request, guild, with_counts=with_counts) for guild in chosen]


def _partial(request: Request, guild: Any, *, with_counts: bool) -> Json:
    partial: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(int(request.me(guild).permissions)),
        "features": [],
    }
    if with_counts:
        count = len(guild.members)
        partial |= {"approximate_member_count": count, "approximate_presence_count": count}
    return partial


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(request: Request) -> None:
    """Leave a guild."""
    guild = request.guild()
    guild.remove_member(request.me(guild))


@routes.add("POST", "/users/@me/channels")
def open_direct_messages(request: Request) -> Any:
    """Open the direct messages with a user."""
    recipient_id = parse_snowflake(request.body.get("recipient_id"))
    if recipient_id is None:
        raise invalid_form("recipient_id", "BASE_TYPE_REQUIRED", "This field is required")
    user = request.world.users.get(recipient_id)
    if user is None:
        raise unknown("User")
    if user is request.application.bot:
        raise RestError(400, 50007, "Cannot send messages to this user")
    return request.world.direct_channel(request.application.bot, user).payload()


@routes.add("GET", "/users/{user_id}")
def get_user(request: Request) -> Any:
    """Return a user."""
    return request.user().payload()


@routes.add("GET", "/voice/regions")
def voice_regions(request: Request) -> Any:
    """Return the voice regions."""
    del request
    return [
        {
            "id": "rotterdam",
            "name": "Rotterdam",
            "optimal": True,
            "deprecated": False,
            "custom": False,
        }
    ]


@routes.add("GET", "/sticker-packs")
def sticker_packs(request: Request) -> Any:
    """Return the sticker packs."""
    del request
    return {"sticker_packs": []}


@routes.add("GET", "/soundboard-default-sounds")
def default_sounds(request: Request) -> Any:
    """Return the sounds everybody has."""
    del request
    return []
