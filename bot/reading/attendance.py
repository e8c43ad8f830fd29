"""Who comes into a call and who leaves it: said aloud, followed, or a reason to come."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, UserError
from bot.models import Source
from bot.tasks import Tasks
from bot.voice.client import CallChannel, people_in
from bot.voice.queue import QueueFullError

if TYPE_CHECKING:
    import discord

    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.voice.registry import SessionRegistry

log = logging.getLogger(__name__)

GATHER_S: Final = 1.0
"""Who comes and goes within this time is named in one sentence, and not at all if it was both."""


@dataclass(slots=True)
class _Movements:
    """Who came and who left within a moment, by their ids, with their names."""

    came: dict[int, str] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)


class Attendance:
    """Watches the doors of the calls.

    Args:
        speech: Puts names into words.
        settings: What moderators have decided.
        sessions: The calls the bot is in.
    """

    def __init__(
        self, *, speech: SpeechService, settings: SettingsRepository, sessions: SessionRegistry
    ) -> None:
        self._speech = speech
        self._settings = settings
        self._sessions = sessions
        self._movements: dict[int, _Movements] = {}
        self._tasks = Tasks()

    async def on_moved(
        self, member: discord.Member, before: CallChannel | None, after: CallChannel | None
    ) -> None:
        """Take in that a person went from one voice channel to another, or to none.

        Raises:
            UserError: The database does not answer.
        """
        server = await self._settings.fetch_guild(member.guild.id)
        session = self._sessions.get(member.guild.id)
        if session is None:
            if after is not None and server.joins_by_itself:
                await self._come_if_paired(after)
            return
        here = session.desired_channel_id
        if before and after and before.id == here and server.follows and not people_in(before):
            session.go_to(after)
            return
        if after and after.id == here and server.announces_arrivals:
            self._note(member, is_arrival=True)
        elif before and before.id == here and server.announces_departures:
            self._note(member, is_arrival=False)

    async def close(self) -> None:
        """Announce nobody more."""
        await self._tasks.close()

    async def _come_if_paired(self, channel: CallChannel) -> None:
        """Come where a channel that is read belongs to a call that somebody has entered."""
        channels = await self._settings.fetch_channels(channel.guild.id)
        for text_id, settings in channels.items():
            if settings.is_read and settings.voice_channel_id == channel.id:
                try:
                    await self._sessions.join(channel, home_id=text_id)
                except UserError as error:
                    log.info(
                        "could not join by itself in guild %s: %s",
                        channel.guild.id,
                        type(error).__name__,
                    )
                return

    def _note(self, member: discord.Member, *, is_arrival: bool) -> None:
        guild_id = member.guild.id
        movements = self._movements.get(guild_id)
        if movements is None:
            movements = self._movements[guild_id] = _Movements()
            self._tasks.start(self._announce(guild_id), name=f"attendance {guild_id}")
        joined, parted = movements.came, movements.left
        one, other = (joined, parted) if is_arrival else (parted, joined)
        if other.pop(member.id, None) is None:
            one[member.id] = member.display_name

    async def _announce(self, guild_id: int) -> None:
        await asyncio.sleep(GATHER_S)
        movements = self._movements.pop(guild_id)
        for names, is_arrival in ((movements.came, True), (movements.left, False)):
            if names:
                await self._say(guild_id, names, is_arrival=is_arrival)

    async def _say(self, guild_id: int, names: dict[int, str], *, is_arrival: bool) -> None:
        session = self._sessions.get(guild_id)
        if session is None:
            return
        try:
            source = Source(guild_id=guild_id)
            words = await self._speech.wording.of_movement(names, source, is_arrival=is_arrival)
            session.enqueue(await self._speech.say(words, source))
        except QueueFullError:
            log.debug("guild %s is busy: nobody was announced", guild_id)
        except (UserError, ProviderError) as error:
            log.info("nobody announced in guild %s: %s", guild_id, type(error).__name__)
