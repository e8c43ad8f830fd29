"""Voice servers, and connections to them with the manners of `bot.voice.connection`."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.voice.loss import ConnectionLostError, Loss, LossKind
from bot.voice.messages import Ticket
from bot.voice.playback import OPUS_SILENCE

if TYPE_CHECKING:
    from tests.voice._discord import Discord
    from tests.voice._payloads import Seat

OPEN_TIMEOUT_S = 7.0


@dataclass(frozen=True)
class Refusal:
    """How an attempt to connect ends."""

    kind: LossKind = LossKind.CLOSED
    code: int | None = None
    after_s: float = 0.05


class VoiceServers:
    """What the voice servers do, for all guilds."""

    def __init__(self, discord: Discord) -> None:
        self.discord = discord
        self.connections: list[FakeVoiceConnection] = []
        """Every attempt to connect, in order; all but the unreached identify."""
        self.refusals: deque[Refusal] = deque()
        """Of the next attempts."""
        self.refusal: Refusal | None = None
        """Of all attempts after those."""
        self.refused_at = 0.0
        """When the last attempt was."""
        self.forms_groups = True
        self.heard: Counter[int] = Counter()
        """Frames of speech that people could hear, by channel."""
        self.wasted = 0
        """Frames of speech sent where nobody could hear them."""

    def connect(
        self, ticket: Ticket, _dial: Any, *, on_change: Callable[[], None]
    ) -> FakeVoiceConnection:
        """Stand for the class `VoiceConnection`."""
        return FakeVoiceConnection(self, ticket, on_change)

    def next_refusal(self, ticket: Ticket) -> Refusal | None:
        """Say how the next attempt ends, or that it succeeds."""
        if self.refusals:
            return self.refusals.popleft()
        if self.refusal is not None:
            return self.refusal
        is_valid = self._seat_of(ticket) is not None
        return None if is_valid else Refusal(code=4006, after_s=self.discord.delay_s())

    def seat(self, connection: FakeVoiceConnection) -> bool:
        """Let a connection into the call, if its ticket still holds; another one has to go."""
        seat = self._seat_of(connection.ticket)
        if seat is None:
            return False
        old, seat.connection = seat.connection, connection
        if old is not None:
            old.close_from_server(4006)
        return True

    def _seat_of(self, ticket: Ticket) -> Seat | None:
        seat = self.discord.guilds[ticket.guild_id].seat
        if seat is None:
            return None
        shown = (ticket.channel_id, ticket.session_id, ticket.token, ticket.endpoint)
        held = (seat.channel_id, seat.session_id, seat.token, seat.endpoint)
        return seat if shown == held else None


class FakeVoiceConnection:
    """One connection: `open`, then `lost` at most once, unless it is closed before."""

    def __init__(
        self, servers: VoiceServers, ticket: Ticket, on_change: Callable[[], None]
    ) -> None:
        self.ticket = ticket
        self.loop = servers.discord.loop
        self.lost: asyncio.Future[Loss] = self.loop.create_future()
        self.began_at = self.loop.time()
        self.is_open = False
        self.is_settled = False
        self.is_speaking = False
        self._servers = servers
        self._on_change = on_change
        self._opened: asyncio.Future[Loss | None] = self.loop.create_future()
        self._is_ended = False
        self._is_gone = False  # for the server; the bot hears of it later
        self._heard_at = 0.0

    async def open(self) -> None:
        """Connect."""
        if not self._is_ended:
            self._servers.connections.append(self)
            self._identify()
        try:
            loss = await asyncio.shield(self._opened)
        except asyncio.CancelledError:
            await self.close()
            raise
        if loss is not None:
            await self.close()
            raise ConnectionLostError(loss)

    async def close(self, code: int = 1000) -> None:
        """Hang up."""
        self._end(Loss(LossKind.CUT, None, "closed by us", self.loop.time()), is_wanted=True)
        self._release_seat()
        await asyncio.sleep(self._servers.discord.delay_s())

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms."""
        if not (self.is_open and self.is_settled):
            return False
        if packet == OPUS_SILENCE:
            return True
        seat = self._servers.discord.guilds[self.ticket.guild_id].seat
        is_heard = seat is not None and seat.connection is self
        if is_heard and seat is not None and not (seat.is_muted or seat.is_suppressed):
            self._servers.heard[seat.channel_id] += 1
            self._heard_at = self.loop.time()
        else:
            self._servers.wasted += 1
        return True

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring."""
        self.is_speaking = speaking

    # What a server does

    def close_from_server(self, code: int) -> None:
        """Close with a code; the bot hears of it in a moment."""
        self.lose(LossKind.CLOSED, code)

    def lose(self, kind: LossKind, code: int | None = None) -> None:
        """Be gone; the bot hears of it in a moment."""
        if not self._is_gone:
            self._is_gone = True
            self._release_seat()
            loss = Loss(kind, code, "in a test", self._heard_at or self.loop.time())
            self.loop.call_later(self._servers.discord.delay_s(), self._end, loss)

    def falter(self, seconds: float) -> None:
        """Be resumed: nothing can be sent for a moment."""
        if self.is_open:
            self._note(is_settled=False)
            self.loop.call_later(seconds, self.regroup)

    def regroup(self) -> None:
        """Form an encrypted group again, or none: somebody has come or gone."""
        self.loop.call_later(self._servers.discord.delay_s(), self._form_group)

    def _identify(self) -> None:
        delay_s = self._servers.discord.delay_s() * 2
        self.loop.call_later(delay_s, self._answer)

    def _answer(self) -> None:
        if self._is_ended or self._is_gone:
            return
        refusal = self._servers.next_refusal(self.ticket)
        if refusal is not None:
            self._servers.refused_at = self.loop.time()
            loss = Loss(refusal.kind, refusal.code, "in a test", self.loop.time())
            self.loop.call_later(refusal.after_s, self._end, loss)
        elif self._servers.seat(self):
            self.is_open = True
            self._opened.set_result(None)
            self.regroup()

    def _form_group(self) -> None:
        if self.is_open and not self._is_gone:
            guild = self._servers.discord.guilds[self.ticket.guild_id]
            has_company = bool(guild.company(self.ticket.channel_id))
            self._note(is_settled=has_company and self._servers.forms_groups)

    def _note(self, *, is_settled: bool) -> None:
        if is_settled != self.is_settled:
            self.is_settled = is_settled
            self._on_change()

    def _release_seat(self) -> None:
        seat = self._servers.discord.guilds[self.ticket.guild_id].seat
        if seat is not None and seat.connection is self:
            seat.connection = None

    def _end(self, loss: Loss, *, is_wanted: bool = False) -> None:
        if self._is_ended:
            return
        is_lost = self.is_open and not is_wanted
        self._is_ended = True
        self.is_open = self.is_settled = False
        if not self._opened.done():
            self._opened.set_result(loss)
        if is_lost:
            self.lost.set_result(loss)
            self.loop.call_soon(self._on_change)
