"""discord.py's side of a guild's voice: hands events down and wishes up."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import discord

from bot.tasks import Tasks

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

    from bot.voice.presence import Presence

CallChannel = discord.VoiceChannel | discord.StageChannel


class VoiceClient(discord.VoiceProtocol):
    """What `channel.connect(cls=VoiceClient)` registers with the library.

    It stays registered for as long as the bot is wanted in a call of the guild, over any number of
    connections. The library's own voice connection is not used: it recovers from little and
    reports less. What this class asks of the library is the main gateway, and a websocket.
    """

    channel: CallChannel

    def __init__(self, client: discord.Client, channel: discord.abc.Connectable) -> None:
        super().__init__(client, channel)
        self.guild_id = self.channel.guild.id
        self.user_id = cast("discord.ClientUser", client.user).id
        self.presence: Presence | None = None
        self._tasks = Tasks()

    # What the library calls

    async def connect(
        self,
        *,
        timeout: float,  # noqa: ASYNC109 - the library's signature
        reconnect: bool,
        self_deaf: bool = False,
        self_mute: bool = False,
    ) -> None:
        """Do nothing: a presence connects, and goes on doing so."""

    async def disconnect(self, *, force: bool = False) -> None:
        """Leave the call."""
        if self.presence is not None:
            await self.presence.close()
        self.cleanup()

    def cleanup(self) -> None:
        """Take this client, and no other, out of the library's registry."""
        if self in self.client.voice_clients:
            super().cleanup()

    async def on_voice_state_update(self, data: Any, /) -> None:
        """Hand on where the bot is."""
        channel = self._guild_channel(data["channel_id"])
        if isinstance(channel, CallChannel):
            self.channel = channel  # an uncached channel leaves the last one in place
        if self.presence is not None:
            self.presence.on_voice_state(data)

    async def on_voice_server_update(self, data: Any, /) -> None:
        """Hand on where its voice server is."""
        if self.presence is not None:
            self.presence.on_voice_server(data)

    # What a presence asks for

    @property
    def is_member(self) -> bool:
        """Whether the bot is still in the guild."""
        return self.client.get_guild(self.guild_id) is not None

    @property
    def is_reachable(self) -> bool:
        """Whether the guild is there and its shard has told Discord who it is."""
        guild = self.client.get_guild(self.guild_id)
        if guild is None or guild.unavailable:
            return False
        gateway = self._gateway()
        return gateway is not None and gateway.open and gateway.session_id is not None

    def has_channel(self, channel_id: int) -> bool:
        """Whether the guild has such a channel."""
        return self._guild_channel(channel_id) is not None

    def has_company(self, channel_id: int) -> bool:
        """Whether anybody else is in the call."""
        channel = self._guild_channel(channel_id)
        if not isinstance(channel, CallChannel):
            return False
        return any(user_id != self.user_id for user_id in channel.voice_states)

    async def request(self, channel_id: int | None) -> None:
        """Ask Discord to be in a channel, or in none.

        Raises:
            ConnectionError: The gateway is away, or the bot is not in the guild.
        """
        gateway = self._gateway()
        if gateway is None or not self.is_reachable:
            raise ConnectionError("the gateway is away")
        try:
            await gateway.voice_state(self.guild_id, channel_id, self_deaf=True)
        except (OSError, RuntimeError, discord.ConnectionClosed) as error:
            raise ConnectionError("the gateway went away") from error

    async def dial(self, url: str) -> ClientWebSocketResponse:
        """Open a websocket with the library's proxy and certificates."""
        # Uncompressed: the frames are short, and a compressor would cost every guild its memory.
        return await self.client.http.ws_connect(url)

    # What a session asks for

    def channel_of(self, channel_id: int | None) -> CallChannel:
        """Return a channel, or the last one the bot was in if it is not known (any more)."""
        channel = self._guild_channel(channel_id)
        return channel if isinstance(channel, CallChannel) else self.channel

    def take_the_stage(self) -> bool:
        """Become a speaker if the bot may by itself, else raise its hand; return whether it may."""
        stage = self.channel
        if not isinstance(stage, discord.StageChannel):
            return False
        may = stage.permissions_for(stage.guild.me).mute_members
        self._tasks.start(self._ask_for_a_voice(stage, may=may), name="take the stage")
        return may

    async def _ask_for_a_voice(self, stage: discord.StageChannel, *, may: bool) -> None:
        me = stage.guild.me
        with contextlib.suppress(discord.HTTPException):  # the members have been told what to do
            await (me.edit(suppress=False) if may else me.request_to_speak())

    def _gateway(self) -> discord.gateway.DiscordWebSocket | None:
        # The library has no public way to a shard's websocket but through a cached guild, which
        # says nothing about whether a wish can be sent at all.
        try:
            gateway: discord.gateway.DiscordWebSocket | None = self.client._get_websocket(
                self.guild_id
            )
        except KeyError:  # the shard is still being started
            return None
        return gateway

    def _guild_channel(self, channel_id: int | str | None) -> discord.abc.GuildChannel | None:
        guild = self.client.get_guild(self.guild_id)
        return guild.get_channel(int(channel_id)) if guild and channel_id else None


def people_in(channel: CallChannel) -> frozenset[int]:
    """Return the ids of those in a call who are no bots."""
    return frozenset(
        user_id for user_id in channel.voice_states if _is_person(channel.guild, user_id)
    )


def _is_person(guild: discord.Guild, user_id: int) -> bool:
    # Without the members intent not everyone in a call is cached; a stranger counts as a person.
    member = guild.get_member(user_id)
    return member is None or not member.bot
