"""One client's websocket: voice gateway version 8."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bot.sandbox.discord.reading import Reading
from bot.sandbox.discord.voice._presentation import MalformedMessageError
from bot.sandbox.discord.voice.line import WebsocketLine
from bot.sandbox.discord.voice.protocol import (
    ENDING_CLOSE_CODES,
    GATEWAY_VERSION,
    NO_SEQUENCE,
    CloseCode,
    Op,
    RefusedError,
)
from bot.sandbox.discord.voice.sessions import Handshake
from bot.sandbox.discord.voice.transport import Mode
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.discord.voice.options import VoiceFaults, VoiceOptions
    from bot.sandbox.discord.voice.session import ClientSession
    from bot.sandbox.discord.voice.sessions import Sessions

log = logging.getLogger(__name__)

_ABNORMAL_CLOSE = 1006  # RFC 6455: no close frame was received
_BEFORE_IDENTIFY = frozenset({Op.IDENTIFY, Op.RESUME, Op.HEARTBEAT})


class Connection:
    """Speaks with one client until one of the two hangs up."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        *,
        transport: asyncio.WriteTransport | None,
        sessions: Sessions,
        options: VoiceOptions,
        media_address: Callable[[], tuple[str, int]],
    ) -> None:
        self.session: ClientSession | None = None
        self._line = WebsocketLine(websocket, transport, options)
        self._websocket = websocket
        self._sessions = sessions
        self._options = options
        self._media_address = media_address
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self._fault: asyncio.TimerHandle | None = None
        self._handshake: Handshake | None = None
        self._handlers: dict[Op, Callable[[Any], None]] = {
            Op.IDENTIFY: self._identify,
            Op.RESUME: self._resume,
            Op.HEARTBEAT: self._heartbeat,
            Op.SELECT_PROTOCOL: self._select_protocol,
            Op.SPEAKING: self._speaking,
            Op.VIDEO: self._ignore,
            Op.TRANSITION_READY: self._dave,
            Op.INVALID_COMMIT_WELCOME: self._dave_invalid,
        }

    async def run(self, version: str | None) -> None:
        """Serve the client."""
        self._post(Op.HELLO, self._hello())
        self._expect_heartbeat()
        if version != str(GATEWAY_VERSION):
            self._line.close(RefusedError(CloseCode.UNKNOWN_PROTOCOL, "Unknown protocol."))
        self._line.reading = reading = Reading(self._read())
        try:
            await reading.wait()
        finally:
            await self._end()

    def abort(self) -> None:
        """Cut the connection without a close frame."""
        self._line.abort()

    # Reading

    async def _read(self) -> None:
        async for message in self._websocket:
            if self._faults.is_silent_after_hello:
                continue
            try:
                self._receive(message.type, message.data)
            except RefusedError as refusal:
                self._line.close(refusal)

    def _receive(self, kind: WSMsgType, content: str | bytes) -> None:
        if isinstance(content, bytes):
            self._receive_binary(content)
            return
        if kind is not WSMsgType.TEXT:
            return
        op, payload = _decoded(content)
        if self._is_orphan and op is not Op.HEARTBEAT:
            return
        if op not in self._handlers:
            raise RefusedError(CloseCode.UNKNOWN_OPCODE, "Unknown opcode.")
        if self.session is None and op not in _BEFORE_IDENTIFY:
            raise RefusedError(CloseCode.NOT_AUTHENTICATED, "Not authenticated.")
        try:
            self._handlers[op](payload)
        except (KeyError, TypeError, AttributeError, MalformedMessageError):
            raise RefusedError(CloseCode.DECODE_ERROR, "Failed to decode payload.") from None

    def _receive_binary(self, content: bytes) -> None:
        if self.session is None:
            raise RefusedError(CloseCode.NOT_AUTHENTICATED, "Not authenticated.")
        if self._is_orphan:
            return
        if not content or content[0] not in (Op.KEY_PACKAGE, Op.COMMIT_WELCOME):
            raise RefusedError(CloseCode.UNKNOWN_OPCODE, "Unknown opcode.")
        try:
            self._receive_dave(Op(content[0]), content[1:])
        except MalformedMessageError as error:
            log.warning("a client sent a malformed message: %s", error)
            raise RefusedError(CloseCode.DECODE_ERROR, "Failed to decode payload.") from None

    # What clients say

    def _identify(self, payload: Any) -> None:
        if self.session is not None:
            raise RefusedError(CloseCode.ALREADY_AUTHENTICATED, "Already authenticated.")
        self._note_handshake(payload, is_resume=False)
        faults = self._faults
        if faults.close_on_identify and faults.strikes("close_on_identify_times"):
            raise RefusedError(faults.close_on_identify)
        session = self._sessions.identify(payload)
        self._attach(session)
        session.send(Op.READY, self._ready(session))

    def _resume(self, payload: Any) -> None:
        if self.session is not None:
            raise RefusedError(CloseCode.ALREADY_AUTHENTICATED, "Already authenticated.")
        self._note_handshake(payload, is_resume=True)
        session = self._sessions.resume(payload)
        self._attach(session)
        session.acknowledge(payload.get("seq_ack", NO_SEQUENCE))
        session.send(Op.RESUMED, None)
        session.replay()

    def _heartbeat(self, payload: Any) -> None:
        self._expect_heartbeat()
        if self.session is not None:
            self.session.acknowledge(payload.get("seq_ack", NO_SEQUENCE))
        if not self._faults.has_no_heartbeat_ack:
            self._post(Op.HEARTBEAT_ACK, {"t": payload["t"]})

    def _select_protocol(self, payload: Any) -> None:
        session = self._session()
        if payload["protocol"] != "udp":
            raise RefusedError(CloseCode.UNKNOWN_PROTOCOL, "Unknown protocol.")
        session.select(self._mode(payload["data"]["mode"]))
        session.send(Op.SESSION_DESCRIPTION, self._description(session))
        self._sessions.join_call(session)
        self._close_later()

    def _speaking(self, payload: Any) -> None:
        session, flags = self._session(), payload["speaking"]
        if type(flags) is not int:
            raise MalformedMessageError("speaking is not a number of flags")
        call = self._sessions.calls.get(session.seat.channel_id)
        if call is not None:
            call.announce_speaking(session.user_id, flags)

    def _dave(self, payload: Any) -> None:
        self._receive_dave(Op.TRANSITION_READY, payload)

    def _dave_invalid(self, payload: Any) -> None:
        self._receive_dave(Op.INVALID_COMMIT_WELCOME, payload)

    def _receive_dave(self, op: Op, payload: Any) -> None:
        session = self._session()
        call = self._sessions.calls.get(session.seat.channel_id)
        if call is not None:
            call.receive_dave(session.user_id, op, payload)

    def _ignore(self, payload: Any) -> None:
        """Video is not simulated."""

    # What the server says

    def _hello(self) -> dict[str, object]:
        return {"v": GATEWAY_VERSION, "heartbeat_interval": self._options.heartbeat_interval_ms}

    def _ready(self, session: ClientSession) -> dict[str, object]:
        host, port = self._media_address()
        is_empty = self._faults.strikes("empty_modes")
        modes = [] if is_empty else [str(mode) for mode in self._options.modes]
        return {
            "ssrc": session.ssrc,
            "ip": host,
            "port": port,
            "modes": modes,
            "experiments": [],
            "streams": [],
        }

    def _description(self, session: ClientSession) -> dict[str, object]:
        return {
            "mode": str(session.mode),
            "secret_key": list(session.secret_key),
            "dave_protocol_version": self._sessions.dave_version(session),
            "audio_codec": "opus",
            "video_codec": "H264",
            "media_session_id": session.seat.session_id,
        }

    def _mode(self, name: str) -> Mode:
        if name not in self._options.modes:
            raise RefusedError(CloseCode.UNKNOWN_ENCRYPTION_MODE, "Unknown encryption mode.")
        return Mode(name)

    # The session and its times

    @property
    def _faults(self) -> VoiceFaults:
        return self._options.faults_in(self._line.guild_id)

    def _note_handshake(self, payload: Any, *, is_resume: bool) -> None:
        guild_id = parse_snowflake(payload.get("server_id")) or 0
        self._line.guild_id = guild_id
        session_id = str(payload.get("session_id"))
        self._handshake = Handshake(time.monotonic(), guild_id, session_id, is_resume=is_resume)
        self._sessions.handshakes.append(self._handshake)

    def _session(self) -> ClientSession:
        if self.session is None:
            raise RefusedError(CloseCode.NOT_AUTHENTICATED, "Not authenticated.")
        return self.session

    def _attach(self, session: ClientSession) -> None:
        self.session = session
        session.line = self._line

    def _expect_heartbeat(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        allowed_s = self._options.heartbeat_interval_ms / 1000 * self._options.heartbeats_missed
        timeout = RefusedError(CloseCode.SESSION_TIMEOUT, "Session timeout.")
        self._deadline = self._loop.call_later(allowed_s, self._line.close, timeout)

    def _close_later(self) -> None:
        faults = self._faults
        if faults.close_after is not None:
            refusal = RefusedError(faults.close_after)
            self._fault = self._loop.call_later(faults.close_after_s, self._line.close, refusal)

    @property
    def _is_orphan(self) -> bool:
        """Whether the session ended, or went on to another websocket, without this one closed."""
        return self.session is not None and self.session.line is not self._line

    async def _end(self) -> None:
        for timer in (self._fault, self._deadline):
            if timer is not None:
                timer.cancel()
        code = self._line.said_code or self._websocket.close_code or _ABNORMAL_CLOSE
        if self._handshake is not None:
            self._handshake.code = code
        if self.session is not None and not self._is_orphan:
            self._detach(self.session, code)
        await self._line.end()

    def _detach(self, session: ClientSession, code: int) -> None:
        session.line = None
        if code == CloseCode.SESSION_INVALID:
            self._sessions.invalidate(session)
        elif code in ENDING_CLOSE_CODES:
            self._sessions.end(session)
        else:
            self._sessions.expire(session)

    def _post(self, op: Op, payload: Mapping[str, object]) -> None:
        self._line.post(json.dumps({"op": int(op), "d": payload}), op)


def _decoded(content: str) -> tuple[Op, Any]:
    try:
        message = json.loads(content)
        number, payload = message["op"], message.get("d")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise RefusedError(CloseCode.DECODE_ERROR, "Failed to decode payload.") from None
    try:
        return Op(number), payload
    except ValueError:
        raise RefusedError(CloseCode.UNKNOWN_OPCODE, "Unknown opcode.") from None
