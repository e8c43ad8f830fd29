"""Says what a guild's queue holds: one task takes requests out and feeds the playback."""

from __future__ import annotations

import asyncio
import logging
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol

from bot.audio.clip import FRAME_MS, PREFILL_FRAMES, Clip
from bot.audio.fade import fade_out
from bot.tasks import Tasks
from bot.voice.first_sounds import FirstSounds
from bot.voice.ledger import DropReason, Ledger, NotSpokenError
from bot.voice.playback import Piece, Playback, Sink
from bot.voice.queue import Room, SpeechQueue, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models import SpeechRequest, Utterance
    from bot.tts.recorder import Recorder
    from bot.voice.pacer import Pacer

log = logging.getLogger(__name__)

CLIPS_AT_ONCE: Final = 2
"""One that sounds and one that is being made meanwhile."""

REWIND_FRAMES: Final = 100 // FRAME_MS
"""What was under way when a call broke off is said again."""

FADE_FRAMES: Final = 200 // FRAME_MS


class Line(Sink, Protocol):
    """The call, as far as speech needs it."""

    async def announce(self, *, speaking: bool) -> None:
        """Show whether the bot speaks."""


class Narrator:
    """Speaks in one guild, in order, and closes every utterance in the ledger exactly once.

    Others send it wishes; only its own task records and feeds.
    """

    def __init__(
        self, line: Line, *, guild_id: int, recorder: Recorder, pacer: Pacer, ledger: Ledger
    ) -> None:
        self._line = line
        self._guild_id = guild_id
        self._recorder = recorder
        self._ledger = ledger
        self._playback = Playback(line, self, pacer)
        self._queue = SpeechQueue()
        self._begun: list[Turn] = []
        """What is said and what is being made, in the order it is spoken."""
        self._turn_of: dict[Piece, Turn | None] = {}
        """The pieces that hold a slot; those of a turn that was put back are nobody's."""
        self._watchers: list[Callable[[], None]] = []
        self._first_sounds = FirstSounds()
        self._slots = asyncio.Semaphore(CLIPS_AT_ONCE)
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks()
        self._tasks.start(self._speak(), name=f"narrator {guild_id}")

    @property
    def turns(self) -> Sequence[Turn]:
        """What is open, in the order it is spoken: the one that sounds, then those that wait."""
        return (*self._begun, *self._queue)

    @property
    def is_paused(self) -> bool:
        """Whether it was told to wait."""
        return self._playback.is_paused

    @property
    def first_sound_s(self) -> float | None:
        """How many seconds speech lately took to begin; None where none was made lately."""
        return self._first_sounds.usual_s(self._loop.time())

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever the open turns change; return what ends that."""
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback) if callback in self._watchers else None

    # What people want

    def enqueue(self, utterance: Utterance, *, room: Room | None = None) -> Turn:
        """Accept an utterance; what becomes of it is in the turn.

        `room` is how much may wait.

        Raises:
            QueueFullError: Too much waits already.
        """
        turn = Turn(utterance)
        outgoing = self._queue.put(turn, room)
        if outgoing is not None:
            self.drop(outgoing, DropReason.OVERFLOW)
        return self._accept(turn)

    def replace(self, turn: Turn, utterance: Utterance) -> Turn:
        """Say `utterance` in the place of `turn`, or next of all if that one has ended."""
        successor = Turn(utterance)
        if self._queue.replace(turn, successor):
            turn.error = NotSpokenError(DropReason.EDITED)
            self._end(turn)
        else:
            if turn in self._begun:
                self._put_back(self._begun[self._begun.index(turn) + 1 :])
            self._queue.put_first(successor)
            self.drop(turn, DropReason.EDITED)
        return self._accept(successor)

    def _put_back(self, turns: Sequence[Turn]) -> None:
        """Let turns of which nothing has sounded wait again, before all others.

        Those that nobody is to hear any more end where they are: when the playback comes to them.
        """
        unheard = takewhile(lambda turn: not turn.frames_sent, turns)
        wanted = [turn for turn in unheard if not turn.is_cut and turn.error is None]
        for turn in reversed(wanted):
            for piece in turn.pieces:
                piece.is_cut = True
                self._recorder.cancel(piece.clip)
                if piece in self._turn_of:
                    self._turn_of[piece] = None
            self._begun.remove(turn)
            self._queue.put_back(turn)

    def _accept(self, turn: Turn) -> Turn:
        turn.ahead = self.turns.index(turn)
        self._ledger.accept(self._guild_id)
        self._tell()
        return turn

    def drop(self, turn: Turn, reason: DropReason) -> None:
        """Give up an utterance, mid-word if it sounds."""
        if not turn.has_ended:
            self._drop(turn, reason)

    def skip(self, turn: Turn, *, by: int) -> bool:
        """Cut an utterance, mid-word if it sounds; return whether it was still open."""
        if turn.has_ended:
            return False
        turn.skipped_by = by
        self._cut(turn)
        return True

    def clear(self, *, by: int) -> int:
        """Cut everything said and waiting; return how many utterances that were."""
        turns = self.turns
        for turn in reversed(turns):
            self.skip(turn, by=by)
        return len(turns)

    def pause(self) -> bool:
        """Fall silent where it is; return whether that changed anything."""
        if self.is_paused:
            return False
        self._playback.pause()
        self._tell()
        return True

    def resume(self) -> bool:
        """Go on; return whether that changed anything."""
        if not self.is_paused:
            return False
        if self._sounding():
            self._announce(speaking=True)
        self._playback.resume()
        self._tell()
        return True

    # What the call does

    def on_line_changed(self) -> None:
        """Go on if the call can be spoken in."""
        self._playback.wake()

    def on_line_restored(self, *, unheard_s: float, in_place: bool) -> None:
        """Go on after the call broke off: a little earlier, from the start, or not at all.

        `unheard_s` is how long speech had been sent to nobody before that was noticed.
        """
        turn = self._sounding()
        if turn is None:
            pass
        elif in_place:
            self._playback.rewind(REWIND_FRAMES + round(unheard_s * 1000 / FRAME_MS))
        elif turn.has_restarted:
            self._drop(turn, DropReason.INTERRUPTED)
        else:
            turn.has_restarted = True
            self._playback.restart()
        if turn is not None:
            self._announce(speaking=True)
        self._playback.wake()

    def drop_all(self, reason: DropReason) -> None:
        """Give up everything said and waiting."""
        for turn in reversed(self.turns):
            self._drop(turn, reason)

    # Its end

    async def finish(self, grace_s: float) -> None:
        """Say what sounds to its end within `grace_s` seconds, else fade it out; drop the rest."""
        sounding = self._sounding()
        for turn in reversed(self.turns):
            if turn is not sounding:
                self._drop(turn, DropReason.SHUTDOWN)
        if sounding is None:
            return
        fade_s = (FADE_FRAMES + 2) * FRAME_MS / 1000
        ending = asyncio.ensure_future(sounding.wait_until_ended())
        await asyncio.wait({ending}, timeout=max(0.0, grace_s - fade_s))
        if not ending.done():
            self._fade(sounding, DropReason.SHUTDOWN)
            await asyncio.wait({ending}, timeout=fade_s)
        ending.cancel()

    async def close(self, reason: DropReason) -> None:
        """Fall silent at once; what was not said is dropped for `reason`."""
        self._playback.close()
        for turn in self.turns:
            self._drop(turn, reason)
            self._end(turn)
        self._tell()
        await self._tasks.close()

    # Its task

    async def _speak(self) -> None:
        while True:
            await self._slots.acquire()
            turn, request = await self._queue.next()
            if turn not in self._begun:
                self._begun.append(turn)
            try:
                await self._say(turn, request)
            except Exception as error:  # the task's own door: a bug must not silence the guild
                log.exception("an utterance failed in guild %s", self._guild_id)
                self._give_up(turn, error)

    async def _say(self, turn: Turn, request: SpeechRequest) -> None:
        piece = self._next_piece(turn)
        request = self._queue.hurried(turn, request)
        asked_at = self._loop.time()
        piece.clip = self._recorder.record(request)
        if not await piece.clip.wait_for_frames(PREFILL_FRAMES):
            self._finish(piece)
            return
        if piece.clip.is_new:
            self._first_sounds.note(asked_at=asked_at, now=self._loop.time())
        was_silent = not self._playback.is_speaking
        self._playback.feed(piece)
        if was_silent and not self.is_paused:
            # Not before the first packet, which it would hold up: it only lights the ring, as every
            # session begins by naming its source.
            self._announce(speaking=True)

    def _next_piece(self, turn: Turn) -> Piece:
        """Return the piece that a turn goes on with; whatever fails from now on ends with it."""
        piece = Piece(Clip(), turn.next_lead_in_frames)
        self._turn_of[piece] = turn
        turn.pieces.append(piece)
        return piece

    def _announce(self, *, speaking: bool) -> None:
        name = "announce speech" if speaking else "announce silence"
        self._tasks.start(self._line.announce(speaking=speaking), name=name)

    def _sounding(self) -> Turn | None:
        return self._begun[0] if self._begun and self._begun[0].is_sounding else None

    def _cut(self, turn: Turn) -> None:
        turn.is_cut = True
        for piece in turn.pieces:
            piece.is_cut = True
            self._recorder.cancel(piece.clip)
        self._queue.note_end(turn)  # what comes next is begun before the pacer lets go of this
        self._drop_rest(turn)
        self._playback.wake()

    def _drop(self, turn: Turn, reason: DropReason) -> None:
        if not turn.is_cut:  # what somebody has skipped already stays skipped
            turn.error = turn.error or NotSpokenError(reason, frames_sent=turn.frames_sent)
        self._cut(turn)

    def _give_up(self, turn: Turn, error: Exception) -> None:
        turn.error = turn.error or error
        self._cut(turn)
        for piece in turn.pieces:
            self._finish(piece)

    def _fade(self, turn: Turn, reason: DropReason) -> None:
        turn.error = NotSpokenError(reason, frames_sent=turn.frames_sent)
        for piece in turn.pieces:
            if piece in self._turn_of:
                faded = fade_out(piece.clip.packets, piece.position, FADE_FRAMES)
                self._playback.fade(piece, faded)
        self._drop_rest(turn)

    def _drop_rest(self, turn: Turn) -> None:
        turn.unfinished -= self._queue.remove(turn)
        if not turn.unfinished:
            self._end(turn)

    def _finish(self, piece: Piece) -> None:
        if piece not in self._turn_of:
            return
        turn = self._turn_of.pop(piece)
        self._slots.release()
        self._recorder.cancel(piece.clip)
        if turn is None:
            return
        turn.unfinished -= 1
        if piece.clip.error is not None:
            turn.error = turn.error or piece.clip.error
        if turn.error is not None or not turn.unfinished:
            self._drop_rest(turn)

    def _end(self, turn: Turn) -> None:
        if turn.has_ended:
            return
        if turn in self._begun:
            self._begun.remove(turn)
        self._queue.note_end(turn)
        if not self.turns:
            self._queue.end_round()
        if turn.time_limit is not None:
            turn.time_limit.cancel()
        outcome = turn.end()
        self._ledger.close(self._guild_id, outcome)
        log.info(
            "utterance %s in guild %s, %s of %s frames",
            outcome.reason,
            self._guild_id,
            outcome.frames_sent,
            outcome.frames_due,
        )
        self._tell()

    def _tell(self) -> None:
        for callback in self._watchers[:]:
            callback()

    # What the playback reports

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
            if turn.time_limit is None:
                self._limit(turn)
            self._tell()

    def _limit(self, turn: Turn) -> None:
        """Look again when `turn` may have been heard for as long as it is allowed to."""
        if (longest_s := turn.utterance.longest_s) is None or turn.has_ended:
            return
        left_s = longest_s - turn.frames_sent * FRAME_MS / 1000
        if left_s > 0:  # it may have been paused meanwhile, or the call away
            delay_s = max(left_s, FRAME_MS / 1000)
            turn.time_limit = self._loop.call_later(delay_s, self._limit, turn)
        elif turn.error is None and not turn.is_cut:
            self._fade(turn, DropReason.TOO_LONG)

    def _fall_silent(self) -> None:
        if not self._playback.is_speaking:
            self._announce(speaking=False)
