"""Routes about guilds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import FormErrors
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import GUILD
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.audit import Entry

routes = Routes()

MIN_NAME, MAX_NAME = 2, 100


@routes.add("GET", "/guilds/{guild_id}")
def get_guild(request: Request) -> Any:
    """Return a guild."""
    guild = request.guild()
    payload = guild.payload()
    if request.flag("with_counts"):
        online = sum(member.user.status != "offline" for member in guild.members.values())
        payload["approximate_member_count"] = len(guild.members)
        payload["approximate_presence_count"] = online
    return payload


@routes.add("PATCH", "/guilds/{guild_id}")
def edit_guild(request: Request) -> Any:
    """Change a guild."""
    guild = request.guild_allowing(Permission.MANAGE_GUILD)
    name = request.shaped(GUILD).get("name")
    if name is not None:
        errors = FormErrors()
        errors.length("name", minimum=MIN_NAME, maximum=MAX_NAME, actual=len(str(name)))
        errors.raise_if_any()
        guild.name = str(name)
    guild.description = request.body.get("description", guild.description)
    guild.preferred_locale = request.body.get("preferred_locale") or guild.preferred_locale
    guild.dispatch("GUILD_UPDATE", guild.payload())
    return guild.payload()


@routes.add("GET", "/guilds/{guild_id}/preview")
def preview(request: Request) -> Any:
    """Return the public part of a guild."""
    guild = request.guild()
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "emojis": [],
        "features": [],
        "approximate_member_count": len(guild.members),
        "approximate_presence_count": 0,
        "description": guild.description,
        "stickers": [],
    }


@routes.add("GET", "/guilds/{guild_id}/regions")
def regions(request: Request) -> Any:
    """Return the voice regions of a guild."""
    request.guild()
    return [
        {
            "id": "rotterdam",
            "name": "Rotterdam",
            "optimal": True,
            "deprecated": False,
            "custom": False,
        }
    ]


@routes.add("GET", "/guilds/{guild_id}/emojis")
def emojis(request: Request) -> Any:
    """Return the emoji of a guild."""
    return request.guild().expressions.emoji_payloads()


@routes.add("GET", "/guilds/{guild_id}/stickers")
def stickers(request: Request) -> Any:
    """Return the stickers of a guild."""
    return request.guild().expressions.sticker_payloads()


@routes.add("GET", "/guilds/{guild_id}/scheduled-events")
def nothing(request: Request) -> Any:
    """Return an empty list."""
    request.guild()
    return []


@routes.add("GET", "/guilds/{guild_id}/soundboard-sounds")
def sounds(request: Request) -> Any:
    """Return the sounds of a guild."""
    request.guild()
    return {"items": []}


@routes.add("GET", "/guilds/{guild_id}/integrations")
@routes.add("GET", "/guilds/{guild_id}/invites")
def nothing_for_managers(request: Request) -> Any:
    """Return an empty list to those who may manage the guild."""
    request.guild_allowing(Permission.MANAGE_GUILD)
    return []


@routes.add("GET", "/guilds/{guild_id}/auto-moderation/rules")
def rules(request: Request) -> Any:
    """Return the rules of AutoMod."""
    guild = request.guild_allowing(Permission.MANAGE_GUILD)
    return [rule.payload() for rule in guild.auto_moderation.rules]


@routes.add("GET", "/guilds/{guild_id}/audit-logs")
def audit_log(request: Request) -> Any:
    """Return a page of the audit log: of members and messages, not of channels and roles."""
    guild = request.guild_allowing(Permission.VIEW_AUDIT_LOG)
    limit = request.number("limit", 50, low=1, high=100)
    wanted, user_id = request.query.get("action_type"), request.id_asked("user_id")
    entries = [
        entry
        for entry in _in_order(request, guild.audit_log)
        if wanted in {None, str(entry.action)} and user_id in {None, entry.user.id}
    ][:limit]
    users = {entry.user.id: entry.user for entry in entries}
    return {
        "audit_log_entries": [entry.payload() for entry in entries],
        "users": [user.payload() for user in users.values()],
        "integrations": [],
        "webhooks": [],
        "guild_scheduled_events": [],
        "auto_moderation_rules": [],
        "threads": [],
        "application_commands": [],
    }


def _in_order(request: Request, log: list[Entry]) -> list[Entry]:
    """Return the newest entries first, or what is after an entry, oldest first."""
    if (after := request.id_asked("after")) is not None:
        return [entry for entry in log if entry.id > after]
    before = request.id_asked("before")
    return [entry for entry in reversed(log) if before is None or entry.id < before]
