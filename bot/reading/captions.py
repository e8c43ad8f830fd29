"""What is being spoken, to be read by those who cannot hear it."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.models import Language
from bot.tasks import Tasks
from bot.text.blocked import blocked_words
from bot.text.names import is_blocked
from bot.text.phrases import PHRASES

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from bot.settings.guild import GuildSettings
    from bot.voice.queue import Turn

log = logging.getLogger(__name__)

MAX_BEHIND: Final = 10
"""Captions of one server that wait to be posted; a caption that comes much later helps nobody."""

REMEMBERED: Final = 1_000
"""Messages whose captions can be taken back, of all servers."""

MAX_OF_ONE: Final = 10
"""Captions of one message that can be taken back; there is one for each time it is asked for."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What somebody says in the call of a server."""

    guild_id: int
    name: str
    text: str
    language: Language = Language.AUTO


class Posted(Protocol):
    """A caption that was posted."""

    async def delete(self) -> None:
        """Take it back; that may fail without a word."""


class Poster(Protocol):
    """Posts captions into text channels."""

    def __call__(self, channel_id: int, caption: Caption) -> Coroutine[Any, Any, Posted | None]:
        """Post what somebody says; return nothing where that is not possible."""


class Captions:
    """Posts a caption for everything people say that begins to be spoken, where that is wanted."""

    def __init__(self) -> None:
        self.post: Poster | None = None
        self._posted: OrderedDict[int, deque[asyncio.Task[Posted | None]]] = OrderedDict()
        self._behind: Counter[int] = Counter()
        self._tasks = Tasks()

    def follow(
        self, turn: Turn, caption: Caption, *, server: GuildSettings, message_id: int | None = None
    ) -> None:
        """Post a caption when `turn` begins to be spoken, without waiting for Discord.

        Args:
            turn: What is spoken.
            caption: What is said of it.
            server: What moderators want.
            message_id: The message it is taken back with.
        """
        if (channel_id := server.captions_channel_id) is None:
            return
        caption = _fit_to_be_seen(caption, server)
        posting = self._tasks.start(self._post(turn, channel_id, caption), name="caption")
        if message_id is not None:
            self._posted.setdefault(message_id, deque(maxlen=MAX_OF_ONE)).append(posting)
            if len(self._posted) > REMEMBERED:
                self._posted.popitem(last=False)

    def take_back(self, message_id: int) -> None:
        """Delete the captions of a message that was taken back, if there are any."""
        for posted in self._posted.pop(message_id, ()):
            self._tasks.start(_delete(posted), name="take a caption back")

    async def close(self) -> None:
        """Post nothing more."""
        await self._tasks.close()

    async def _post(self, turn: Turn, channel_id: int, caption: Caption) -> Posted | None:
        has_begun = await turn.wait_until_started()
        if not has_begun or turn.is_cut or self.post is None:
            return None
        if self._behind[caption.guild_id] >= MAX_BEHIND:
            log.info("a caption of guild %s was left out: Discord is slow", caption.guild_id)
            return None
        self._behind[caption.guild_id] += 1
        try:
            return await self.post(channel_id, caption)
        finally:
            self._behind -= Counter((caption.guild_id,))


def _fit_to_be_seen(caption: Caption, server: GuildSettings) -> Caption:
    """Return a caption without a name that has a word nobody is to see."""
    if not is_blocked(caption.name, blocked_words(server.blocked_words)):
        return caption
    name = PHRASES[caption.language].member
    return Caption(caption.guild_id, name, caption.text, caption.language)


async def _delete(posted: asyncio.Task[Posted | None]) -> None:
    if caption := await posted:
        await caption.delete()
