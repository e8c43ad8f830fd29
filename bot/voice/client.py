"""discord.py's voice client, made to end when told, to fail loudly and to say what it sent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.gateway import DiscordVoiceWebSocket
from discord.voice_state import ConnectionFlowState, VoiceConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

RTP_TICKS_PER_FRAME: Final = 960
"""RTP clock of Opus: 48 kHz, whatever rate was encoded (RFC 7587)."""

LEAVE_CONFIRMATION_S: Final = 2.0
"""How long a leave waits for Discord's word; unwaited for, it lands in the next connection."""

TEARDOWN_S: Final = 5.0

CallChannel = discord.VoiceChannel | discord.StageChannel


class VoiceRefusedError(discord.ClientException):
    """The voice server closed every attempt.

    `close_code` is the code of the last close, if it gave one.
    """

    def __init__(self, close_code: int | None) -> None:
        super().__init__(f"the voice server refused the connection (close code {close_code})")
        self.close_code = close_code


class _WebSocket(DiscordVoiceWebSocket):
    """Remembers the close code, which the library only logs."""

    async def poll_event(self) -> None:
        try:
            await super().poll_event()
        except discord.ConnectionClosed as closed:
            self._connection.last_close_code = closed.code  # type: ignore[attr-defined]
            raise


class _ConnectionState(VoiceConnectionState):
    """The connection of one guild, with the library's known dead ends closed.

    Line numbers are those of discord.py 2.7.1, `discord/voice_state.py`.
    """

    def __init__(self, client: VoiceClient) -> None:
        super().__init__(client)
        self.self_deaf = True  # what a reconnect asks for when the cache has lost our voice state
        self.last_close_code: int | None = None
        self._changed = asyncio.Event()

    @property
    def state(self) -> ConnectionFlowState:
        """How far the connection has come."""
        return self._state

    @state.setter
    def state(self, state: ConnectionFlowState) -> None:
        # mypy takes a property of a class for the function it is made from.
        VoiceConnectionState.state.fset(self, state)  # type: ignore[attr-defined]
        self._changed.set()
        self._changed = asyncio.Event()

    def cancel(self) -> None:
        """Stop connecting and polling: `disconnect` alone leaves both running (508-551)."""
        for task in (self._connector, self._runner):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def disconnect(
        self, *, force: bool = True, cleanup: bool = True, wait: bool = False
    ) -> None:
        self.timeout = LEAVE_CONFIRMATION_S if wait else self.timeout
        self._wake_reader()
        await super().disconnect(force=force, cleanup=cleanup, wait=wait)

    async def soft_disconnect(self, **options: Any) -> None:
        self._wake_reader()
        await super().soft_disconnect(**options)

    def _wake_reader(self) -> None:
        # The reader thread selects on the old socket for up to 30 s and misses the next discovery
        # (156).
        if self.socket:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    async def _voice_connect(self, **options: Any) -> None:
        # Discord may have answered before the library notes that it asked (469-478), which would
        # throw the answer away and wait until the timeout.
        if self.state is ConnectionFlowState.disconnected:
            self.state = ConnectionFlowState.set_guild_voice_state
        await super()._voice_connect(**options)

    async def _wait_for_state(
        self,
        state: ConnectionFlowState,
        *other_states: ConnectionFlowState,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
    ) -> None:
        # The library begins to wait in a task of its own and misses what happens before that runs.
        async with asyncio.timeout(timeout):
            while self.state not in (state, *other_states):
                await self._changed.wait()

    async def _connect_websocket(self, resume: bool) -> DiscordVoiceWebSocket:
        seq_ack = self.ws.seq_ack if self.ws else -1
        ws = await _WebSocket.from_connection_state(self, resume=resume, seq_ack=seq_ack)
        self.state = ConnectionFlowState.websocket_connected
        return ws

    async def _connect(self, *args: Any, **options: Any) -> None:
        await super()._connect(*args, **options)
        if not self.is_connected():  # five refusals fall through without an error (469-503)
            raise VoiceRefusedError(self.last_close_code)

    async def _poll_voice_ws(self, reconnect: bool) -> None:
        try:
            await super()._poll_voice_ws(reconnect)
        except Exception as error:  # a dead poller looks connected for ever (670-674)
            log.warning("voice poller ended: %s", type(error).__name__)
            await self.disconnect()

    def _update_voice_channel(self, channel_id: int | None) -> None:
        # An uncached channel would leave None behind, on which every property fails (787).
        channel = self.guild.get_channel(channel_id) if channel_id else None
        if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
            self.voice_client.channel = channel


class VoiceClient(discord.VoiceClient):
    """Sends Opus packets into one call.

    `send_opus` and `is_settled` are called on the pacer's thread, everything else on the loop.
    """

    _connection: _ConnectionState

    def __init__(self, client: discord.Client, channel: discord.abc.Connectable) -> None:
        super().__init__(client, channel)
        self.on_closed: Callable[[], None] = lambda: None
        self._guild_id = self.channel.guild.id
        self._has_settled = False
        self._is_gone = False

    def create_connection_state(self) -> VoiceConnectionState:
        """Use the connection without the dead ends."""
        return _ConnectionState(self)

    async def connect(
        self,
        *,
        reconnect: bool,
        timeout: float,  # noqa: ASYNC109 - the library's signature
        self_deaf: bool = False,
        self_mute: bool = False,
    ) -> None:
        """Join the call; on any failure, a cancellation included, leave nothing behind.

        Raises:
            TimeoutError: Discord did not answer within `timeout` seconds.
            VoiceRefusedError: The voice server closed every attempt.
        """
        try:
            await super().connect(
                reconnect=reconnect, timeout=timeout, self_deaf=self_deaf, self_mute=self_mute
            )
        except BaseException:
            await asyncio.shield(self.disconnect(force=True))
            raise

    async def disconnect(self, *, force: bool = False) -> None:
        """Leave the call within `TEARDOWN_S` seconds, whatever state it is in."""
        if self._is_gone:
            return
        self._connection.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._connection.disconnect(force=True, wait=True), TEARDOWN_S)
        self.cleanup()

    def cleanup(self) -> None:
        """Take this client, and no other, out of the library's registry and tell the owner."""
        if self._is_gone:
            return
        self._is_gone = True
        if self._state._get_voice_client(self._guild_id) is self:
            self._state._remove_voice_client(self._guild_id)
        self.on_closed()

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now.

        A new group counts only when its transition is executed: davey encrypts for the new group as
        soon as it has processed the commit, while others may still wait for their welcome. Later
        transitions do not count: members keep the old keys for 10 s.
        """
        self._has_settled = self._can_be_heard and (
            self._has_settled or not self._connection.dave_pending_transitions
        )
        return self._has_settled

    @property
    def _can_be_heard(self) -> bool:
        connection = self._connection
        return connection.is_connected() and (
            connection.dave_protocol_version == 0 or connection.can_encrypt
        )

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms of Opus; return whether a connected and encrypted session took it."""
        if not self._can_be_heard:
            return False
        self.checked_add("sequence", 1, 0xFFFF)
        self.checked_add("timestamp", RTP_TICKS_PER_FRAME, 0xFFFFFFFF)
        try:
            self._connection.send_packet(self._get_voice_packet(packet))
        except (OSError, ValueError, RuntimeError):
            # The socket is gone, or the loop is just giving the call's group other keys.
            return False
        return True

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring around the bot, if the connection is there."""
        state = discord.SpeakingState.voice if speaking else discord.SpeakingState.none
        with contextlib.suppress(ConnectionError, AttributeError):
            await self.ws.speak(state)
