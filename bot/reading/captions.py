"""What is being spoken, to be read by those who cannot hear it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Protocol

from bot.tasks import Tasks
from bot.text.blocked import blocked_words
from bot.text.names import is_blocked
from bot.text.phrases import PHRASES

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from bot.reading.incoming import Incoming
    from bot.settings.guild import GuildSettings
    from bot.storage.settings import SettingsRepository
    from bot.text.pipeline import Words

log = logging.getLogger(__name__)

MAX_BEHIND: Final = 10
"""Captions of one server that wait to be posted; a caption that comes much later helps nobody."""

REMEMBERED: Final = 1_000
"""Captions that can be taken back, of all servers."""


class Caption(Protocol):
    """A caption that was posted."""

    async def delete(self) -> None:
        """Take it back."""


class Poster(Protocol):
    """Posts captions into text channels."""

    def __call__(
        self, guild_id: int, channel_id: int, name: str, text: str
    ) -> Coroutine[Any, Any, Caption | None]:
        """Post what somebody said; return nothing where that is not possible."""


class Captions:
    """Posts a caption for every message that begins to be spoken, where a server wants that.

    Args:
        settings: Which channel a server wants its captions in.
    """

    def __init__(self, settings: SettingsRepository) -> None:
        self._settings = settings
        self.post: Poster | None = None
        self._posted: OrderedDict[int, asyncio.Task[Caption | None]] = OrderedDict()
        self._behind: dict[int, int] = {}
        self._tasks = Tasks()

    async def show(self, incoming: Incoming, words: Words) -> None:
        """Post what begins to be spoken, without waiting for Discord.

        Raises:
            UserError: The database does not answer.
        """
        guild_id = incoming.guild_id
        server = await self._settings.fetch_guild(guild_id)
        channel_id = server.captions_channel_id
        if channel_id is None or self.post is None:
            return
        if self._behind.get(guild_id, 0) >= MAX_BEHIND:
            log.info("a caption of guild %s was left out: Discord is slow", guild_id)
            return
        self._behind[guild_id] = self._behind.get(guild_id, 0) + 1
        self.take_back(incoming.id)  # where it is said anew, after it was edited
        name = _name(incoming, words, server)
        work = self._post(guild_id, self.post(guild_id, channel_id, name, words.text))
        self._posted[incoming.id] = self._tasks.start(work, name="caption")
        if len(self._posted) > REMEMBERED:
            self._posted.popitem(last=False)

    def take_back(self, message_id: int) -> None:
        """Delete the caption of a message that was taken back, if there is one."""
        if posted := self._posted.pop(message_id, None):
            self._tasks.start(_delete(posted), name="take a caption back")

    async def close(self) -> None:
        """Post nothing more."""
        await self._tasks.close()

    async def _post(
        self, guild_id: int, posting: Coroutine[Any, Any, Caption | None]
    ) -> Caption | None:
        try:
            return await posting
        finally:
            self._behind[guild_id] -= 1
            if not self._behind[guild_id]:
                del self._behind[guild_id]


def _name(incoming: Incoming, words: Words, server: GuildSettings) -> str:
    name = incoming.author.display_name
    if is_blocked(name, blocked_words(server.blocked_words)):
        return PHRASES[words.language].member
    return name


async def _delete(posted: asyncio.Task[Caption | None]) -> None:
    if caption := await posted:
        await caption.delete()
