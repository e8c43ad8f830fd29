"""Roles: named sets of permissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.world import access
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild


@dataclass(eq=False, repr=False)
class Role(Entity):
    """A named set of permissions."""

    guild: Guild
    id: int
    name: str
    permissions: Permission = Permission.NONE
    position: int = 1
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    bot_id: int | None = None

    @property
    def mention(self) -> str:
        """Return what pings this role in a text."""
        return f"<@&{self.id}>"

    def payload(self) -> Json:
        """Return the role object."""
        role: Json = {
            "id": str(self.id),
            "name": self.name,
            "description": None,
            "color": self.color,
            "colors": {
                "primary_color": self.color,
                "secondary_color": None,
                "tertiary_color": None,
            },
            "hoist": self.hoist,
            "icon": None,
            "unicode_emoji": None,
            "position": self.position,
            "permissions": str(int(self.permissions)),
            "managed": self.bot_id is not None,
            "mentionable": self.mentionable,
            "flags": 0,
        }
        return role | ({"tags": {"bot_id": str(self.bot_id)}} if self.bot_id else {})

    def set_permissions(self, permissions: Permission) -> None:
        """Change what holders of this role may do."""
        with access.watched(self.guild):
            self.permissions = permissions
            self.announce("GUILD_ROLE_UPDATE")

    def announce(self, event: str) -> None:
        """Tell everybody about this role."""
        self.guild.dispatch(event, {"guild_id": str(self.guild.id), "role": self.payload()})
