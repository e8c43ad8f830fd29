"""What waits to be said in one guild, and what becomes of it."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from bot.audio.clip import FRAME_MS
from bot.errors import UserError
from bot.i18n import _, ngettext
from bot.models import MAX_SPEED
from bot.policy.rotation import Rotation
from bot.settings.choices import NameReading, Overflow
from bot.text.announcement import LastSpeaker, should_announce
from bot.voice.ledger import SPOKEN_SHARE, DropReason, Ending, NotSpokenError, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.models import SpeechRequest, Utterance
    from bot.settings.guild import GuildSettings
    from bot.voice.playback import Piece


HURRY_ABOVE: Final = 5
"""Utterances that may wait before the bot reads faster (product.md, reading aloud)."""

INTRODUCTION_PAUSE_MS: Final = 120
"""What a reader leaves between who speaks and what they say."""

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Room:
    """How many utterances may wait, of all and of each member, and what gives way to more."""

    waiting: int = 10
    each: int = 3
    overflow: Overflow = Overflow.NEWEST

    @classmethod
    def of(cls, server: GuildSettings) -> Self:
        """Return what moderators want it to be."""
        return cls(server.max_waiting, server.max_waiting_each, server.overflow)


class QueueFullError(UserError):
    """Too much waits already."""


class Turn:
    """One utterance on its way through a session; ends in exactly one `Outcome`."""

    def __init__(self, utterance: Utterance) -> None:
        self.id = next(_ids)
        """Unique in this process."""
        self.utterance = utterance
        self.ahead = 0
        """How many utterances were to be spoken before it when it was accepted."""
        self.votes: set[int] = set()
        """Who wants it skipped."""
        self.pieces: list[Piece] = []
        self.unfinished = len(utterance.requests)
        self.is_introduced = False
        self.time_limit: asyncio.TimerHandle | None = None
        self.has_restarted = False
        self.is_cut = False
        self.skipped_by: int | None = None
        self.error: Exception | None = None
        self._started = asyncio.Event()
        self._ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    @property
    def is_sounding(self) -> bool:
        """Whether its first packet has left, and its last has not."""
        return self._started.is_set() and not self._ended.done()

    @property
    def has_ended(self) -> bool:
        """Whether its outcome is settled."""
        return self._ended.done()

    @property
    def frames_sent(self) -> int:
        """How many frames of 20 ms a connected and encrypted session took."""
        return sum(piece.position for piece in self.pieces)

    @property
    def next_lead_in_frames(self) -> int:
        """The pause wanted before its next piece, in frames of 20 ms."""
        if not self.pieces:
            return self.utterance.pause_ms // FRAME_MS
        follows_introduction = self.is_introduced and len(self.pieces) == 1
        return INTRODUCTION_PAUSE_MS // FRAME_MS if follows_introduction else 0

    async def wait_until_started(self) -> bool:
        """Wait for the first packet or the end; return whether it has begun to sound."""
        await self._started.wait()
        return not self._ended.done() or self._ended.result().frames_sent > 0

    async def wait_until_ended(self) -> Outcome:
        """Wait for the outcome."""
        return await asyncio.shield(self._ended)

    @property
    def has_been_heard(self) -> bool:
        """Whether any of its words have left; an introduction alone is none of them."""
        return any(piece.position for piece in self.pieces[self.is_introduced :])

    def begin_anew(self) -> None:
        """Forget the pieces of it, of which nothing was heard."""
        self.pieces = []
        self.is_introduced = False
        self.unfinished = len(self.utterance.requests)

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
        sent = self.frames_sent
        due = sum(len(piece.clip.packets) for piece in self.pieces)
        if self.error is not None:
            return Outcome(Ending.DROPPED, sent, due, self.error)
        if self.is_cut:
            return Outcome(Ending.SKIPPED, sent, due, skipped_by=self.skipped_by)
        if sent < due * SPOKEN_SHARE:
            error = NotSpokenError(DropReason.INTERRUPTED, frames_sent=sent)
            return Outcome(Ending.DROPPED, sent, due, error)
        return Outcome(Ending.SPOKEN, sent, due)


class SpeechQueue:
    """A bounded queue of turns in which members take turns, given out request by request.

    A turn whose first request was given out is under way: nothing comes before the rest of it.
    """

    def __init__(self) -> None:
        self._waiting: Rotation[Turn] = Rotation()
        self._express: deque[Turn] = deque()
        """What comes before all that waits: the new text of what was being said."""
        self._last_heard: LastSpeaker | None = None
        self._last_begun: Turn | None = None
        self._heard_before: LastSpeaker | None = None
        """Who was heard last when that turn was begun."""
        self._current: Turn | None = None
        self._requests: deque[SpeechRequest] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._express) + len(self._waiting)

    def __iter__(self) -> Iterator[Turn]:
        """Yield the turns of which nothing was given out yet, the next one first."""
        yield from self._express
        yield from self._waiting

    def put(self, turn: Turn, room: Room | None = None) -> Turn | None:
        """Add a turn behind the others of its speaker; return the one that gives way to it.

        What gives way is still in the queue: to remove it is the caller's business.

        Raises:
            QueueFullError: There is no room, and what waits does not give way.
        """
        outgoing = self._make_room(turn.utterance.speaker_id, room or Room())
        self._waiting.put(turn.utterance.speaker_id, turn)
        self._filled.set()
        return outgoing

    def put_first(self, turn: Turn) -> None:
        """Add a turn before all that waits, even where there is no room for more."""
        self._express.appendleft(turn)
        self._filled.set()

    def put_back(self, turn: Turn) -> None:
        """Let a turn that was begun, but not heard, wait before all others."""
        self.note_end(turn)
        self.remove(turn)
        turn.begin_anew()
        self.put_first(turn)

    def replace(self, turn: Turn, successor: Turn) -> bool:
        """Let `successor` wait in the place of `turn`; return whether that was waiting."""
        if turn in self._express:
            self._express[self._express.index(turn)] = successor
            return True
        return self._waiting.replace(turn, successor)

    def _make_room(self, speaker_id: int, room: Room) -> Turn | None:
        own = self._waiting.count(speaker_id)
        if own < room.each and len(self) < room.waiting:
            return None
        if room.overflow is Overflow.OLDEST:
            return self._waiting.oldest(speaker_id if own >= room.each else None)
        raise _of_one(own) if own >= room.each else _of_all(len(self))

    async def next(self) -> tuple[Turn, SpeechRequest]:
        """Wait for the next request and take it out."""
        while self._current is None and not len(self):
            self._filled.clear()
            await self._filled.wait()
        turn = self._current or self._begin()
        request = self._requests.popleft()
        if not self._requests:
            self._current = None
        return turn, request

    def hurried(self, turn: Turn, request: SpeechRequest) -> SpeechRequest:
        """Return a request of `turn` at the speed at which it is said while so much waits."""
        if len(self) <= HURRY_ABOVE or turn.utterance.hurry <= 1:
            return request
        return replace(request, speed=min(MAX_SPEED, request.speed * turn.utterance.hurry))

    def remove(self, turn: Turn) -> int:
        """Take out what is left of `turn`; return how many requests that were."""
        if turn is self._current:
            count = len(self._requests)
            self._current = None
            self._requests.clear()
            return count
        if turn in self._express:
            self._express.remove(turn)
            return len(turn.utterance.requests)
        return len(turn.utterance.requests) if self._waiting.remove(turn) else 0

    def note_end(self, turn: Turn) -> None:
        """Note that a turn is over: if none of its words were heard, its speaker was not either.

        It was begun while another one sounded. Who was heard before it is still who was heard last,
        and after a mere name nobody is: whoever comes next has to be named again.
        """
        if turn is not self._last_begun:
            return
        self._last_begun = None
        if not turn.has_been_heard:
            self._last_heard = None if turn.frames_sent else self._heard_before

    def end_round(self) -> None:
        """Let whoever comes first be first again: all is said."""
        self._waiting.end_round()

    def _begin(self) -> Turn:
        turn = self._current = self._express.popleft() if self._express else self._waiting.take()
        self._last_begun, self._heard_before = turn, self._last_heard
        if (introduction := self._introduction(turn.utterance)) is not None:
            turn.is_introduced = True
            turn.unfinished += 1
            self._requests.append(introduction)
        self._requests.extend(turn.utterance.requests)
        return turn

    def _introduction(self, utterance: Utterance) -> SpeechRequest | None:
        """Return what is said before an utterance that begins now."""
        introduction = utterance.introduction
        speaker = introduction.identity if introduction else str(utterance.speaker_id)
        last, now_s = self._last_heard, asyncio.get_running_loop().time()
        self._last_heard = LastSpeaker(speaker, now_s)
        if introduction is None:
            return None
        reading = NameReading.ALWAYS if introduction.is_always else NameReading.SMART
        is_due = should_announce(reading, speaker=speaker, last=last, now_s=now_s)
        return introduction.request if is_due else None


def _of_one(own: int) -> QueueFullError:
    return QueueFullError(
        ngettext(
            "{count} message of yours is waiting already. "
            "Wait until it has been spoken, or take it back with /queue.",
            "{count} messages of yours are waiting already. "
            "Wait until one has been spoken, or take one back with /queue.",
            own,
        ).format(count=own)
    )


def _of_all(count: int) -> QueueFullError:
    return QueueFullError(
        _("{count} messages are waiting already. Try again when a few have been spoken.").format(
            count=count
        )
    )
