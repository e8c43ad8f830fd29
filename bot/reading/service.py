"""Reads a chat aloud: every message either waits to be spoken, or is silent for a known reason."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, UserError
from bot.policy.admission import Silence
from bot.policy.pace import Pace, Repeats, Seen
from bot.policy.recent import Recent
from bot.reading.backlog import Backlog
from bot.reading.by_hand import ByHand
from bot.reading.fates import Fates
from bot.reading.preparing import Prepared, Preparer
from bot.reading.under_way import UnderWay
from bot.voice.access import JoinError
from bot.voice.queue import QueueFullError, Room
from bot.voice.taking_back import take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.ops.clock import DiscordClock
    from bot.reading.backlog import Pending
    from bot.reading.captions import Captions
    from bot.reading.incoming import Incoming
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.voice.queue import Turn
    from bot.voice.registry import SessionRegistry
    from bot.voice.session import VoiceSession

log = logging.getLogger(__name__)

SOON_AGAIN_S: Final = 20.0
"""How long the bot does not try to join again by itself after it could not."""


class ReadingService:
    """Decides about every message that comes in, and takes back what was taken back.

    Args:
        speech: Puts messages into words, and words into requests.
        settings: What moderators and members have decided.
        sessions: The calls the bot is in.
        captions: Where what is spoken can be read.
        clock: Tells how old messages are.
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
        clock: DiscordClock,
        on_trouble: Callable[[VoiceSession, ProviderError], None],
        reads_content: bool = True,
    ) -> None:
        self._settings = settings
        self._sessions = sessions
        self._captions = captions
        self.reads_content = reads_content
        self._preparer = Preparer(
            speech=speech,
            settings=settings,
            sessions=sessions,
            clock=clock,
            reads_content=reads_content,
        )
        self.by_hand = ByHand(sessions, captions)
        self.recent = Recent()
        self._fates = Fates(self.recent)
        self._under_way = UnderWay(
            preparer=self._preparer,
            sessions=sessions,
            captions=captions,
            fates=self._fates,
            on_trouble=on_trouble,
        )
        self._seen = Seen()
        self._pace = Pace()
        self._repeats = Repeats()
        self._backlogs: dict[int, Backlog] = {}
        self._join_again_at: dict[int, float] = {}
        self._is_closing = False
        sessions.tell_moved = self.reconsider

    def is_open(self, message_id: int) -> bool:
        """Return whether a message waits to be spoken or is being spoken."""
        return message_id in self._under_way

    # What happens in a chat

    def on_message(self, incoming: Incoming) -> None:
        """Take in a new message; what Discord tells twice is read once."""
        if self._is_closing or not self._seen.add(incoming.id):
            return
        backlog = self._backlogs.get(incoming.guild_id)
        if backlog is None:
            backlog = self._backlogs[incoming.guild_id] = self._open(incoming.guild_id)
        self._fates.note(incoming, backlog.put(incoming) or Silence.HELD_BACK)

    def on_edited(self, incoming: Incoming) -> None:
        """Take in the new text of a message, if the old one was not yet said to its end."""
        self.by_hand.edit(incoming)
        backlog = self._backlogs.get(incoming.guild_id)
        if backlog and backlog.replace(incoming):
            return
        if not self._is_closing:
            self._under_way.edit(incoming)

    def on_deleted(
        self, guild_id: int, message_ids: Iterable[int], *, why: Silence = Silence.TAKEN_BACK
    ) -> None:
        """Take back messages: what waits is forgotten, what sounds is cut mid-word."""
        ids = list(message_ids)
        for message_id in ids:
            self._seen.add(message_id)  # should Discord tell of the deletion first
            self._under_way.take_back(message_id, why)
            self.by_hand.take_back(message_id)
            self._captions.take_back(message_id)  # what was said to its end, too
        if backlog := self._backlogs.get(guild_id):
            for incoming in backlog.remove(ids, why):
                self._fates.note(incoming, why)

    def on_silenced(
        self, guild_id: int, author_id: int, *, why: Silence = Silence.TAKEN_BACK
    ) -> None:
        """Take back everything that somebody wrote in a server."""
        self._take_back(guild_id, lambda message: message.author.id == author_id, why)
        self.by_hand.take_back_of(author_id, guild_id)

    def on_channel_gone(self, guild_id: int, channel_id: int) -> None:
        """Take back what was written in a channel that is gone, or in a thread of it."""
        self._take_back(
            guild_id,
            lambda message: channel_id in (message.channel_id, message.parent_id),
            Silence.TAKEN_BACK,
        )
        self.by_hand.take_back_in(channel_id)

    def hush(
        self, member_id: int, guild_id: int | None, *, why: Silence = Silence.TAKEN_BACK
    ) -> None:
        """Say nothing more of a member, in a server or in all of them where that is `None`.

        What they have asked for by a command is taken back, too.
        """
        if guild_id is None:
            self.forget_author(member_id)
        else:
            self.on_silenced(guild_id, member_id, why=why)
        take_back(self._sessions, member_id, guild_id)

    def reconsider(self, guild_id: int) -> None:
        """Judge anew what waits in a server: its rules have changed, or the bot was moved."""
        if self._is_closing:
            return
        if backlog := self._backlogs.get(guild_id):
            backlog.look_again()
        self._under_way.reconsider(guild_id)

    def forget_author(self, author_id: int) -> None:
        """Forget what is remembered of an author, and say nothing more of theirs."""
        for guild_id in list(self._backlogs):
            self.on_silenced(guild_id, author_id)
        self.by_hand.take_back_of(author_id, None)
        self.recent.forget_author(author_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Forget what is remembered of a server."""
        if backlog := self._backlogs.pop(guild_id, None):
            await backlog.close()
        self.recent.forget_guild(guild_id)

    async def close(self) -> None:
        """Take in nothing more."""
        self._is_closing = True
        await asyncio.gather(*(backlog.close() for backlog in self._backlogs.values()))
        await self._under_way.close()

    # How a message is read

    def _take_back(self, guild_id: int, is_meant: Callable[[Incoming], bool], why: Silence) -> None:
        self._under_way.take_back_where(guild_id, is_meant, why)
        if backlog := self._backlogs.get(guild_id):
            for incoming in backlog.remove_where(is_meant, why):
                self._fates.note(incoming, why)

    def _open(self, guild_id: int) -> Backlog:
        async def hold_back_s() -> float:
            try:
                return (await self._settings.fetch_guild(guild_id)).hold_back_ms / 1000
            except UserError:  # whoever looks at the message learns it, too
                return 0.0

        return Backlog(self._read, hold_back_s=hold_back_s, name=f"reader {guild_id}")

    async def _read(self, pending: Pending) -> None:
        try:
            silence = await self._try_to_read(pending)
        except (UserError, ProviderError) as error:
            log.info("message %s was not read: %s", pending.incoming.id, type(error).__name__)
            silence = Silence.FAILED
        if silence and not pending.taken_back:  # else it is known why
            self._fates.note(pending.incoming, silence)

    async def _try_to_read(self, pending: Pending) -> Silence | None:
        prepared = await self._prepare(pending)
        # From here on nothing waits until the message has its turn: neither a deletion nor an
        # edit can slip in between.
        pending.is_settled = True
        if isinstance(prepared, Silence):
            return prepared
        if silence := self._judge_pace(prepared):
            return silence
        try:
            session = self._preparer.session_for(prepared.incoming, prepared.server)
            if session is None:
                return await self._come(pending, prepared)
            room = Room.of(prepared.server)
            self._under_way.accept(prepared, session.enqueue(prepared.utterance, room=room))
        except QueueFullError:
            return Silence.QUEUE_FULL
        return None

    async def _prepare(self, pending: Pending) -> Prepared | Silence:
        """Return what would be said of a message as it is by then, or why nothing is."""
        while True:
            incoming = pending.incoming
            prepared = await self._preparer.prepare(incoming)
            if pending.taken_back:
                return pending.taken_back
            if pending.incoming is incoming:
                return prepared

    def _judge_pace(self, prepared: Prepared) -> Silence | None:
        author = (prepared.incoming.guild_id, prepared.incoming.author.identity)
        now = asyncio.get_running_loop().time()
        if not self._pace.take(author, now, interval_s=prepared.server.interval_s):
            return Silence.TOO_FAST
        if self._repeats.is_too_often(author, prepared.words.text, now):
            return Silence.REPEATED
        return None

    async def _come(self, pending: Pending, prepared: Prepared) -> Silence | None:
        """Come into the call of a message's author by oneself, and say it there."""
        guild_id, call = prepared.incoming.guild_id, prepared.incoming.author.call
        now = asyncio.get_running_loop().time()
        if call is None or now < self._join_again_at.get(guild_id, now):
            return Silence.NO_ENTRY

        def accept(turn: Turn) -> None:
            pending.is_settled = True
            self._under_way.accept(prepared, turn)
            if pending.taken_back:
                self._under_way.take_back(prepared.incoming.id, pending.taken_back)
            elif pending.incoming is not prepared.incoming:
                self.on_edited(pending.incoming)
                self._under_way.reconsider(guild_id)

        pending.is_settled = False  # that takes a while
        try:
            await self._sessions.say(
                call,
                prepared.utterance,
                home_id=prepared.incoming.channel_id,
                room=Room.of(prepared.server),
                on_accepted=accept,
            )
        except JoinError as error:
            log.info("could not come by itself in guild %s: %s", guild_id, type(error).__name__)
            self._join_again_at[guild_id] = now + SOON_AGAIN_S
            return Silence.NO_ENTRY
        finally:
            pending.is_settled = True
        return None
