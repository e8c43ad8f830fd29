"""Who is in which call, and what the gateway says about it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.session import Seat
from bot.sandbox.discord.world.channels import ChannelType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import iso

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.voice.server import VoiceServer
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.world import World

# "Voice Close Event Codes": 4014 also means that the main gateway session was dropped.
DISCONNECTED = 4014
CALL_ENDED = 4022
# Discord documents none of the pauses; discord.py 2.7.1 now and then misses the second of two
# events at the same instant and hangs for 30 s (voice_state.py:239), which is not seen in the
# wild, so none is zero.
SERVER_AFTER_STATE_S = 0.01
CLOSE_AFTER_STATE_S = 0.03
SERVER_AFTER_CLOSE_S = 0.1


@dataclass(eq=False, repr=False)
class VoiceState:
    """Where a member is connected, and how."""

    member: Member
    channel: Channel
    session_id: str
    token: str
    self_mute: bool = False
    self_deaf: bool = False
    suppress: bool = False
    asked_to_speak_at: datetime | None = None
    gateway_session: str = ""  # of a bot: ends with it

    def payload(self, *, with_member: bool = True, connected: bool = True) -> Json:
        """Return the voice state object; not `connected` says that the member left."""
        guild = self.member.guild
        state: Json = {
            "guild_id": str(guild.id),
            "channel_id": str(self.channel.id) if connected else None,
            "user_id": str(self.member.id),
            "session_id": self.session_id,
            "deaf": self.member.is_deafened,
            "mute": self.member.is_muted,
            "self_deaf": self.self_deaf,
            "self_mute": self.self_mute,
            "self_video": False,
            "suppress": self.suppress,
            "request_to_speak_timestamp": iso(self.asked_to_speak_at),
        }
        return state | ({"member": self.member.payload()} if with_member else {})

    def seat(self) -> Seat:
        """Return what lets a bot identify with the voice server."""
        return Seat(
            self.member.guild.id,
            self.channel.id,
            self.member.id,
            self.session_id,
            self.token,
            is_stage=self.channel.type is ChannelType.STAGE,
        )


def is_suppressed(member: Member, channel: Channel) -> bool:
    """Tell whether `member` arrives in `channel` without a voice."""
    if channel.type is ChannelType.STAGE:
        return True  # moderators, too, start in the audience
    return not member.may(Permission.SPEAK, channel)


def may_join(member: Member, channel: Channel) -> bool:
    """Tell whether Discord lets `member` into `channel`."""
    if not channel.is_vocal:
        return False
    if not member.may(Permission.VIEW_CHANNEL | Permission.CONNECT, channel):
        return False
    is_here = member.voice is not None and member.voice.channel is channel
    has_room = not channel.is_full or member.may(Permission.MOVE_MEMBERS, channel)
    return is_here or has_room


class Calls:
    """All voice states, with the voice server behind them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.voice: VoiceServer | None = None
        self._order = asyncio.Lock()
        self.requests: list[tuple[float, Json]] = []  # every op 4, with its monotonic time

    def request(
        self, application: Application, guild: Guild, wish: Json, *, gateway_session: str
    ) -> None:
        """Do what a bot asked for with op 4; what is not allowed is not answered at all."""
        member = guild.members[application.bot.id]
        if wish.get("channel_id") is None:
            self.leave(guild, member.id, code=None)
            return
        channel = guild.channels.get(int(wish["channel_id"]))
        if channel is None or not may_join(member, channel):
            return
        flags = bool(wish.get("self_mute")), bool(wish.get("self_deaf"))
        state = member.voice
        if state is None or state.gateway_session != gateway_session:
            self._enter(member, channel, flags, gateway_session)
            return
        self._change(state, channel, flags)

    def _enter(
        self, member: Member, channel: Channel, flags: tuple[bool, bool], gateway_session: str
    ) -> None:
        if member.voice is not None:  # a process before this one, which died in the call
            self._spawn_evict(member.guild.id, member.id, DISCONNECTED)
        state = self.join(member, channel, self_mute=flags[0], self_deaf=flags[1])
        state.gateway_session = gateway_session
        self._world.spawn(self._welcome(state, state.token), "voice-welcome")

    async def _welcome(self, state: VoiceState, token: str) -> None:
        await asyncio.sleep(SERVER_AFTER_STATE_S)
        # After an eviction that is still under way: it would take the new seat along.
        async with self._order:
            if state.member.voice is state and state.token == token:
                self.announce_server(state.member)

    def _change(self, state: VoiceState, channel: Channel, flags: tuple[bool, bool]) -> None:
        changed = (state.self_mute, state.self_deaf) != flags
        state.self_mute, state.self_deaf = flags
        if state.channel is not channel:
            self.move(state.member, channel)
            return
        self.announce(state)
        if not changed:
            self._world.spawn(self._welcome(state, state.token), "voice-welcome")

    def forget_session(self, guild: Guild, user_id: int, gateway_session: str) -> None:
        """Disconnect a bot whose gateway session ended, unless it is back by another one."""
        state = guild.voice_states.get(user_id)
        if state is not None and state.gateway_session == gateway_session:
            self.leave(guild, user_id)

    def join(
        self, member: Member, channel: Channel, *, self_mute: bool = False, self_deaf: bool = False
    ) -> VoiceState:
        """Connect `member` and tell everybody."""
        state = VoiceState(
            member,
            channel,
            session_id=secrets.token_hex(16),
            token=secrets.token_hex(8),
            self_mute=self_mute,
            self_deaf=self_deaf,
            suppress=is_suppressed(member, channel),
        )
        member.guild.voice_states[member.id] = state
        self.announce(state)
        return state

    def leave(
        self,
        guild: Guild,
        user_id: int,
        *,
        code: int | None = DISCONNECTED,
        close_after_s: float = 0.0,
    ) -> None:
        """Disconnect somebody; `code` closes the voice connection of a bot, a while later."""
        state = guild.voice_states.pop(user_id, None)
        if state is None:
            return
        self._silence(state.member)
        guild.dispatch("VOICE_STATE_UPDATE", state.payload(connected=False))
        if state.member.user.is_bot:
            self._spawn_evict(guild.id, user_id, code, after_s=close_after_s)

    def move(self, member: Member, channel: Channel) -> None:
        """Put a connected member into another call."""
        state = member.voice
        assert state is not None, "only who is connected can be moved"
        state.channel = channel
        state.token = secrets.token_hex(8)
        state.suppress = is_suppressed(member, channel)
        self.announce(state)
        if member.user.is_bot:
            self._world.spawn(self._change_server(state, state.token), "voice-move")
            return
        self.listen(member)

    async def _change_server(self, state: VoiceState, token: str) -> None:
        await asyncio.sleep(CLOSE_AFTER_STATE_S)
        await self._evict(state.member.guild.id, state.member.id, DISCONNECTED)
        await asyncio.sleep(SERVER_AFTER_CLOSE_S)
        if state.member.voice is state and state.token == token:
            self.announce_server(state.member)

    def end_call(self, channel: Channel) -> None:
        """Disconnect everybody from a call that is over."""
        for member in channel.occupants:
            self.leave(member.guild, member.id, code=CALL_ENDED)

    def listen(self, member: Member) -> Listener:
        """Give a connected person an ear in the call."""
        assert self.voice is not None and member.voice is not None
        channel = member.voice.channel
        self._silence(member)
        member.ear = Listener(
            guild_id=member.guild.id,
            channel_id=channel.id,
            user_id=member.id,
            is_stage=channel.type is ChannelType.STAGE,
        )
        self.voice.seat(member.ear)
        return member.ear

    def set_flags(
        self, member: Member, *, mute: bool | None = None, deaf: bool | None = None
    ) -> None:
        """Mute or deafen somebody for everyone."""
        member.is_muted = member.is_muted if mute is None else mute
        member.is_deafened = member.is_deafened if deaf is None else deaf
        member.announce()
        if member.voice is not None:
            self.announce(member.voice)

    def set_suppressed(self, state: VoiceState, *, suppressed: bool) -> None:
        """Take or give the right to be heard on a stage."""
        state.suppress = suppressed
        state.asked_to_speak_at = None
        self.announce(state)

    def ask_to_speak(self, state: VoiceState, moment: datetime | None) -> None:
        """Raise a hand on a stage, or lower it."""
        state.asked_to_speak_at = moment
        self.announce(state)

    def announce(self, state: VoiceState) -> None:
        """Tell everybody about a voice state, and let the voice server act on it."""
        state.member.guild.dispatch("VOICE_STATE_UPDATE", state.payload())
        if self.voice is None:
            return
        is_silenced = state.member.is_muted or state.suppress
        change = self.voice.mute if is_silenced else self.voice.unmute
        change(state.member.guild.id, state.member.id)

    def announce_server(self, member: Member, *, endpoint: str | None = "") -> None:
        """Tell a bot where its voice server is; None says that there is none yet."""
        state = member.voice
        if state is None or self.voice is None:
            return
        guild = member.guild
        self.voice.admit(state.seat())
        address = self.voice.endpoint if endpoint == "" else endpoint
        if self.voice.options.faults_in(guild.id).has_no_endpoint:
            address = None
        payload = {"token": state.token, "guild_id": str(guild.id), "endpoint": address}
        application = self._world.application_of(member.user)
        self._world.tell("VOICE_SERVER_UPDATE", payload, guild=guild, only=application)

    def migrate(self, member: Member, *, endpoint: str | None = "") -> None:
        """Move the call of a bot to another voice server, or to none for now."""
        assert member.voice is not None
        member.voice.token = secrets.token_hex(8)
        self.announce_server(member, endpoint=endpoint)

    def _silence(self, member: Member) -> None:
        if self.voice is not None and member.ear is not None:
            self.voice.unseat(member.ear)
        member.ear = None

    def _spawn_evict(
        self, guild_id: int, user_id: int, code: int | None, *, after_s: float = 0.0
    ) -> None:
        self._world.spawn(self._evict(guild_id, user_id, code, after_s=after_s), "voice-evict")

    async def _evict(
        self, guild_id: int, user_id: int, code: int | None, *, after_s: float = 0.0
    ) -> None:
        if after_s:
            await asyncio.sleep(after_s)
        async with self._order:
            if self.voice is not None:
                await self.voice.evict(guild_id, user_id, code=code)
