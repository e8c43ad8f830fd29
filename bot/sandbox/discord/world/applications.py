"""Applications: a bot account, a token, and the commands it registered."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.events import PRIVILEGED, Intent
from bot.sandbox.discord.interactions.commands import CommandRegistry
from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.world.snowflakes import SnowflakeSource
    from bot.sandbox.discord.world.users import User

# "Application Flags": of verified applications, and of those that need not be (LIMITED).
VERIFIED_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 12,
    Intent.GUILD_MEMBERS: 1 << 14,
    Intent.MESSAGE_CONTENT: 1 << 18,
}
LIMITED_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}


def new_token(application_id: int) -> str:
    """Make a bot token: the id in base64 and two random parts."""
    identity = base64.b64encode(str(application_id).encode()).decode().rstrip("=")
    return f"{identity}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"


@dataclass(eq=False, repr=False)
class Application(Entity):
    """A program with a bot account."""

    id: int
    name: str
    bot: User
    owner: User
    ids: SnowflakeSource
    privileged_intents: Intent = PRIVILEGED  # what its page in the developer portal allows
    is_verified: bool = False
    token: str = ""
    description: str = ""
    interactions: list[Interaction] = field(default_factory=list)
    shards: int = 1
    max_concurrency: int = 1
    identifies: list[float] = field(default_factory=list)  # monotonic seconds
    verify_key: str = field(default_factory=lambda: secrets.token_hex(32))

    def __post_init__(self) -> None:
        self.token = self.token or new_token(self.id)
        self.commands = CommandRegistry(self.id, self.ids)

    @property
    def sync_count(self) -> int:
        """Return how often the commands were overwritten in bulk."""
        return self.commands.bulk_overwrites

    @property
    def flags(self) -> int:
        """Return the application flags."""
        flags = VERIFIED_FLAGS if self.is_verified else LIMITED_FLAGS
        return sum(bit for intent, bit in flags.items() if self.privileged_intents & intent)

    def set_limited_flags(self, flags: int) -> None:
        """Take the privileged intents that `flags` name, and no others."""
        asked = (intent for intent, bit in LIMITED_FLAGS.items() if flags & bit)
        self.privileged_intents = Intent(sum(asked))

    def payload(self, *, guild_count: int) -> Json:
        """Return the application object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "description": self.description,
            "summary": "",
            "type": None,
            "bot": self.bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "terms_of_service_url": None,
            "privacy_policy_url": None,
            "owner": self.owner.payload(),
            "verify_key": self.verify_key,
            "team": None,
            "flags": self.flags,
            "tags": [],
            "rpc_origins": [],
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "event_webhooks_url": None,
            "event_webhooks_status": 1,
            "approximate_guild_count": guild_count,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "integration_types_config": {"0": {}, "1": {}},
            "hook": True,
            "is_monetized": False,
        }
