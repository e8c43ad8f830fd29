"""Accounts: people and bots."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json

_UNFIT_FOR_USERNAMES = re.compile(r"[^a-z0-9_.]+")


@dataclass(eq=False, repr=False)
class User(Entity):
    """An account, with the name people see and the unique name."""

    id: int
    global_name: str | None
    username: str
    is_bot: bool = False
    discriminator: str = "0"
    avatar: str | None = None
    locale: str = "en-US"
    accepts_direct_messages: bool = True
    status: str = "offline"
    installed: set[int] = field(default_factory=set)  # ids of applications added to the account

    @property
    def mention(self) -> str:
        """Return what pings this user in a text."""
        return f"<@{self.id}>"

    def payload(self) -> Json:
        """Return the user object."""
        return {
            "id": str(self.id),
            "username": self.username,
            "discriminator": self.discriminator,
            "global_name": self.global_name,
            "avatar": self.avatar,
            "bot": self.is_bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "banner": None,
            "accent_color": None,
            "avatar_decoration_data": None,
            "collectibles": None,
            "primary_guild": None,
        }

    def own_payload(self) -> Json:
        """Return the user object as its owner sees it."""
        own = {"mfa_enabled": True, "locale": self.locale, "verified": True, "email": None}
        return self.payload() | own


class Someone(Entity):
    """Whoever acts for an account: a member of a guild, or a person in direct messages."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.id = user.id

    @property
    def mention(self) -> str:
        """Return what pings this person in a text."""
        return self.user.mention


def username_from(name: str, user_id: int) -> str:
    """Make a unique lower-case username that resembles `name`."""
    stem = _UNFIT_FOR_USERNAMES.sub("_", name.lower()).strip("_") or "user"
    return f"{stem[:24]}_{user_id % 10_000:04}"
