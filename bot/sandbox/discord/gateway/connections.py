"""One websocket connection of a bot: hello, identify, commands, close."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bot.sandbox.discord.gateway.chunks import member_chunks
from bot.sandbox.discord.gateway.compression import Compressor, Plain
from bot.sandbox.discord.gateway.opcodes import (
    HEARTBEAT,
    HEARTBEAT_ACK,
    HELLO,
    IDENTIFY,
    INVALID_SESSION,
    PRESENCE_UPDATE,
    REQUEST_GUILD_MEMBERS,
    REQUEST_SOUNDBOARD_SOUNDS,
    RESUME,
    VOICE_STATE_UPDATE,
    CloseGatewayError,
    identity_of,
)
from bot.sandbox.discord.reading import Reading
from bot.sandbox.discord.shapes import (
    MEMBERS_WISH,
    PRESENCE,
    SOUNDS_WISH,
    VOICE_WISH,
    Shape,
    check_shape,
)
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.faults import Faults
    from bot.sandbox.discord.gateway.server import Gateway
from bot.sandbox.discord.errors import FormErrors, Json
from bot.sandbox.discord.gateway.sessions import Session

# A client that missed this many intervals is taken for dead.
SESSION_TIMED_OUT = 4009
MISSED_INTERVALS = 1.5
MAX_EVENT_BYTES = 4096  # "Sending Events"
MINUTE_S = 60.0
# A guess: nobody is answered within the same millisecond. discord.py 2.7.1 misses an answer to op 4
# that is there before it has noted that it asked (voice_state.py:469), and measures from the
# heartbeat before where an acknowledgement is (gateway.py:199): "can't keep up", every 41 s.
ANSWER_S = 0.01


class Connection:
    """One websocket, from hello to close."""

    def __init__(
        self,
        gateway: Gateway,
        socket: web.WebSocketResponse,
        compressor: Compressor,
        version: int,
    ) -> None:
        self.version = version
        """Of the API, as the client has asked for it."""
        self._gateway = gateway
        self._socket = socket
        self._compressor = compressor
        self._outbox: asyncio.Queue[str | int | None] = asyncio.Queue()
        self._command_times: deque[float] = deque()
        self._last_beat = time.monotonic()
        self.session: Session | None = None
        self.closed_by_us: int | None = None
        self.received: list[tuple[float, Json]] = []

    @property
    def _faults(self) -> Faults:
        return self._gateway.faults

    def send(self, op: int, payload: Any = None) -> None:
        """Queue a message that is not an event."""
        self.send_text(json.dumps({"op": op, "d": payload, "s": None, "t": None}))

    def send_text(self, text: str) -> None:
        """Queue a serialized message."""
        self._outbox.put_nowait(text)

    def close(self, code: int) -> None:
        """Close with `code` after what is already queued."""
        self._outbox.put_nowait(code)

    async def run(self, request: web.BaseRequest) -> None:
        """Serve the client until one side ends it."""
        self._request = request
        if not self._faults.gateway.withhold_hello:
            self.send(HELLO, {"heartbeat_interval": self._gateway.heartbeat_ms, "_trace": []})
        writer = asyncio.create_task(self._write(), name="sandbox-gateway-writer")
        watchdog = asyncio.create_task(self._watch(), name="sandbox-gateway-watchdog")
        self._reading = Reading(self._read())
        try:
            await self._reading.wait()
        finally:
            watchdog.cancel()
            self._outbox.put_nowait(None)
            await asyncio.gather(writer, watchdog, return_exceptions=True)

    async def _write(self) -> None:
        while (item := await self._outbox.get()) is not None:
            if self._faults.gateway.delay_s:
                await asyncio.sleep(self._faults.gateway.delay_s)
            if isinstance(item, int):
                self.closed_by_us = item
                await self._reading.stop()
                await self._socket.close(code=item)
                return
            await self._send(item)

    async def _send(self, text: str) -> None:
        packed = self._compressor.compress(text)
        try:
            if isinstance(packed, bytes):
                await self._socket.send_bytes(packed)
            else:
                await self._socket.send_str(packed)
        except ConnectionError:
            return  # the reader sees the end, too, and cleans up

    async def _watch(self) -> None:
        allowance_s = self._gateway.heartbeat_ms / 1000 * MISSED_INTERVALS
        while (silence := time.monotonic() - self._last_beat) < allowance_s:  # noqa: ASYNC110 - for time
            await asyncio.sleep(allowance_s - silence)
        self.close(SESSION_TIMED_OUT)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            try:
                command = self._decode(message.data)
                if command["op"] == VOICE_STATE_UPDATE:
                    await asyncio.sleep(ANSWER_S)
                self._handle(command)
            except CloseGatewayError as error:
                self.close(error.code)

    def _decode(self, raw: str | bytes) -> Json:
        content = raw.encode() if isinstance(raw, str) else raw
        if len(content) > MAX_EVENT_BYTES:
            raise CloseGatewayError(4002)
        try:
            message = json.loads(content)
        except (ValueError, RecursionError):
            raise CloseGatewayError(4002) from None
        if not isinstance(message, dict) or not isinstance(message.get("op"), int):
            raise CloseGatewayError(4002)
        return message

    def _handle(self, message: Json) -> None:
        self._count_command()
        self.received.append((time.monotonic(), message))
        self._gateway.world.changes.notify()
        op, wish = message["op"], message.get("d")
        if op == HEARTBEAT:
            self._acknowledge()
        elif op in {IDENTIFY, RESUME}:
            self._log_in(op, wish)
        elif op in _COMMANDS:
            self._command(op, wish)
        else:
            raise CloseGatewayError(4001)

    def _command(self, op: int, wish: object) -> None:
        if self.session is None:
            raise CloseGatewayError(4003)
        command, shape = _COMMANDS[op]
        errors = FormErrors()
        if not isinstance(wish, dict):
            raise CloseGatewayError(4002)
        check_shape(wish, shape, errors)
        if errors:
            raise CloseGatewayError(4002)
        command(self, self.session, wish)

    def _count_command(self) -> None:
        now = time.monotonic()
        while self._command_times and now - self._command_times[0] > MINUTE_S:
            self._command_times.popleft()
        self._command_times.append(now)
        if len(self._command_times) > self._gateway.commands_per_minute:
            raise CloseGatewayError(4008)

    def _acknowledge(self) -> None:
        self._last_beat = time.monotonic()
        if not self._faults.gateway.withhold_acks:
            asyncio.get_running_loop().call_later(ANSWER_S, self.send, HEARTBEAT_ACK)

    def _log_in(self, op: int, wish: object) -> None:
        if self.session is not None:
            raise CloseGatewayError(4005)
        if not isinstance(wish, dict):
            raise CloseGatewayError(4002)
        if op == IDENTIFY:
            self._identify(wish)
            return
        self._resume(wish)

    def _identify(self, wish: Json) -> None:
        faults = self._faults.gateway
        if faults.close_on_identify:
            raise CloseGatewayError(faults.close_on_identify.pop(0))
        identity = identity_of(wish, self._gateway.world)
        turn_denied = self._gateway.deny_turn(identity.application, identity.shard)
        if faults.invalidate_on_identify > 0 or turn_denied:
            faults.invalidate_on_identify = max(0, faults.invalidate_on_identify - 1)
            self.send(INVALID_SESSION, False)
            return
        if isinstance(self._compressor, Plain):
            self._compressor.packs_payloads = identity.compress
        if not faults.withhold_ready:
            self.session = self._gateway.open_session(identity, self)

    def _resume(self, wish: Json) -> None:
        application = self._gateway.world.application_by_token(str(wish.get("token", "")))
        if application is None:
            raise CloseGatewayError(4004)
        sequence = wish.get("seq")
        if not isinstance(sequence, int):
            raise CloseGatewayError(4002)
        session = self._gateway.sessions.get(str(wish.get("session_id")))
        if session is None or session.application is not application or self._resume_denied():
            self.send(INVALID_SESSION, False)
            return
        self._take_over(session, sequence)

    def _take_over(self, session: Session, sequence: int) -> None:
        if sequence > session.sequence:
            raise CloseGatewayError(4007)
        if not session.can_resume(sequence):
            self._gateway.end_session(session)
            self.send(INVALID_SESSION, False)
            return
        if session.connection is not None:
            session.connection.replaced()
        self.session = session
        faults = self._faults.gateway
        session.resume(self, sequence, again=faults.replays_on_resume)
        faults.replays_on_resume = 0

    def _resume_denied(self) -> bool:
        faults = self._faults.gateway
        if faults.invalidate_on_resume <= 0:
            return False
        faults.invalidate_on_resume -= 1
        return True

    def replaced(self) -> None:
        """Let go of the session, which goes on elsewhere."""
        self.session = None
        self.close(4000)

    def drop(self) -> None:
        """Drop the TCP connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def _change_voice_state(self, session: Session, wish: Json) -> None:
        world = self._gateway.world
        world.calls.requests.append((time.monotonic(), wish))
        guild = world.guilds.get(parse_snowflake(wish.get("guild_id")) or 0)
        if self._faults.gateway.ignore_voice or guild is None:
            return
        if session.application.bot.id in guild.members:
            world.calls.request(session.application, guild, wish, gateway_session=session.id)

    def _request_members(self, session: Session, wish: Json) -> None:
        guild = self._gateway.world.guilds.get(parse_snowflake(wish.get("guild_id")) or 0)
        if guild is None or session.application.bot.id not in guild.members:
            return
        for chunk in member_chunks(guild, wish, session.intents):
            session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _update_presence(self, session: Session, wish: Json) -> None:
        session.application.bot.status = str(wish.get("status", "online"))

    def _request_sounds(self, session: Session, wish: Json) -> None:
        for guild_id in wish.get("guild_ids") or []:
            payload = {"guild_id": str(guild_id), "soundboard_sounds": []}
            session.dispatch("SOUNDBOARD_SOUNDS", payload)


_Command = Callable[[Connection, Session, Json], None]
_COMMANDS: dict[int, tuple[_Command, Shape]] = {
    VOICE_STATE_UPDATE: (Connection._change_voice_state, VOICE_WISH),
    REQUEST_GUILD_MEMBERS: (Connection._request_members, MEMBERS_WISH),
    PRESENCE_UPDATE: (Connection._update_presence, PRESENCE),
    REQUEST_SOUNDBOARD_SOUNDS: (Connection._request_sounds, SOUNDS_WISH),
}
