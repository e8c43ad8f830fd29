"""Speaks in one guild: one task takes requests from the queue and feeds the playback."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from bot.audio.clip import FRAME_MS
from bot.tasks import Tasks
from bot.voice.playback import Piece, Playback, Sink
from bot.voice.queue import SpeechQueue, Turn

if TYPE_CHECKING:
    from bot.audio.clip import Clip
    from bot.models import SpeechRequest, Utterance
    from bot.tts.recorder import Recorder
    from bot.voice.client import CallChannel
    from bot.voice.pacer import Pacer

log = logging.getLogger(__name__)

PREFILL_FRAMES: Final = 60 // FRAME_MS
"""Audio that must be there before a piece starts: what a jitter buffer holds."""

CLIPS_AT_ONCE: Final = 2
"""One that sounds and one that is being made meanwhile."""


class Connection(Sink, Protocol):
    """The call, as far as a session needs it."""

    @property
    def channel(self) -> CallChannel:
        """Where it is."""

    async def announce(self, *, speaking: bool) -> None:
        """Show whether the bot speaks."""

    async def disconnect(self, *, force: bool = False) -> None:
        """Leave."""


class VoiceSession:
    """The bot's presence in one guild's call.

    Others send it `enqueue`, `skip`, `clear` and `close`; only its own task records and feeds.
    """

    def __init__(self, connection: Connection, *, recorder: Recorder, pacer: Pacer) -> None:
        self._connection = connection
        self._recorder = recorder
        self._playback = Playback(connection, self, pacer)
        self._queue = SpeechQueue()
        self._turns: list[Turn] = []
        self._turn_of: dict[Piece, Turn] = {}
        self._slots = asyncio.Semaphore(CLIPS_AT_ONCE)
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks()
        self._tasks.start(self._speak(), name=f"session {self.guild_id}")

    @property
    def guild_id(self) -> int:
        """Where this session speaks."""
        return self.channel.guild.id

    @property
    def channel(self) -> CallChannel:
        """The channel the call is in."""
        return self._connection.channel

    def enqueue(self, utterance: Utterance, *, opening: Clip | None = None) -> Turn:
        """Accept an utterance; what becomes of it is in the turn.

        `opening` is the clip of its first request, where that was started before.

        Raises:
            QueueFullError: Too much waits already.
        """
        turn = Turn(utterance, opening)
        turn.ahead = len(self._turns)
        self._queue.put(turn)
        self._turns.append(turn)
        return turn

    def skip(self) -> bool:
        """Cut the utterance that sounds, mid-word; return whether there was one."""
        if not self._turns:
            return False
        self._cut(self._turns[0])
        return True

    def clear(self) -> int:
        """Cut everything said and waiting; return how many utterances that were."""
        turns = list(self._turns)
        for turn in reversed(turns):
            self._cut(turn)
        return len(turns)

    async def close(self, reason: Exception) -> None:
        """Leave the call; what was not said is dropped for `reason`."""
        self._playback.close()
        for turn in list(self._turns):
            turn.error = turn.error or reason
            self._cut(turn)
            self._end(turn)
        await self._tasks.close()
        await self._connection.disconnect(force=True)

    async def _speak(self) -> None:
        while True:
            await self._slots.acquire()
            turn, request = await self._queue.next()
            try:
                await self._say(turn, request)
            except Exception as error:  # the task's own door: a bug must not silence the guild
                log.exception("an utterance failed in guild %s", self.guild_id)
                self._give_up(turn, error)

    async def _say(self, turn: Turn, request: SpeechRequest) -> None:
        piece = Piece(turn.take_opening() or self._recorder.record(request))
        self._turn_of[piece] = turn
        turn.pieces.append(piece)
        if not await piece.clip.wait_for_frames(PREFILL_FRAMES):
            self._finish(piece)
            return
        if not self._playback.is_speaking:
            await self._connection.announce(speaking=True)
        self._playback.feed(piece)

    def _cut(self, turn: Turn) -> None:
        turn.is_skipped = True
        if opening := turn.take_opening():
            self._recorder.cancel(opening)
        for piece in turn.pieces:
            piece.is_cut = True
            self._recorder.cancel(piece.clip)
        self._drop_rest(turn)

    def _give_up(self, turn: Turn, error: Exception) -> None:
        turn.error = turn.error or error
        self._cut(turn)
        for piece in turn.pieces:
            self._finish(piece)

    def _drop_rest(self, turn: Turn) -> None:
        turn.unfinished -= self._queue.remove(turn)
        if not turn.unfinished:
            self._end(turn)

    def _finish(self, piece: Piece) -> None:
        turn = self._turn_of.pop(piece, None)
        if turn is None:
            return
        self._slots.release()
        self._recorder.cancel(piece.clip)
        turn.unfinished -= 1
        if piece.clip.error is not None:
            turn.error = turn.error or piece.clip.error
        if turn.error is not None or not turn.unfinished:
            self._drop_rest(turn)

    def _end(self, turn: Turn) -> None:
        if turn not in self._turns:
            return
        self._turns.remove(turn)
        outcome = turn.end()
        log.info(
            "utterance %s in guild %s, %s of %s frames",
            outcome.ending,
            self.guild_id,
            outcome.frames_sent,
            outcome.frames_due,
        )

    def on_piece_started(self, piece: Piece) -> None:
        """Note the first packet (called on the pacer's thread)."""
        self._loop.call_soon_threadsafe(self._start, piece)

    def on_piece_finished(self, piece: Piece) -> None:
        """Free the piece's slot (called on the pacer's thread)."""
        self._loop.call_soon_threadsafe(self._finish, piece)

    def on_silent(self) -> None:
        """Darken the ring around the bot (called on the pacer's thread)."""
        self._loop.call_soon_threadsafe(self._fall_silent)

    def _start(self, piece: Piece) -> None:
        if turn := self._turn_of.get(piece):
            turn.start()

    def _fall_silent(self) -> None:
        if not self._playback.is_speaking:
            self._tasks.start(self._connection.announce(speaking=False), name="announce silence")
