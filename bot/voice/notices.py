"""What people read without having asked."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.i18n import use_locale

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    import discord

    from bot.tasks import Tasks

    Post = Callable[[discord.Guild, int, str], Coroutine[Any, Any, None]]

NOTICE_INTERVAL_S: Final = 60.0
"""A guild reads no more than one notice in this time."""


class Notices:
    """Tells the people of a guild something, once in a while."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._told_at: dict[int, float] = {}
        self.post: Post | None = None
        """Posts a sentence into a text channel; it fails without a word."""

    def tell(self, guild: discord.Guild, channel_id: int, word: Callable[[], str]) -> None:
        """Post what `word` says in the guild's language, unless it was told something lately."""
        now = monotonic()
        is_fresh = now - self._told_at.get(guild.id, -NOTICE_INTERVAL_S) < NOTICE_INTERVAL_S
        if is_fresh or self.post is None:
            return
        self._told_at[guild.id] = now
        self._tasks.start(_tell(self.post, guild, channel_id, word), name="notice")


async def _tell(post: Post, guild: discord.Guild, channel_id: int, word: Callable[[], str]) -> None:
    use_locale(str(guild.preferred_locale))
    await post(guild, channel_id, word())
