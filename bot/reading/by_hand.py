"""Messages that members ask to hear one by one: nothing of one outlives what it reads."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.voice.ledger import DropReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.reading.captions import Captions
    from bot.reading.incoming import Incoming
    from bot.voice.queue import Turn
    from bot.voice.registry import SessionRegistry


@dataclass(eq=False, slots=True)
class Asked:
    """A message that somebody has asked to hear.

    Args:
        sessions: The calls the bot is in.
        guild_id: The server.
        message_id: Of the message.
        author_id: Who wrote it; that is rarely who asks.
        place_ids: The channel it is in, and the one that belongs to where it is a thread.
        edited_at: When the text that is to be heard was last changed, if ever.
    """

    sessions: SessionRegistry
    guild_id: int
    message_id: int
    author_id: int
    place_ids: frozenset[int]
    edited_at: datetime | None
    _turn: Turn | None = None
    _why: DropReason | None = None

    def accept(self, turn: Turn) -> None:
        """Follow the turn of the message; it ends at once if the message was taken back before."""
        self._turn = turn
        self._end()

    def take_back(self, why: DropReason) -> None:
        """Say nothing more of the message: what waits is forgotten, what sounds is cut mid-word."""
        self._why = self._why or why
        self._end()

    def _end(self) -> None:
        session = self.sessions.get(self.guild_id)
        if session and self._turn and self._why:
            session.drop(self._turn, self._why)


class ByHand:
    """Takes back what members have asked to hear together with the messages.

    An edit ends it, too: who has asked knows the old text, and moderators have ruled what becomes
    of edits only for what is read by itself.

    Args:
        sessions: The calls the bot is in.
        captions: Where what is spoken can be read.
    """

    def __init__(self, sessions: SessionRegistry, captions: Captions) -> None:
        self._sessions = sessions
        self._captions = captions
        self._open: list[Asked] = []

    @contextmanager
    def follow(
        self,
        guild_id: int,
        message_id: int,
        *,
        author_id: int,
        place_ids: frozenset[int],
        edited_at: datetime | None,
    ) -> Iterator[Asked]:
        """Follow a message from before it is prepared to the end of its turn."""
        asked = Asked(self._sessions, guild_id, message_id, author_id, place_ids, edited_at)
        self._open.append(asked)
        try:
            yield asked
        finally:
            self._open.remove(asked)

    def edit(self, incoming: Incoming) -> None:
        """Take back the old text of a message."""
        self._take_back(
            # A preview that was added, or a pin, leaves the time as it is.
            lambda each: each.message_id == incoming.id and each.edited_at != incoming.edited_at,
            DropReason.EDITED,
        )

    def take_back(self, message_id: int) -> None:
        """Take back a message that was deleted."""
        self._take_back(lambda each: each.message_id == message_id, DropReason.TAKEN_BACK)

    def take_back_of(self, author_id: int, guild_id: int | None) -> None:
        """Take back what somebody wrote, in a server or in all of them where that is `None`."""
        self._take_back(
            lambda each: each.author_id == author_id and guild_id in (None, each.guild_id),
            DropReason.TAKEN_BACK,
        )

    def take_back_in(self, channel_id: int) -> None:
        """Take back what was written in a channel, or in a thread of it."""
        self._take_back(lambda each: channel_id in each.place_ids, DropReason.TAKEN_BACK)

    def _take_back(self, is_meant: Callable[[Asked], bool], why: DropReason) -> None:
        # The last first: else the next would begin to sound before it is its turn to be cut.
        for each in reversed([each for each in self._open if is_meant(each)]):
            each.take_back(why)
            self._captions.take_back(each.message_id)
