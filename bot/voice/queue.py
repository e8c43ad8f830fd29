"""What waits to be said in one guild, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.audio.clip import FRAME_MS
from bot.errors import UserError
from bot.i18n import _

if TYPE_CHECKING:
    from bot.audio.clip import Clip
    from bot.models import SpeechRequest, Utterance
    from bot.voice.playback import Piece

MAX_WAITING: Final = 20
"""Utterances one guild may have waiting: about two minutes of ordinary sentences."""

SPOKEN_SHARE: Final = 0.99
"""The share of its frames that must have reached the call before an utterance counts as spoken."""


class QueueFullError(UserError):
    """Too much waits already."""


class NotHeardError(UserError):
    """The audio was there, but no connected and encrypted session took it."""

    def __init__(self, *, frames_sent: int, frames_due: int) -> None:
        super().__init__(
            _("The call broke off: {heard:.0f} s of {due:.0f} s were sent. Say it again.").format(
                heard=frames_sent * FRAME_MS / 1000, due=frames_due * FRAME_MS / 1000
            )
        )


class Ending(StrEnum):
    """How an utterance ended."""

    SPOKEN = "spoken"
    SKIPPED = "skipped"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one terminal state of an utterance; `error` says why it was dropped."""

    ending: Ending
    frames_sent: int
    frames_due: int
    error: Exception | None = None


class Turn:
    """One utterance on its way through a session; ends in exactly one `Outcome`."""

    def __init__(self, utterance: Utterance, opening: Clip | None = None) -> None:
        self.utterance = utterance
        self.ahead = 0
        """How many utterances were before it when it was accepted."""
        self._opening = opening
        self.pieces: list[Piece] = []
        self.unfinished = len(utterance.requests)
        self.is_skipped = False
        self.error: Exception | None = None
        self._started = asyncio.Event()
        self._ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    async def wait_until_started(self) -> bool:
        """Wait for the first packet or the end; return whether it has begun to sound."""
        await self._started.wait()
        return not self._ended.done() or self._ended.result().frames_sent > 0

    async def wait_until_ended(self) -> Outcome:
        """Wait for the outcome."""
        return await asyncio.shield(self._ended)

    def take_opening(self) -> Clip | None:
        """Hand out, once, the clip that was started before the turn was accepted."""
        opening, self._opening = self._opening, None
        return opening

    def start(self) -> None:
        """Say that the first packet has left."""
        self._started.set()

    def end(self) -> Outcome:
        """Settle the outcome from what the pieces sent; a second call changes nothing."""
        if not self._ended.done():
            self._ended.set_result(self._outcome())
        self._started.set()
        return self._ended.result()

    def _outcome(self) -> Outcome:
        sent = sum(piece.frames_sent for piece in self.pieces)
        due = sum(len(piece.clip.packets) for piece in self.pieces)
        if self.error is not None:
            return Outcome(Ending.DROPPED, sent, due, self.error)
        if self.is_skipped:
            return Outcome(Ending.SKIPPED, sent, due)
        if sent < due * SPOKEN_SHARE:
            error = NotHeardError(frames_sent=sent, frames_due=due)
            return Outcome(Ending.DROPPED, sent, due, error)
        return Outcome(Ending.SPOKEN, sent, due)


class SpeechQueue:
    """A bounded queue of turns, given out request by request, first come first served."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[Turn, deque[SpeechRequest]]] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, turn: Turn) -> None:
        """Add a turn at the end.

        Raises:
            QueueFullError: `max_waiting` turns wait already.
        """
        if len(self._waiting) >= self._max_waiting:
            raise QueueFullError(
                _(
                    "{count} messages are waiting already. Try again when a few have been spoken."
                ).format(count=len(self._waiting))
            )
        self._waiting.append((turn, deque(turn.utterance.requests)))
        self._filled.set()

    async def next(self) -> tuple[Turn, SpeechRequest]:
        """Wait for the next request and take it out."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        turn, requests = self._waiting[0]
        request = requests.popleft()
        if not requests:
            self._waiting.popleft()
        return turn, request

    def remove(self, turn: Turn) -> int:
        """Take out what is left of `turn`; return how many requests that were."""
        for entry in self._waiting:
            if entry[0] is turn:
                self._waiting.remove(entry)
                return len(entry[1])
        return 0
