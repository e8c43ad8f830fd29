"""Signs of life, and the lack of them, on one websocket to a voice server."""

from __future__ import annotations

import asyncio
import random
from time import monotonic
from typing import TYPE_CHECKING, Final, NoReturn

from bot.voice.loss import ConnectionLostError, Loss, LossKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_STALL_S: Final = 0.1  # to read what came while the loop stood still


class Heartbeat:
    """Beats until the server is silent or a fault comes up, and then raises.

    Args:
        interval_s: Between two beats.
        ack_s: A server that has acknowledged nothing for so long is gone.
        beat: Sends a heartbeat.
        fault: What ends the connection from elsewhere.
    """

    def __init__(
        self,
        *,
        interval_s: float,
        ack_s: float,
        beat: Callable[[], Awaitable[None]],
        fault: asyncio.Future[Loss],
    ) -> None:
        self._interval_s = interval_s
        self._ack_s = ack_s
        self._beat = beat
        self._fault = fault
        self._acknowledged_at = monotonic()
        self._beaten_at: float | None = None
        self.latency_s: float | None = None
        """How long the last acknowledged beat was under way; None before any."""

    def acknowledge(self) -> None:
        """Note that the server is there."""
        self._acknowledged_at = monotonic()
        if self._beaten_at is not None:
            self.latency_s = self._acknowledged_at - self._beaten_at
            self._beaten_at = None

    async def run(self) -> NoReturn:
        """Beat.

        Raises:
            ConnectionLostError: There is a fault, or no beat was acknowledged in time.
        """
        due = monotonic() + self._interval_s * random.random()  # noqa: S311 - spreads clients
        while True:
            wake_at = min(due, self._acknowledged_at + self._ack_s)
            await asyncio.wait([self._fault], timeout=max(0.0, wake_at - monotonic()))
            if self._fault.done():
                raise ConnectionLostError(self._fault.result())
            if monotonic() >= due:
                self._beaten_at = monotonic()
                due = self._beaten_at + self._interval_s
                await self._beat()
            if self._is_overdue():
                await self._make_sure()

    def _is_overdue(self) -> bool:
        return monotonic() >= self._acknowledged_at + self._ack_s

    async def _make_sure(self) -> None:
        """Raise unless it was the loop that stood still, with acknowledgements yet to be read."""
        slept_at = monotonic()
        await asyncio.sleep(_STALL_S)
        if self._is_overdue() and monotonic() - slept_at < 2 * _STALL_S:
            detail = "no heartbeat was acknowledged"
            raise ConnectionLostError(Loss(LossKind.SILENT, None, detail, self._acknowledged_at))
