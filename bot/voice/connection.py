"""One connection to a voice server, from a ticket of the main gateway to its loss."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import socket
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from math import inf
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final, NoReturn

import aiohttp

from bot.errors import BotError
from bot.voice.dave import (
    DaveGroup,
    DaveOp,
    MalformedFrameError,
    Message,
    json_message,
    max_version,
)
from bot.voice.media import DiscoveryTimeoutError, MediaSocket, PathTimings, PathWatch
from bot.voice.transport import NoCommonModeError, RtpPacketizer, choose_mode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S: Final = 7.0
_GATEWAY_VERSION: Final = 8
_BINARY_HEADER_BYTES: Final = 3  # u16 number, u8 op
_NO_STATUS: Final = 1005  # RFC 6455: a close frame without a code
_RESUMABLE: Final = frozenset({1001, 1006, 4000, 4015})
_STALL_S: Final = 0.1  # to read what came while the loop stood still
_LAST_WORD_S: Final = 0.1  # for the server's answer to our close frame
_MALFORMED: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MalformedFrameError,
    NoCommonModeError,
    TypeError,
    ValueError,
)


class _Op(IntEnum):
    """Discord documentation, "Voice Opcodes"."""

    IDENTIFY = 0
    SELECT_PROTOCOL = 1
    READY = 2
    HEARTBEAT = 3
    SESSION_DESCRIPTION = 4
    SPEAKING = 5
    HEARTBEAT_ACK = 6
    RESUME = 7
    HELLO = 8
    RESUMED = 9


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the main gateway said about one call: enough to open one connection to it."""

    guild_id: int
    channel_id: int
    user_id: int
    session_id: str
    token: str = field(repr=False)
    endpoint: str


@dataclass(frozen=True, slots=True)
class Timings:
    """How patient a connection is, in seconds."""

    open_s: float = OPEN_TIMEOUT_S
    heartbeat_s: float = 5.0
    """At most between two heartbeats, as discord.py does: the server asks for 13.75 s."""
    ack_s: float = 11.0
    """A server that has acknowledged no heartbeat for so long is gone."""
    resume_s: float = 1.0
    steady_s: float = 10.0
    """A session that is lost so soon after a resume is not resumed again."""
    close_s: float = 1.0
    path: PathTimings = field(default_factory=PathTimings)


class LossKind(StrEnum):
    """How a connection ended."""

    CLOSED = "closed"
    """By a close frame."""
    CUT = "cut"
    """Without one, or it could not be dialled at all."""
    TIMEOUT = "timeout"
    """The handshake took too long."""
    SILENT = "silent"
    """No heartbeat was acknowledged."""
    DEAF = "deaf"
    """The UDP path is dead."""
    MALFORMED = "malformed"
    """The server sent something that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a connection is gone."""

    kind: LossKind
    close_code: int | None
    """Of the close frame, if there was one."""
    detail: str
    """For operators; holds no secrets."""
    last_heard_at: float
    """`time.monotonic` of the last proof that the server took what was sent."""


class ConnectionLostError(BotError):
    """The voice connection could not be opened, or is gone."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(f"{loss.kind} ({loss.close_code}): {loss.detail}")
        self.loss = loss


class VoiceConnection:
    """Opens once, resumes by itself where Discord allows it, and ends for good.

    `is_settled` and `send_opus` are for the pacer's thread, everything else for the loop's.

    Args:
        ticket: Which call, and as whom.
        dial: Opens a websocket to a URL.
        on_change: Called when `is_settled` has changed, and after a resume.
        timings: How patient it is.
    """

    def __init__(
        self,
        ticket: Ticket,
        dial: Callable[[str], Awaitable[aiohttp.ClientWebSocketResponse]],
        *,
        on_change: Callable[[], None],
        timings: Timings | None = None,
    ) -> None:
        self.ticket = ticket
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[Loss] = self._loop.create_future()
        """Set once, when the connection has ended by itself after `open`."""
        self._dial = dial
        self._on_change = on_change
        self._timings = timings or Timings()
        self._opened: asyncio.Future[Loss | None] = self._loop.create_future()
        self._fault: asyncio.Future[Loss] = self._loop.create_future()
        self._runner: asyncio.Task[None] | None = None
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._heart: asyncio.Task[NoReturn] | None = None
        self._tasks: asyncio.TaskGroup
        self._deadline: asyncio.Timeout
        self._group = DaveGroup(ticket.user_id, ticket.channel_id)
        self._media: MediaSocket | None = None
        self._packetizer: RtpPacketizer | None = None
        self._path: PathWatch | None = None
        self._ssrc = 0
        self._sequence = -1
        self._acknowledged_at = 0.0
        self._resumed_at = -inf
        self._is_open = False
        self._is_attached = False
        self._is_settled = False
        self._is_ended = False
        self._is_speaking = False
        self._close_code = 1000
        self._last_word_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a session, be it one that is just being resumed."""
        return self._is_open

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now."""
        return self._is_settled

    async def open(self) -> None:
        """Connect, at most `OPEN_TIMEOUT_S` long; a cancellation leaves nothing behind.

        Raises:
            ConnectionLostError: It did not work, or was closed meanwhile.
        """
        if self._runner is None and not self._is_ended:
            name = f"voice connection {self.ticket.guild_id}"
            self._runner = asyncio.create_task(self._run(), name=name)
        try:
            loss = await asyncio.shield(self._opened)
        except asyncio.CancelledError:
            await self.close()
            raise
        if loss is not None:
            await self.close()
            raise ConnectionLostError(loss)

    async def close(self, code: int = 1000) -> None:
        """Hang up within `Timings.close_s` and leave nothing behind; may be called at any time."""
        if not self._is_ended:
            self._close_code, self._last_word_s = code, self._timings.close_s / 2
            self._end(_loss(LossKind.CUT, "closed by us"), is_wanted=True)
        try:
            # Before the reader is cancelled: aiohttp would not wait for the server's answer.
            await self._hang_up()
        finally:
            if self._runner is not None:
                self._runner.cancel()
        if self._runner is not None:
            await asyncio.wait([self._runner], timeout=self._timings.close_s / 2)

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms of Opus; return whether an open, encrypted session's socket took it."""
        media, packetizer, path = self._media, self._packetizer, self._path
        if media is None or packetizer is None or path is None or not self._is_open:
            return False
        payload = self._group.encrypt(packet)
        if payload is None:
            return False
        if not path.is_watching:
            path.begin_soon()
        return media.send(packetizer.seal(payload))

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring around the bot, now or as soon as a session is resumed."""
        self._is_speaking = speaking
        if self._is_attached:
            await self._send(self._speaking())

    # From the first websocket to the last

    async def _run(self) -> None:
        loss = _loss(LossKind.MALFORMED, "an error of ours")
        try:
            loss = await self._live()
        except asyncio.CancelledError:
            self._end(loss, is_wanted=True)
            raise
        except Exception:  # or a dead connection would look alive for ever
            log.exception("the voice connection of guild %s failed", self.ticket.guild_id)
        finally:
            self._end(loss)
            await self._hang_up()

    async def _live(self) -> Loss:
        """Connect, resume as often as it works, and return the loss that could not be mended."""
        loss = await self._serve(self._identification(), self._timings.open_s)
        while self._is_open and self._may_resume(loss):
            self._is_attached = False
            self._note()
            await self._hang_up()
            log.info("resuming the voice session of guild %s", self.ticket.guild_id)
            next_loss = await self._serve(self._resumption(), self._timings.resume_s)
            if not self._is_attached:
                return loss
            loss = next_loss
        if loss.kind in (LossKind.CLOSED, LossKind.DEAF, LossKind.MALFORMED):
            self._last_word_s = _LAST_WORD_S  # the server is there and should know
        return loss

    async def _serve(self, greeting: str, limit_s: float) -> Loss:
        """Dial and follow one websocket until it ends; the session must stand within `limit_s`."""
        try:
            async with asyncio.timeout(limit_s) as self._deadline:
                self._websocket = websocket = await self._dialled()
                await self._send(greeting)
                async with asyncio.TaskGroup() as self._tasks:
                    await self._read(websocket)
        except TimeoutError:
            return _loss(LossKind.TIMEOUT, "the handshake took too long")
        except ConnectionLostError as error:
            return error.loss
        except BaseExceptionGroup as group:
            return _first_loss(group)

    async def _dialled(self) -> aiohttp.ClientWebSocketResponse:
        try:
            return await self._dial(f"wss://{self.ticket.endpoint}/?v={_GATEWAY_VERSION}")
        except aiohttp.WSServerHandshakeError as error:
            raise _lost(LossKind.CUT, f"dialling: HTTP {error.status}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _lost(LossKind.CUT, f"dialling: {type(error).__name__}") from None

    def _may_resume(self, loss: Loss) -> bool:
        if loss.kind is not LossKind.CUT and loss.close_code not in _RESUMABLE:
            return False
        return monotonic() - self._resumed_at >= self._timings.steady_s

    def _end(self, loss: Loss, *, is_wanted: bool = False) -> None:
        """Stop being of use, at once; only the first call counts."""
        if self._is_ended:
            return
        is_lost = self._is_open and not is_wanted
        self._is_ended = True
        self._is_open = self._is_attached = self._is_settled = False
        if self._path is not None:
            self._path.end()
        if self._media is not None:
            self._media.close()
        if not self._opened.done():
            self._opened.set_result(loss)
        if is_lost and not self.lost.done():
            self.lost.set_result(loss)
            self._loop.call_soon(self._on_change)

    async def _hang_up(self) -> None:
        """Say goodbye if that is wanted, and let go of the websocket in any case."""
        websocket, self._websocket = self._websocket, None
        if websocket is None:
            return
        line = websocket.get_extra_info("socket")
        if not self._last_word_s:
            _cut(line)
        try:
            async with asyncio.timeout(self._last_word_s or _LAST_WORD_S):
                await websocket.close(code=self._close_code)
        except (TimeoutError, aiohttp.ClientError, OSError):
            log.debug("guild %s: the voice server did not say goodbye", self.ticket.guild_id)
        finally:
            # A TLS connection that is merely closed waits half a minute for the server's word.
            _cut(line)

    # Reading and writing

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> NoReturn:
        while not self._is_ended:
            frame = await websocket.receive()
            try:
                answers = self._take(frame)
            except _MALFORMED as error:
                log.warning(
                    "a malformed frame in guild %s: %s", self.ticket.guild_id, type(error).__name__
                )
                raise _lost(LossKind.MALFORMED, type(error).__name__) from None
            for answer in answers:
                await self._send(answer)
            self._note()
        raise _lost(LossKind.CUT, "closed by us")

    async def _send(self, message: Message) -> None:
        """Write a message; where that fails, the reader is about to learn why."""
        websocket = self._websocket
        if websocket is None:
            return
        with contextlib.suppress(aiohttp.ClientError, OSError):
            if isinstance(message, str):
                await websocket.send_str(message)
            else:
                await websocket.send_bytes(message)

    def _take(self, frame: aiohttp.WSMessage) -> list[Message]:
        """Follow a frame; return what to answer."""
        if self._is_ended:
            raise _lost(LossKind.CUT, "closed by us")
        if frame.type is aiohttp.WSMsgType.TEXT:
            message = json.loads(frame.data)
            self._sequence = message.get("seq", self._sequence)
            op = message["op"]
            # Unknown ops may look as they like.
            return self._obey(op, message["d"]) if op <= max(DaveOp) else []
        if frame.type is aiohttp.WSMsgType.BINARY:
            self._sequence = int.from_bytes(frame.data[:2], "big")
            op = frame.data[_BINARY_HEADER_BYTES - 1]
            return self._group.receive_binary(op, frame.data[_BINARY_HEADER_BYTES:])
        if frame.type is aiohttp.WSMsgType.CLOSE:
            code = frame.data or _NO_STATUS
            raise ConnectionLostError(Loss(LossKind.CLOSED, code, "closed by Discord", monotonic()))
        raise _lost(LossKind.CUT, "the websocket broke off")

    def _obey(self, op: int, payload: Any) -> list[Message]:
        match op:
            case _Op.HELLO:
                interval_s = payload["heartbeat_interval"] / 1000
                self._begin_heartbeat(min(interval_s, self._timings.heartbeat_s))
            case _Op.HEARTBEAT_ACK:
                self._acknowledged_at = monotonic()
            case _Op.READY:
                self._reach(payload)
            case _Op.SESSION_DESCRIPTION:
                return self._begin_session(payload)
            case _Op.RESUMED:
                return self._go_on()
            case _:
                return self._group.receive(op, payload)
        return []

    # The steps of the handshake

    def _identification(self) -> str:
        return json_message(
            _Op.IDENTIFY,
            {
                "server_id": str(self.ticket.guild_id),
                "user_id": str(self.ticket.user_id),
                "session_id": self.ticket.session_id,
                "token": self.ticket.token,
                "max_dave_protocol_version": max_version(),
            },
        )

    def _resumption(self) -> str:
        return json_message(
            _Op.RESUME,
            {
                "server_id": str(self.ticket.guild_id),
                "session_id": self.ticket.session_id,
                "token": self.ticket.token,
                "seq_ack": self._sequence,
            },
        )

    def _reach(self, ready: dict[str, Any]) -> None:
        if self._media is not None:
            raise MalformedFrameError("ready twice")
        mode = choose_mode(ready["modes"])
        self._ssrc = int(ready["ssrc"])
        try:
            self._media = media = MediaSocket(ready["ip"], ready["port"])
        except OSError as error:
            raise _lost(LossKind.CUT, f"no way to the media: {type(error).__name__}") from None
        name = f"voice connection discovery {self.ticket.guild_id}"
        self._tasks.create_task(self._select_protocol(media, mode), name=name)

    async def _select_protocol(self, media: MediaSocket, mode: str) -> None:
        try:
            address, port = await media.discover(self._ssrc)
        except DiscoveryTimeoutError as error:
            raise _lost(LossKind.TIMEOUT, str(error)) from None
        choice = {"address": address, "port": port, "mode": mode}
        await self._send(json_message(_Op.SELECT_PROTOCOL, {"protocol": "udp", "data": choice}))

    def _begin_session(self, description: dict[str, Any]) -> list[Message]:
        if self._media is None or self._is_open:
            raise MalformedFrameError("a session description out of turn")
        key = bytes(description["secret_key"])
        self._packetizer = RtpPacketizer(self._ssrc, description["mode"], key)
        answers = self._group.begin(int(description["dave_protocol_version"]))
        self._path = PathWatch(self._media, self._timings.path, on_dead=self._go_deaf)
        self._is_open = True
        self._attach()
        self._media.probe()
        self._opened.set_result(None)
        # Discord forwards no audio of a source it has not been told about.
        return [self._speaking(), *answers]

    def _go_on(self) -> list[Message]:
        if self._is_attached or not self._is_open:
            raise MalformedFrameError("a resume nobody asked for")
        self._attach()
        self._resumed_at = monotonic()
        self._on_change()
        return [self._speaking()]

    def _attach(self) -> None:
        self._is_attached = True
        self._deadline.reschedule(None)

    def _speaking(self) -> str:
        payload = {"speaking": int(self._is_speaking), "delay": 0, "ssrc": self._ssrc}
        return json_message(_Op.SPEAKING, payload)

    def _note(self) -> None:
        is_settled = self._is_attached and self._group.is_settled
        if is_settled != self._is_settled:
            self._is_settled = is_settled
            self._on_change()

    # Signs of life

    def _begin_heartbeat(self, interval_s: float) -> None:
        if interval_s <= 0:
            raise MalformedFrameError("a heartbeat without an interval")
        self._acknowledged_at = monotonic()
        name = f"voice connection heartbeat {self.ticket.guild_id}"
        if self._heart is not None:
            self._heart.cancel()
        self._heart = self._tasks.create_task(self._beat(interval_s), name=name)

    async def _beat(self, interval_s: float) -> NoReturn:
        due = monotonic() + interval_s * random.random()  # noqa: S311 - spreads clients
        while True:
            wake_at = min(due, self._acknowledged_at + self._timings.ack_s)
            await asyncio.wait([self._fault], timeout=max(0.0, wake_at - monotonic()))
            if self._fault.done():
                raise ConnectionLostError(self._fault.result())
            if monotonic() >= due:
                due = monotonic() + interval_s
                await self._send(self._heartbeat())
            if self._is_overdue():
                await self._make_sure()

    def _heartbeat(self) -> str:
        nonce = int(time() * 1000)
        return json_message(_Op.HEARTBEAT, {"t": nonce, "seq_ack": self._sequence})

    def _is_overdue(self) -> bool:
        return monotonic() >= self._acknowledged_at + self._timings.ack_s

    async def _make_sure(self) -> None:
        """Raise unless it was the loop that stood still, with acknowledgements yet to be read."""
        slept_at = monotonic()
        await asyncio.sleep(_STALL_S)
        if self._is_overdue() and monotonic() - slept_at < 2 * _STALL_S:
            detail = "no heartbeat was acknowledged"
            raise ConnectionLostError(Loss(LossKind.SILENT, None, detail, self._acknowledged_at))

    def _go_deaf(self, detail: str, last_heard_at: float) -> None:
        if not self._fault.done():
            self._fault.set_result(Loss(LossKind.DEAF, None, detail, last_heard_at))


def _loss(kind: LossKind, detail: str) -> Loss:
    return Loss(kind, None, detail, monotonic())


def _lost(kind: LossKind, detail: str) -> ConnectionLostError:
    return ConnectionLostError(_loss(kind, detail))


def _first_loss(group: BaseExceptionGroup[BaseException]) -> Loss:
    for error in group.exceptions:
        if isinstance(error, ConnectionLostError):
            return error.loss
    raise group


def _cut(line: socket.socket | None) -> None:
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
