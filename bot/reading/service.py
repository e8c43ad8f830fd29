"""Reads a chat aloud: every message either waits to be spoken, or is silent for a known reason."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, UserError
from bot.models import Source
from bot.policy.admission import Candidate, Ruling, Silence, judge, judge_words
from bot.policy.budget import OverBudgetError
from bot.policy.pace import Pace, Repeats, Seen
from bot.policy.recent import Fate, Recent
from bot.reading.backlog import Backlog
from bot.settings.choices import EditReading
from bot.tasks import Tasks
from bot.voice.access import JoinError
from bot.voice.ledger import DropReason, NotSpokenError
from bot.voice.queue import QueueFullError, Room
from bot.voice.taking_back import take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.models import Utterance
    from bot.reading.captions import Captions
    from bot.reading.incoming import Incoming
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.text.message import ChatMessage
    from bot.text.pipeline import Words
    from bot.voice.ledger import Outcome
    from bot.voice.queue import Turn
    from bot.voice.registry import SessionRegistry
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)

SOON_AGAIN_S: Final = 20.0
"""How long the bot does not try to join again by itself after it could not."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message that waits to be spoken or is being spoken."""

    incoming: Incoming
    words: Words
    turn: Turn


@dataclass(slots=True)
class _Preparation:
    """A message that is put into words; what becomes of it meanwhile holds in the end."""

    incoming: Incoming
    edited: Incoming | None = None
    is_taken_back: bool = False


class ReadingService:
    """Decides about every message that comes in, and takes back what was taken back.

    Args:
        speech: Puts messages into words, and words into requests.
        settings: What moderators and members have decided.
        sessions: The calls the bot is in.
        captions: Where what is spoken can be read.
        on_trouble: Told where the speech service could not say a message.
        reads_content: Whether Discord shows the bot what people write.
    """

    def __init__(
        self,
        *,
        speech: SpeechService,
        settings: SettingsRepository,
        sessions: SessionRegistry,
        captions: Captions,
        on_trouble: Callable[[VoiceSession, ProviderError], None],
        reads_content: bool = True,
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._sessions = sessions
        self._captions = captions
        self._on_trouble = on_trouble
        self.reads_content = reads_content
        self.recent = Recent()
        self._seen = Seen()
        self._pace = Pace()
        self._repeats = Repeats()
        self._backlogs: dict[int, Backlog] = {}
        self._preparations: dict[int, _Preparation] = {}
        self._readings: dict[int, Reading] = {}
        self._join_again_at: dict[int, float] = {}
        self._tasks = Tasks()
        self._is_closing = False

    # What happens in a chat

    def on_message(self, incoming: Incoming) -> None:
        """Take in a new message; what Discord tells twice is read once."""
        if self._is_closing or not self._seen.add(incoming.id):
            return
        backlog = self._backlogs.get(incoming.guild_id)
        if backlog is None:
            backlog = self._backlogs[incoming.guild_id] = self._open(incoming.guild_id)
        if not backlog.put(incoming):
            self._note(incoming, Silence.QUEUE_FULL)

    def on_edited(self, incoming: Incoming) -> None:
        """Take in the new text of a message, if the old one was not yet said to its end."""
        backlog = self._backlogs.get(incoming.guild_id)
        if backlog and backlog.replace(incoming):
            return
        if preparation := self._preparations.get(incoming.id):
            preparation.edited = incoming
            return
        self._edit(incoming)

    def _edit(self, incoming: Incoming) -> None:
        if incoming.id in self._readings and not self._is_closing:
            name = f"edit of message {incoming.id}"
            self._tasks.start(self._read_again(incoming), name=name)

    def on_deleted(self, guild_id: int, message_ids: Iterable[int]) -> None:
        """Take back messages: what waits is forgotten, what sounds is cut mid-word."""
        ids = list(message_ids)
        for message_id in ids:
            self._seen.add(message_id)  # should Discord tell of the deletion first
            if preparation := self._preparations.get(message_id):
                preparation.is_taken_back = True
            if reading := self._readings.get(message_id):
                self._take_back(reading)
        if backlog := self._backlogs.get(guild_id):
            backlog.remove(ids)
        for message_id in ids:
            self._captions.take_back(message_id)

    def on_silenced(self, guild_id: int, author_id: int) -> None:
        """Take back everything of an author whom moderators have silenced."""
        if backlog := self._backlogs.get(guild_id):
            backlog.remove_of(author_id)
        for preparation in self._preparations.values():
            if _is_of(preparation.incoming, guild_id, author_id):
                preparation.is_taken_back = True
        for reading in self._of(guild_id, author_id):
            self._take_back(reading)

    def hush(self, member_id: int, guild_id: int | None) -> None:
        """Say nothing more of a member, in a server or in all of them where that is `None`.

        What they have asked for by a command is taken back, too.
        """
        if guild_id is None:
            self.forget_author(member_id)
        else:
            self.on_silenced(guild_id, member_id)
        take_back(self._sessions, member_id, guild_id)

    def forget_author(self, author_id: int) -> None:
        """Forget what is remembered of an author, and say nothing more of theirs."""
        self.recent.forget_author(author_id)
        for guild_id in list(self._backlogs):
            self.on_silenced(guild_id, author_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Forget what is remembered of a server."""
        self.recent.forget_guild(guild_id)
        if backlog := self._backlogs.pop(guild_id, None):
            await backlog.close()

    async def close(self) -> None:
        """Take in nothing more."""
        self._is_closing = True
        await asyncio.gather(*(backlog.close() for backlog in self._backlogs.values()))
        await self._tasks.close()

    # How a message is read

    def _open(self, guild_id: int) -> Backlog:
        async def hold_back_s() -> float:
            return (await self._settings.fetch_guild(guild_id)).hold_back_ms / 1000

        return Backlog(self._read, hold_back_s=hold_back_s, name=f"reader {guild_id}")

    async def _read(self, incoming: Incoming) -> None:
        preparation = self._preparations[incoming.id] = _Preparation(incoming)
        try:
            silence = await self._try_to_read(preparation)
        except (UserError, ProviderError) as error:
            log.info("message %s was not read: %s", incoming.id, type(error).__name__)
            silence = Silence.FAILED
        finally:
            del self._preparations[incoming.id]
        self._note(incoming, silence)
        if preparation.edited is not None:
            self._edit(preparation.edited)

    async def _try_to_read(self, preparation: _Preparation) -> Silence | None:
        incoming = preparation.incoming
        ruling = await self.ruling_for(incoming)
        candidate = self._candidate(incoming, ruling)
        if silence := judge(candidate, ruling):
            return silence
        words = await self._words(incoming, ruling)
        if silence := self._judge_words(incoming, words, ruling):
            return silence
        utterance = await self._utterance(incoming, words, ruling)
        if preparation.is_taken_back:
            return Silence.TAKEN_BACK
        try:
            turn = await self._say(incoming, utterance, ruling)
        except QueueFullError:
            return Silence.QUEUE_FULL
        reading = Reading(incoming, words, turn)
        self._follow(reading)
        return self._settle(preparation, reading)

    def _settle(self, preparation: _Preparation, reading: Reading) -> Silence | None:
        """Give a message up that was taken back while the bot was on its way into the call."""
        if not preparation.is_taken_back:
            return None
        self._take_back(reading)
        return Silence.TAKEN_BACK

    async def _words(self, incoming: Incoming, ruling: Ruling) -> Words:
        message = _without_prefix(incoming.message, ruling.server.read_prefix)
        return await self._speech.wording.of_message(
            message, _source(incoming), max_characters=ruling.max_characters
        )

    async def ruling_for(self, incoming: Incoming) -> Ruling:
        """Return everything moderators and the author have decided about a message.

        Raises:
            UserError: The database does not answer.
        """
        guild_id, author = incoming.guild_id, incoming.author
        ruling = Ruling(
            server=await self._settings.fetch_guild(guild_id),
            channel=await self._settings.fetch_channel(
                guild_id, incoming.channel_id, incoming.parent_id
            ),
        )
        if author.is_webhook:
            return ruling
        return replace(
            ruling,
            here=await self._settings.fetch_member(author.id, guild_id),
            everywhere=await self._settings.fetch_member(author.id, None),
            rules=await self._settings.fetch_rules(guild_id, author.id),
        )

    def _candidate(self, incoming: Incoming, ruling: Ruling) -> Candidate:
        author, session = incoming.author, self._sessions.get(incoming.guild_id)
        now = datetime.now(UTC)
        return Candidate(
            is_own=author.is_self,
            is_system=incoming.is_system,
            is_bot=author.is_bot or author.is_webhook,
            is_silent=incoming.is_silent,
            is_addressed=incoming.is_addressed and not (author.is_bot or author.is_webhook),
            is_in_voice_chat=incoming.is_in_voice_chat,
            author_id=author.id,
            role_ids=author.role_ids,
            channel_id=incoming.channel_id,
            author_call_id=author.call.id if author.call else None,
            call_id=session.desired_channel_id if session else None,
            content=incoming.message.content,
            age_s=(now - incoming.sent_at).total_seconds(),
            now=now.astimezone(ruling.server.time_zone or UTC),
        )

    def _judge_words(self, incoming: Incoming, words: Words, ruling: Ruling) -> Silence | None:
        has_content = self.reads_content or bool(incoming.message.content)
        if silence := judge_words(
            words.text, is_blocked=words.is_blocked, ruling=ruling, has_content=has_content
        ):
            return silence
        author = (incoming.guild_id, incoming.author.identity)
        now = asyncio.get_running_loop().time()
        if self._repeats.is_too_often(author, words.text, now):
            return Silence.REPEATED
        if not self._pace.take(author, now, interval_s=ruling.server.interval_s):
            return Silence.TOO_FAST
        return None

    async def _say(self, incoming: Incoming, utterance: Utterance, ruling: Ruling) -> Turn:
        """Let it wait in the call there is; else come by oneself, which moderators want then."""
        guild_id, call = incoming.guild_id, incoming.author.call
        if session := self._sessions.get(guild_id):
            return session.enqueue(utterance, room=Room.of(ruling.server))
        now = asyncio.get_running_loop().time()
        if call is None or now < self._join_again_at.get(guild_id, now):
            raise NotSpokenError(DropReason.NO_CONNECTION)
        try:
            return await self._sessions.say(
                call, utterance, home_id=incoming.channel_id, room=Room.of(ruling.server)
            )
        except JoinError:
            self._join_again_at[guild_id] = now + SOON_AGAIN_S
            raise

    async def _utterance(self, incoming: Incoming, words: Words, ruling: Ruling) -> Utterance:
        source, author = _source(incoming), incoming.author
        utterance = await self._speech.say(words, source)
        introduction = await self._speech.introduce(
            words,
            source,
            reading=ruling.channel.name_reading or ruling.server.name_reading,
            display=author.display_name,
            username=author.username,
        )
        return replace(
            utterance,
            introduction=introduction,
            message_id=incoming.id,
            hurry=ruling.server.hurry,
            longest_s=float(ruling.server.max_seconds),
        )

    # How it is taken back

    async def _read_again(self, incoming: Incoming) -> None:
        """Say the new text of a message that waits or sounds, as moderators want it."""
        ruling = await self.ruling_for(incoming)
        words = await self._words(incoming, ruling)
        reading = self._readings.get(incoming.id)
        if reading is None or words == reading.words:
            return  # a preview was added, or a word that is not spoken has changed
        silence = judge(self._candidate(incoming, ruling), ruling) or judge_words(
            words.text, is_blocked=words.is_blocked, ruling=ruling, has_content=True
        )
        if ruling.server.on_edit is EditReading.DROP:
            silence = silence or Silence.TAKEN_BACK
        utterance = None if silence else await self._utterance(incoming, words, ruling)
        session = self._sessions.get(incoming.guild_id)
        # The text of an edit before this one may have taken its place meanwhile.
        reading = self._readings.get(incoming.id, reading)
        if session is None or reading.turn.has_ended:
            return
        if utterance is None:
            session.drop(reading.turn, DropReason.EDITED)
            self._note(incoming, silence)
            return
        if ruling.server.on_edit is EditReading.REQUEUE:
            session.drop(reading.turn, DropReason.EDITED)
            successor = self._wait_again(session, incoming, utterance, ruling)
        else:
            successor = session.replace(reading.turn, utterance)
        if successor is not None:
            self._follow(Reading(incoming, words, successor))

    def _wait_again(
        self, session: VoiceSession, incoming: Incoming, utterance: Utterance, ruling: Ruling
    ) -> Turn | None:
        try:
            return session.enqueue(utterance, room=Room.of(ruling.server))
        except QueueFullError:
            self._note(incoming, Silence.QUEUE_FULL)
            return None

    def _take_back(self, reading: Reading) -> None:
        if session := self._sessions.get(reading.incoming.guild_id):
            session.drop(reading.turn, DropReason.TAKEN_BACK)

    def _of(self, guild_id: int, author_id: int) -> list[Reading]:
        return [
            reading
            for reading in self._readings.values()
            if _is_of(reading.incoming, guild_id, author_id)
        ]

    # What becomes of it

    def _follow(self, reading: Reading) -> None:
        self._readings[reading.incoming.id] = reading
        name = f"message {reading.incoming.id}"
        self._tasks.start(self._accompany(reading), name=name)

    async def _accompany(self, reading: Reading) -> None:
        try:
            outcome = await self._show(reading)
        finally:
            if self._readings.get(reading.incoming.id) is reading:
                del self._readings[reading.incoming.id]
        if isinstance(outcome.error, OverBudgetError):
            self._note(reading.incoming, Silence.OVER_BUDGET)
        elif isinstance(outcome.error, ProviderError):
            self._note(reading.incoming, Silence.FAILED)
        session = self._sessions.get(reading.incoming.guild_id)
        if session and isinstance(outcome.error, ProviderError):
            self._on_trouble(session, outcome.error)

    async def _show(self, reading: Reading) -> Outcome:
        """Post the caption of what is said, unless that is taken back; return how it ended."""
        turn = reading.turn
        if await turn.wait_until_started():
            try:
                await self._captions.show(reading.incoming, reading.words)
            except UserError as error:
                log.info("no caption in %s: %s", reading.incoming.guild_id, type(error).__name__)
        outcome = await turn.wait_until_ended()
        if outcome.reason is DropReason.TAKEN_BACK:
            self._captions.take_back(reading.incoming.id)
        return outcome

    def _note(self, incoming: Incoming, silence: Silence | None) -> None:
        now = asyncio.get_running_loop().time()
        fate = Fate(incoming.guild_id, incoming.channel_id, incoming.author.id, silence, now)
        self.recent.note(incoming.id, fate)


def _is_of(incoming: Incoming, guild_id: int, author_id: int) -> bool:
    return incoming.guild_id == guild_id and incoming.author.id == author_id


def _source(incoming: Incoming) -> Source:
    author = incoming.author
    return Source(
        member_id=author.id,
        guild_id=incoming.guild_id,
        channel_id=incoming.channel_id,
        parent_id=incoming.parent_id,
        identity=author.identity if author.is_webhook else "",
        is_chat=True,
    )


def _without_prefix(message: ChatMessage, prefix: str | None) -> ChatMessage:
    """Return a message without what only tells the bot that it is to be read."""
    if not prefix or not message.content.casefold().startswith(prefix.casefold()):
        return message
    return replace(message, content=message.content[len(prefix) :].lstrip())
