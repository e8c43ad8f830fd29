"""A person in front of a Discord client: what they see, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.users import Someone

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User
    from bot.sandbox.discord.world.world import World

_READ = Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS


class Person(Someone):
    """Somebody with an account and a client."""

    def __init__(self, world: World, user: User) -> None:
        super().__init__(user)
        self.world = world
        self.ear: Listener | None = None

    @property
    def home(self) -> Guild | None:
        """Return the guild this person acts in, or None for direct messages only."""
        return None

    @property
    def is_silenced(self) -> bool:
        """Tell whether a time-out forbids this person nearly everything."""
        return False

    def direct_channel(self, application: Application | None = None) -> Channel:
        """Return the direct messages with a bot, the sandbox's own by default."""
        return self.world.direct_channel(self.user, (application or self.world.application).bot)

    def sees(self, message: Message) -> bool:
        """Tell whether this person can read a message."""
        if message.is_ephemeral:
            return message.visible_to is self.user
        return self._may(Permission.VIEW_CHANNEL, message.channel)

    def messages(self, channel: Channel) -> list[Message]:
        """Return what this person reads in a channel, oldest first."""
        return [message for message in channel.history.values() if self.sees(message)]

    def _member(self) -> Member:
        raise NotPermittedError("they are in no guild")

    def _may(self, permission: Permission, channel: Channel) -> bool:
        if channel.guild is None:
            return self.user in channel.recipients
        member = channel.guild.members.get(self.user.id)
        return member is not None and member.may(permission, channel)

    def _require(self, permission: Permission, channel: Channel | None) -> None:
        allowed = self._may(permission, channel) if channel else self._member().may(permission)
        if not allowed:
            raise NotPermittedError(f"they lack {permission!r}")

    def _place(self, channel: Channel | None, application: Application | None) -> Channel:
        if channel is not None:
            return channel
        if self.home is None:
            return self.direct_channel(application)
        places = (c for c in self.home.channels.values() if self._may(_READ, c) and _is_text(c))
        place = next(places, None)
        if place is None:
            raise NotPermittedError("they may use commands in no text channel")
        return place


def _is_text(channel: Channel) -> bool:
    return channel.holds_messages and not channel.is_vocal
