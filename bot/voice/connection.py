"""One connection to a voice server, from a ticket of the main gateway to its loss."""

from __future__ import annotations

import asyncio
import logging
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NoReturn

from bot.voice import messages
from bot.voice.condition import Condition
from bot.voice.dave import DaveGroup, DaveOp, MalformedFrameError, Message
from bot.voice.heartbeat import Heartbeat
from bot.voice.loss import ConnectionLostError, Loss, LossKind, first_loss, loss_now, lost_now
from bot.voice.media_path import MediaPath
from bot.voice.messages import Op
from bot.voice.timings import Timings
from bot.voice.transport import NoCommonModeError
from bot.voice.websocket import dial_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from bot.voice.messages import Ticket
    from bot.voice.websocket import Frame, Websocket

log = logging.getLogger(__name__)

_RESUMABLE: Final = frozenset({1001, 1006, 4000, 4015})
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
        self._websocket: Websocket | None = None
        self._heartbeat: Heartbeat | None = None
        self._heart: asyncio.Task[NoReturn] | None = None
        self._tasks: asyncio.TaskGroup
        self._deadline: asyncio.Timeout
        self._group = DaveGroup(ticket.user_id, ticket.channel_id)
        self._path: MediaPath | None = None
        self._sequence = -1
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

    @property
    def condition(self) -> Condition:
        """How it fares at this moment."""
        return Condition(
            is_settled=self._is_settled,
            is_encrypted=self._is_settled and self._group.version > 0,
            latency_s=self._heartbeat.latency_s if self._heartbeat else None,
            sent=self._path.sent if self._path else 0,
            unsent=self._path.unsent if self._path else 0,
        )

    async def open(self) -> None:
        """Connect, at most `Timings.open_s` long; a cancellation leaves nothing behind.

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
            self._end(loss_now(LossKind.CUT, "closed by us"), is_wanted=True)
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
        path = self._path
        if path is None or not self._is_open:
            return False
        payload = self._group.encrypt(packet)
        return payload is not None and path.send(payload)

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring around the bot, now or as soon as a session is resumed."""
        self._is_speaking = speaking
        if self._is_attached and self._path is not None:
            await self._send(self._speaking(self._path))

    # From the first websocket to the last

    async def _run(self) -> None:
        loss = loss_now(LossKind.MALFORMED, "an error of ours")
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
        loss = await self._serve(messages.identify(self.ticket), self._timings.open_s)
        while self._is_open and self._may_resume(loss):
            self._is_attached = False
            self._note()
            await self._hang_up()
            log.info("resuming the voice session of guild %s", self.ticket.guild_id)
            greeting = messages.resume(self.ticket, self._sequence)
            next_loss = await self._serve(greeting, self._timings.resume_s)
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
                websocket = await dial_server(self._dial, self.ticket.endpoint)
                self._websocket = websocket
                await self._send(greeting)
                async with asyncio.TaskGroup() as self._tasks:
                    await self._read(websocket)
        except TimeoutError:
            return loss_now(LossKind.TIMEOUT, "the handshake took too long")
        except ConnectionLostError as error:
            return error.loss
        except BaseExceptionGroup as group:
            return first_loss(group)

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
            self._path.close()
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
        await websocket.hang_up(self._close_code, last_word_s=self._last_word_s)

    # Reading and writing

    async def _read(self, websocket: Websocket) -> NoReturn:
        while not self._is_ended:
            try:
                answers = self._take(await websocket.receive())
            except _MALFORMED as error:
                log.warning(
                    "a malformed frame in guild %s: %s", self.ticket.guild_id, type(error).__name__
                )
                raise lost_now(LossKind.MALFORMED, type(error).__name__) from None
            for answer in answers:
                await self._send(answer)
            self._note()
        raise lost_now(LossKind.CUT, "closed by us")

    async def _send(self, message: Message) -> None:
        if self._websocket is not None:
            await self._websocket.send(message)

    def _take(self, frame: Frame) -> list[Message]:
        """Follow a frame; return what to answer."""
        if self._is_ended:
            raise lost_now(LossKind.CUT, "closed by us")
        self._sequence = self._sequence if frame.number is None else frame.number
        if isinstance(frame.body, bytes):
            return self._group.receive_binary(frame.op, frame.body)
        # Unknown ops may look as they like.
        return self._obey(frame.op, frame.body["d"]) if frame.op <= max(DaveOp) else []

    def _obey(self, op: int, payload: Any) -> list[Message]:
        match op:
            case Op.HELLO:
                interval_s = payload["heartbeat_interval"] / 1000
                self._begin_heartbeat(min(interval_s, self._timings.heartbeat_s))
            case Op.HEARTBEAT_ACK:
                if self._heartbeat is not None:
                    self._heartbeat.acknowledge()
            case Op.READY:
                self._reach(payload)
            case Op.SESSION_DESCRIPTION:
                return self._begin_session(payload)
            case Op.RESUMED:
                return self._go_on()
            case _:
                return self._group.receive(op, payload)
        return []

    # The steps of the handshake

    def _reach(self, ready: dict[str, Any]) -> None:
        if self._path is not None:
            raise MalformedFrameError("ready twice")
        self._path = path = MediaPath(ready)
        name = f"voice connection discovery {self.ticket.guild_id}"
        self._tasks.create_task(self._select_protocol(path), name=name)

    async def _select_protocol(self, path: MediaPath) -> None:
        await self._send(await path.select_protocol())

    def _begin_session(self, description: dict[str, Any]) -> list[Message]:
        if self._path is None or self._is_open:
            raise MalformedFrameError("a session description out of turn")
        answers = self._group.begin(int(description["dave_protocol_version"]))
        self._path.begin(description, self._timings.path, on_dead=self._go_deaf)
        self._is_open = True
        self._attach()
        self._opened.set_result(None)
        # Discord forwards no audio of a source it has not been told about.
        return [self._speaking(self._path), *answers]

    def _go_on(self) -> list[Message]:
        if self._path is None or self._is_attached or not self._is_open:
            raise MalformedFrameError("a resume nobody asked for")
        self._attach()
        self._resumed_at = monotonic()
        self._on_change()
        return [self._speaking(self._path)]

    def _attach(self) -> None:
        self._is_attached = True
        self._deadline.reschedule(None)

    def _speaking(self, path: MediaPath) -> str:
        return messages.speaking(path.ssrc, is_speaking=self._is_speaking)

    def _note(self) -> None:
        is_settled = self._is_attached and self._group.is_settled
        if is_settled != self._is_settled:
            self._is_settled = is_settled
            self._on_change()

    # Signs of life

    def _begin_heartbeat(self, interval_s: float) -> None:
        if interval_s <= 0:
            raise MalformedFrameError("a heartbeat without an interval")
        self._heartbeat = Heartbeat(
            interval_s=interval_s,
            ack_s=self._timings.ack_s,
            beat=lambda: self._send(messages.heartbeat(self._sequence)),
            fault=self._fault,
        )
        if self._heart is not None:
            self._heart.cancel()
        name = f"voice connection heartbeat {self.ticket.guild_id}"
        self._heart = self._tasks.create_task(self._heartbeat.run(), name=name)

    def _go_deaf(self, detail: str, last_heard_at: float) -> None:
        if not self._fault.done():
            self._fault.set_result(Loss(LossKind.DEAF, None, detail, last_heard_at))
