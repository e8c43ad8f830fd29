"""Routes about permission overwrites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import missing_permissions, unknown
from bot.sandbox.discord.rest.channels import parse_overwrites
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import OVERWRITE
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.channels import Channel

routes = Routes()

_OVERWRITE = "/channels/{channel_id}/permissions/{overwrite_id}"


@routes.add("PUT", _OVERWRITE)
def set_overwrite(request: Request) -> None:
    """Change what a role or a member may do in a channel; nobody grants what they lack."""
    channel = request.channel(Permission.MANAGE_ROLES)
    target_id = request.id("overwrite_id")
    entry = {**request.shaped(OVERWRITE), "id": target_id}
    overwrite = parse_overwrites([entry])[target_id]
    changed = overwrite.allow | overwrite.deny
    if changed & ~request.permissions_in(channel):
        raise missing_permissions()
    channel.put_overwrite(overwrite)


@routes.add("DELETE", _OVERWRITE)
def remove_overwrite(request: Request) -> None:
    """Let a role or a member have what it has in the guild."""
    channel: Channel = request.channel(Permission.MANAGE_ROLES)
    target_id = request.id("overwrite_id")
    if target_id not in channel.overwrites:
        raise unknown("permission overwrite")
    channel.remove_overwrites(target_id)
