"""Everything that exists in the simulated Discord, and who hears about changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.events import PRIVILEGED, Event, Intent
from bot.sandbox.discord.world.applications import Application
from bot.sandbox.discord.world.attachments import Cdn
from bot.sandbox.discord.world.calls import Calls
from bot.sandbox.discord.world.changes import Changes
from bot.sandbox.discord.world.channels import Channel, ChannelType
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.snowflakes import SnowflakeSource
from bot.sandbox.discord.world.users import User, username_from

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.world.messages import Message


class World:
    """Users, guilds, channels and applications; the state behind REST and gateway."""

    def __init__(
        self,
        *,
        application_name: str,
        privileged_intents: Intent = PRIVILEGED,
        token: str = "",
        clock_ahead_s: float = 0.0,
    ) -> None:
        self.ids = SnowflakeSource(ahead_s=clock_ahead_s)
        self.changes = Changes()
        self.cdn = Cdn()
        self.calls = Calls(self)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.direct: dict[int, Channel] = {}
        self.applications: dict[int, Application] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.readers: list[Callable[[Event], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.gateway_url = ""
        self.application = self.add_application(application_name, privileged_intents, token=token)

    def add_application(
        self, name: str, privileged_intents: Intent = PRIVILEGED, *, token: str = ""
    ) -> Application:
        """Register an application with its bot account."""
        owner = self.add_user(f"{name} developer")
        application_id = self.ids.take()
        bot = User(application_id, None, name, is_bot=True, discriminator="0001")
        self.users[bot.id] = bot
        application = Application(
            application_id, name, bot, owner, self.ids, privileged_intents, token=token
        )
        self.applications[application_id] = application
        return application

    def add_user(self, name: str, *, locale: str = "en-US") -> User:
        """Create the account of a person."""
        user_id = self.ids.take()
        user = User(user_id, name, username_from(name, user_id), locale=locale)
        self.users[user_id] = user
        return user

    def add_guild(self, name: str, *, premium_tier: int = 0, with_bot: bool = True) -> Guild:
        """Create a guild with its owner and, by default, the sandbox's own bot."""
        guild = Guild(self, name, premium_tier=premium_tier)
        self.guilds[guild.id] = guild
        guild.found(f"{name} owner")
        if with_bot:
            guild.add_bot(self.application)
        return guild

    def remove_guild(self, guild: Guild) -> None:
        """Delete a guild."""
        for member in [m for m in guild.members.values() if m.user.is_bot]:
            guild.remove_member(member)
        self.guilds.pop(guild.id, None)

    def channel(self, channel_id: int) -> Channel | None:
        """Return any channel by its id."""
        if channel_id in self.direct:
            return self.direct[channel_id]
        found = (g.channels.get(channel_id) for g in self.guilds.values())
        return next((channel for channel in found if channel is not None), None)

    def direct_channel(self, one: User, other: User) -> Channel:
        """Return the direct messages between two users, opened when needed."""
        for channel in self.direct.values():
            if {user.id for user in channel.recipients} == {one.id, other.id}:
                return channel
        channel = Channel(self, self.ids.take(), ChannelType.DM, recipients=[one, other])
        self.direct[channel.id] = channel
        return channel

    def application_of(self, bot: User) -> Application:
        """Return the application that owns a bot account."""
        return self.applications[bot.id]

    def application_by_token(self, token: str) -> Application | None:
        """Return the application with this token."""
        return next((a for a in self.applications.values() if a.token == token), None)

    def guilds_of(self, application: Application) -> list[Guild]:
        """Return the guilds the bot of `application` is in."""
        return [g for g in self.guilds.values() if application.bot.id in g.members]

    def tell(
        self,
        name: str,
        payload: Json,
        *,
        guild: Guild | None = None,
        channel: Channel | None = None,
        only: Application | None = None,
        message: Message | None = None,
    ) -> None:
        """Send an event to every session that should get it."""
        self.publish(Event(name, payload, guild, channel, only, message))

    def publish(self, event: Event) -> None:
        """Hand a finished event to all readers."""
        for reader in self.readers:
            reader(event)
        self.changes.notify()

    def tell_guild_create(
        self, guild: Guild, application: Application, *, is_new: bool = False
    ) -> None:
        """Tell one bot all about a guild it joined, or that came back."""
        # Only a guild the bot has just joined says nothing of an outage.
        payload = {} if is_new else {"unavailable": False}
        self.tell("GUILD_CREATE", payload, guild=guild, only=application)

    def spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run something that takes time; outside a running loop there is nobody to wait for."""
        try:
            task = asyncio.get_running_loop().create_task(work, name=f"sandbox-{name}")
        except RuntimeError:
            work.close()
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End everything that is still going on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
