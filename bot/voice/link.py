"""The one connection a presence has, or is getting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from bot.voice.connection import VoiceConnection
from bot.voice.loss import ConnectionLostError, Loss

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientWebSocketResponse

    from bot.voice.condition import Condition
    from bot.voice.messages import Ticket


class Link:
    """Opens a connection in the background, and lets go of it whatever state it is in.

    `is_settled` and `send_opus` are called on the pacer's thread, everything else on the loop.
    """

    def __init__(
        self,
        dial: Callable[[str], Awaitable[ClientWebSocketResponse]],
        on_change: Callable[[], None],
    ) -> None:
        self._dial = dial
        self._on_change = on_change
        self._connection: VoiceConnection | None = None
        self._opening: asyncio.Task[None] | None = None
        self.ticket: Ticket | None = None
        """What the connection there is was opened with."""
        self.open_since = 0.0
        """When it was open (monotonic seconds); 0 before."""
        self.may_send = False
        """Whether Discord lets anybody hear what is sent."""

    @property
    def is_open(self) -> bool:
        """Whether the voice server has let the bot in."""
        return self._connection is not None and self._connection.is_open

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now (pacer's thread)."""
        connection = self._connection
        return self.may_send and connection is not None and connection.is_settled

    @property
    def has_group(self) -> bool:
        """Whether the call is encrypted end to end, or need not be."""
        return self._connection is not None and self._connection.is_settled

    @property
    def condition(self) -> Condition | None:
        """How the connection fares, once it is open."""
        connection = self._connection
        if connection is None or not (connection.is_open and self.open_since):
            return None
        return replace(connection.condition, open_s=monotonic() - self.open_since)

    @property
    def loss(self) -> Loss | None:
        """Why the connection ended, if it has."""
        connection = self._connection
        return connection.lost.result() if connection and connection.lost.done() else None

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms of Opus; return whether an encrypted session took it (pacer's thread)."""
        connection = self._connection
        return self.may_send and connection is not None and connection.send_opus(packet)

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring around the bot."""
        if self._connection is not None:
            await self._connection.announce(speaking=speaking)

    async def open(self, ticket: Ticket) -> None:
        """Let go of what there is, and begin to connect with another ticket."""
        await self.drop()
        self.ticket = ticket
        self._connection = VoiceConnection(ticket, self._dial, on_change=self._on_change)
        self._opening = asyncio.create_task(
            self._finish_opening(self._connection), name=f"voice connection {ticket.guild_id}"
        )

    async def drop(self) -> None:
        """Let go of the connection there is, or is becoming."""
        connection, self._connection = self._connection, None
        opening, self._opening = self._opening, None
        self.ticket = None
        self.open_since = 0.0
        self.may_send = False
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        if connection is not None:
            await connection.close()

    async def _finish_opening(self, connection: VoiceConnection) -> None:
        try:
            await connection.open()
        except ConnectionLostError as error:
            if not connection.lost.done():
                connection.lost.set_result(error.loss)
        else:
            self.open_since = monotonic()
            connection.lost.add_done_callback(lambda _: self._on_change())
        self._on_change()
