"""Discord as a bot's voice sees it: guilds, the main gateway, moderators, outages."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.voice import _payloads as payloads
from tests.voice._payloads import CONNECT, SPEAK, STAGE, VIEW, Channel, Guild, Seat
from tests.voice._voice_server import VoiceServers

Parse = Callable[[str, dict[str, Any]], None]

CLOSED_AFTER_S = 0.03
SERVER_AFTER_S = 0.1


@dataclass(frozen=True)
class Wish:
    """An op 4 as it left the bot."""

    at: float
    guild_id: int
    channel_id: int | None


class Shard:
    """One gateway connection, as far as discord.py's `DiscordWebSocket` is asked about it."""

    def __init__(self, discord: Discord) -> None:
        self._discord = discord
        self.open = True
        self.session_id: str | None = None

    async def voice_state(
        self, guild_id: int, channel_id: int | None, self_mute: bool = False, *, self_deaf: bool
    ) -> None:
        """Send op 4."""
        if not self.open:
            raise ConnectionResetError
        assert self_deaf
        assert not self_mute
        self._discord.hear_wish(self, Wish(self._discord.loop.time(), guild_id, channel_id))


class Discord:
    """The other side of everything, but for the voice servers.

    What is done here happens at once; the bot is told in order, up to `latency_s` later, and its
    wishes take as long.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, random: Random, latency_s: float) -> None:
        self.loop = loop
        self.random = random
        self.latency_s = latency_s
        self.guilds: dict[int, Guild] = {}
        self.shard = Shard(self)
        self.voice = VoiceServers(self)
        self.wishes: list[Wish] = []
        self.on_wish: Callable[[Wish], None] = lambda wish: None
        self.lost_wishes = 0
        """How many of the next wishes are not answered."""
        self.repeats_itself = True
        """Whether a wish for the channel the bot is in is answered."""
        self.renews_sessions = True
        """Whether a call that is joined again has another session id in one gateway session."""
        self._parse: Parse = lambda name, data: None
        self._down: deque[tuple[str, dict[str, Any]]] = deque()
        self._down_at = self._up_at = 0.0
        self._numbers = itertools.count(1)

    # The main gateway

    def hear_wish(self, shard: Shard, wish: Wish) -> None:
        """Take an op 4 from the bot."""
        self.wishes.append(wish)
        self.on_wish(wish)
        self._up_at = max(self._up_at + 1e-6, self.loop.time() + self.delay_s())
        self.loop.call_at(self._up_at, self._grant, shard, wish)

    def greet(self, parse: Parse) -> None:
        """Begin a new gateway session, with the same bot process or another one."""
        self.shard.open = False
        self.shard = Shard(self)
        self._down.clear()
        self._parse = parse
        joined = [guild for guild in self.guilds.values() if guild.has_bot]
        self._tell("READY", payloads.ready(joined, self._name("gateway")))
        for guild in joined:
            if guild.is_available:
                self._tell("GUILD_CREATE", payloads.guild_create(guild))

    def cut(self) -> None:
        """Break the gateway connection."""
        self.shard.open = False

    def resume(self) -> None:
        """Let the bot go on with its gateway session, and tell it what it has missed."""
        self.shard.open = True
        for _ in self._down:
            self.loop.call_soon(self._deliver)

    def delay_s(self) -> float:
        """Return how long a message is under way."""
        return self.random.uniform(0.0, self.latency_s)

    def _tell(self, name: str, data: dict[str, Any], *, after_s: float = 0.0) -> None:
        self._down.append((name, data))
        self._down_at = max(self._down_at + 1e-6, self.loop.time() + after_s + self.delay_s())
        self.loop.call_at(self._down_at, self._deliver)

    def _deliver(self) -> None:
        if not self.shard.open or not self._down:
            return
        name, data = self._down.popleft()
        if name == "READY":
            self.shard.session_id = data["session_id"]
        self._parse(name, data)

    def _name(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"

    # Guilds

    def add_guild(self, guild_id: int, *channels: Channel) -> Guild:
        """Add a guild the bot is in; it hears of it when it is greeted."""
        guild = Guild(guild_id, {channel.id: channel for channel in channels})
        self.guilds[guild_id] = guild
        return guild

    def begin_outage(self, guild: Guild, *, ends_calls: bool) -> None:
        """Make a guild unavailable."""
        guild.is_available = False
        self._tell("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
        if ends_calls:
            self._unseat(guild, code=4014)

    def end_outage(self, guild: Guild) -> None:
        """Make it available again."""
        guild.is_available = True
        self._tell("GUILD_CREATE", payloads.guild_create(guild))

    def remove_bot(self, guild: Guild) -> None:
        """Throw the bot out of a guild."""
        guild.has_bot = False
        self._unseat(guild, code=4014)
        self._tell("GUILD_DELETE", {"id": str(guild.id)})

    def delete_channel(self, guild: Guild, channel_id: int) -> None:
        """Delete a channel with everybody in it."""
        self._tell("CHANNEL_DELETE", payloads.channel(guild, guild.channels.pop(channel_id)))
        guild.people = {user: place for user, place in guild.people.items() if place != channel_id}
        if guild.place == channel_id:
            self._unseat(guild, code=4022)
            self._tell_state(guild)

    def bring(self, guild: Guild, user_id: int, channel_id: int | None) -> None:
        """Let somebody come into a channel, or leave all of them."""
        if channel_id is None:
            guild.people.pop(user_id, None)
        else:
            guild.people[user_id] = channel_id
        self._tell("VOICE_STATE_UPDATE", payloads.person_state(guild, user_id))
        if guild.connection is not None:
            guild.connection.regroup()

    # What the bot wants

    def _grant(self, shard: Shard, wish: Wish) -> None:
        guild = self.guilds[wish.guild_id]
        if shard is not self.shard or not (guild.has_bot and guild.is_available):
            return
        if self.lost_wishes:
            self.lost_wishes -= 1
        elif wish.channel_id is None:
            if guild.seat is not None:
                self._unseat(guild, code=4014)
                self._tell_state(guild)
        elif self._lets_in(guild, wish.channel_id):
            self._place(guild, wish.channel_id)

    def _lets_in(self, guild: Guild, channel_id: int) -> bool:
        channel = guild.channels.get(channel_id)
        if channel is None or channel.denied & (VIEW | CONNECT):
            return False
        is_full = 0 < channel.limit <= len(guild.company(channel_id))
        return guild.place == channel_id or not is_full

    def _place(self, guild: Guild, channel_id: int) -> None:
        if guild.seat is None:
            gateway_session = self.shard.session_id or ""
            session_id = self._name("session") if self.renews_sessions else gateway_session
            guild.seat = Seat(channel_id, session_id)
            self._sit_down(guild)
            self.name_server(guild)
        elif guild.place != channel_id:
            self.move(guild, channel_id)
        elif self.repeats_itself:
            self._tell_state(guild)
            self._tell("VOICE_SERVER_UPDATE", payloads.server_update(guild, guild.seat))

    # What Discord and moderators do to the bot's voice

    def move(self, guild: Guild, channel_id: int) -> None:
        """Move the bot: the new state, close 4014 of the old connection, the new server."""
        seat = guild.seat
        if seat is None or seat.channel_id == channel_id:
            return
        old, seat.connection = seat.connection, None
        seat.channel_id, seat.token, seat.endpoint = channel_id, "", None
        self._sit_down(guild)
        if old is not None:
            self.loop.call_later(CLOSED_AFTER_S, old.close_from_server, 4014)
        token = seat.token = self._name("moved")
        self.loop.call_later(SERVER_AFTER_S, self._name_server_if_still, guild, token)

    def _name_server_if_still(self, guild: Guild, token: str) -> None:
        if guild.seat is not None and guild.seat.token == token:
            self.name_server(guild)

    def name_server(self, guild: Guild) -> None:
        """Give the call a new voice server, or none if there is none."""
        if guild.seat is not None:
            guild.seat.token = self._name("token")
            guild.seat.endpoint = self._name("server") if guild.has_voice_server else None
            self._tell("VOICE_SERVER_UPDATE", payloads.server_update(guild, guild.seat))

    def kick(self, guild: Guild, *, told_after_s: float | None, closed_after_s: float) -> None:
        """Throw the bot out of the call; `told_after_s`: when the gateway says so, if it does."""
        seat, guild.seat = guild.seat, None
        if seat is None:
            return
        if seat.connection is not None:
            self.loop.call_later(closed_after_s, seat.connection.close_from_server, 4014)
        if told_after_s is not None:
            self._tell_state(guild, after_s=told_after_s)

    def mute(self, guild: Guild, *, is_muted: bool) -> None:
        """Mute the bot in a guild, or let it be heard again."""
        if guild.seat is not None:
            guild.seat.is_muted = is_muted
            self._tell_state(guild)

    def suppress(self, guild: Guild, *, is_suppressed: bool) -> None:
        """Send the bot to the audience, or let it speak."""
        if guild.seat is not None:
            guild.seat.is_suppressed = is_suppressed
            self._tell_state(guild)

    def forget_voice(self) -> None:
        """Drop the bot from every call, as the end of a gateway session does."""
        for guild in self.guilds.values():
            self._unseat(guild, code=4014)

    def _sit_down(self, guild: Guild) -> None:
        seat = guild.seat
        assert seat is not None
        channel = guild.channels[seat.channel_id]
        seat.is_suppressed = channel.kind == STAGE or bool(channel.denied & SPEAK)
        self._tell_state(guild)

    def _tell_state(self, guild: Guild, *, after_s: float = 0.0) -> None:
        self._tell("VOICE_STATE_UPDATE", payloads.own_state(guild), after_s=after_s)

    def _unseat(self, guild: Guild, *, code: int) -> None:
        seat, guild.seat = guild.seat, None
        if seat is not None and seat.connection is not None:
            seat.connection.close_from_server(code)
