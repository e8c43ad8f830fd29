"""Messages that have their turn: what is said of them, until they are heard or taken back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import ProviderError, UserError
from bot.policy.admission import Silence
from bot.reading.captions import Caption
from bot.settings.choices import EditReading
from bot.tasks import Tasks
from bot.voice.ledger import DropReason
from bot.voice.queue import QueueFullError, Room

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reading.captions import Captions
    from bot.reading.fates import Fates
    from bot.reading.incoming import Incoming
    from bot.reading.preparing import Prepared, Preparer
    from bot.voice.queue import Turn
    from bot.voice.registry import SessionRegistry
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Reading:
    """A message that waits to be spoken or is being spoken; an edit gives it another turn.

    Args:
        message: What is said of it now.
        turn: Its place in the queue.
        edited: How it was written last, where that is not what is said of it now.
    """

    message: Prepared
    turn: Turn
    edited: Incoming | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything of it is still to be heard."""
        return not (self.turn.has_ended or self.turn.is_cut)


class UnderWay:
    """Follows messages from their place in the queue to their end, and changes them on the way.

    Args:
        preparer: Puts what was edited into words again.
        sessions: The calls the bot is in.
        captions: Where what is spoken can be read.
        fates: What became of messages.
        on_trouble: Told where the speech service could not say a message.
    """

    def __init__(
        self,
        *,
        preparer: Preparer,
        sessions: SessionRegistry,
        captions: Captions,
        fates: Fates,
        on_trouble: Callable[[VoiceSession, ProviderError], None],
    ) -> None:
        self._preparer = preparer
        self._sessions = sessions
        self._captions = captions
        self._fates = fates
        self._on_trouble = on_trouble
        self._readings: dict[int, _Reading] = {}
        self._tasks = Tasks()

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._readings

    def accept(self, message: Prepared, turn: Turn) -> None:
        """Take in a message that has got its turn."""
        incoming = message.incoming
        reading = self._readings[incoming.id] = _Reading(message, turn)
        self._fates.note(incoming, None)
        self._show(reading)
        self._tasks.start(self._accompany(reading), name=f"message {incoming.id}")

    def edit(self, incoming: Incoming) -> None:
        """Say the new text of a message, if the old one was not yet said to its end."""
        if (reading := self._readings.get(incoming.id)) is None:
            return
        last = reading.edited or reading.message.incoming
        if incoming.edited_at == last.edited_at:
            return  # a preview was added, or it was pinned
        is_being_edited, reading.edited = reading.edited is not None, incoming
        if not is_being_edited:
            self._tasks.start(self._follow_edits(reading), name=f"edits of message {incoming.id}")

    def take_back(self, message_id: int, why: Silence) -> None:
        """Say nothing more of a message."""
        if reading := self._readings.get(message_id):
            self._take_back(reading, why)

    def take_back_where(
        self, guild_id: int, is_meant: Callable[[Incoming], bool], why: Silence
    ) -> None:
        """Say nothing more of every message of a server that is meant."""
        for reading in self._of(guild_id):
            if is_meant(reading.message.incoming):
                self._take_back(reading, why)

    def reconsider(self, guild_id: int) -> None:
        """Say nothing more of what would not be read in a server by now."""
        for reading in self._of(guild_id):
            name = f"doubts about message {reading.message.incoming.id}"
            self._tasks.start(self._reconsider(reading), name=name)

    async def close(self) -> None:
        """Follow nothing more."""
        await self._tasks.close()

    # How it is changed

    async def _follow_edits(self, reading: _Reading) -> None:
        """Say the newest text of a message that waits or sounds."""
        while (incoming := reading.edited) is not None and reading.is_open:
            try:
                prepared = await self._preparer.prepare(incoming)
            except UserError as error:
                log.info("an edit of message %s failed: %s", incoming.id, type(error).__name__)
                prepared = Silence.FAILED
            if reading.edited is not incoming:
                continue  # it was edited again meanwhile
            reading.edited = None
            if reading.is_open:
                self._change(reading, prepared)

    async def _reconsider(self, reading: _Reading) -> None:
        incoming = reading.message.incoming
        try:
            silence = await self._preparer.judge_again(incoming)
        except UserError as error:
            log.info("message %s was not judged again: %s", incoming.id, type(error).__name__)
            return
        is_cut_short = silence is Silence.OTHER_CALL and reading.turn.is_sounding
        if silence and reading.is_open and not is_cut_short:  # a move ends no sentence
            self._take_back(reading, silence)

    def _change(self, reading: _Reading, edited: Prepared | Silence) -> None:
        """Say the new text of a message in place of the old one, as moderators want it."""
        session = self._sessions.get(reading.message.incoming.guild_id)
        if session is None:
            return
        if isinstance(edited, Silence):
            self._give_up(session, reading, edited)
        elif edited.words.text == reading.message.words.text:
            reading.message = edited
        elif edited.server.on_edit is EditReading.DROP:
            self._give_up(session, reading, Silence.TAKEN_BACK)
        elif edited.server.on_edit is EditReading.REQUEUE:
            self._wait_again(session, reading, edited)
        else:
            successor = session.replace(reading.turn, edited.utterance)
            self._go_on(reading, edited, successor)

    def _wait_again(self, session: VoiceSession, reading: _Reading, edited: Prepared) -> None:
        session.drop(reading.turn, DropReason.EDITED)
        try:
            successor = session.enqueue(edited.utterance, room=Room.of(edited.server))
        except QueueFullError:
            self._give_up(session, reading, Silence.QUEUE_FULL)
        else:
            self._go_on(reading, edited, successor)

    def _give_up(self, session: VoiceSession, reading: _Reading, silence: Silence) -> None:
        session.drop(reading.turn, DropReason.EDITED)
        self._captions.take_back(reading.message.incoming.id)
        self._fates.note(reading.message.incoming, silence)

    def _go_on(self, reading: _Reading, edited: Prepared, successor: Turn) -> None:
        reading.message, reading.turn = edited, successor
        self._captions.take_back(edited.incoming.id)  # what it said before
        self._show(reading)

    def _take_back(self, reading: _Reading, silence: Silence) -> None:
        incoming = reading.message.incoming
        if session := self._sessions.get(incoming.guild_id):
            session.drop(reading.turn, DropReason.TAKEN_BACK)
        self._captions.take_back(incoming.id)
        self._fates.note(incoming, silence)

    def _of(self, guild_id: int) -> list[_Reading]:
        return [
            reading
            for reading in self._readings.values()
            if reading.message.incoming.guild_id == guild_id
        ]

    # What becomes of it

    async def _accompany(self, reading: _Reading) -> None:
        turn = None
        while turn is not reading.turn:  # an edit gives it another
            turn = reading.turn
            outcome = await turn.wait_until_ended()
        incoming = reading.message.incoming
        if self._readings.get(incoming.id) is reading:
            del self._readings[incoming.id]
        self._fates.note_outcome(incoming, outcome)
        session = self._sessions.get(incoming.guild_id)
        if session and isinstance(outcome.error, ProviderError):
            self._on_trouble(session, outcome.error)

    def _show(self, reading: _Reading) -> None:
        message = reading.message
        incoming, words = message.incoming, message.words
        caption = Caption(
            incoming.guild_id, incoming.author.display_name, words.text, words.language
        )
        self._captions.follow(reading.turn, caption, server=message.server, message_id=incoming.id)
