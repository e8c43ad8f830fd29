"""Who comes into a call and who leaves it: said aloud, followed, or a reason to come."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.models import Source
from bot.tasks import Tasks
from bot.voice.client import CallChannel, people_in
from bot.voice.queue import QueueFullError

if TYPE_CHECKING:
    import discord

    from bot.settings.guild import GuildSettings
    from bot.speech import SpeechService
    from bot.storage.settings import SettingsRepository
    from bot.voice.registry import SessionRegistry

log = logging.getLogger(__name__)

GATHER_S: Final = 1.0
"""Who comes and goes within this time is named in one sentence, and not at all if it was both."""


Names = dict[int, tuple[str, str]]
"""The name people see and that of the account, by the ids of the members."""


@dataclass(slots=True)
class _Movements:
    """Who came and who left within a moment."""

    came: Names = field(default_factory=dict)
    left: Names = field(default_factory=dict)


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
            await self._enter(after, may_move=True)
            return
        is_arrival = after is not None and after.id == here and server.announces_arrivals
        is_departure = before is not None and before.id == here and server.announces_departures
        if (is_arrival or is_departure) and await self._may_be_named(member, server):
            self._note(member, is_arrival=is_arrival)

    async def close(self) -> None:
        """Announce nobody more."""
        await self._tasks.close()

    async def _come_if_paired(self, channel: CallChannel) -> None:
        """Come where a channel that is read belongs to a call that somebody has entered."""
        if self._sessions.was_sent_away(channel.guild.id):
            return
        channels = await self._settings.fetch_channels(channel.guild.id)
        paired = (
            text_id
            for text_id, settings in channels.items()
            if settings.is_read and settings.voice_channel_id == channel.id
        )
        if (text_id := next(paired, None)) is not None:
            await self._enter(channel, home_id=text_id)

    async def _enter(
        self, channel: CallChannel, *, may_move: bool = False, home_id: int | None = None
    ) -> None:
        guild = channel.guild
        if channel == guild.afk_channel:
            return  # whoever is there does not listen
        try:
            await self._sessions.join(channel, may_move=may_move, home_id=home_id)
        except UserError as error:
            log.info("could not come along in guild %s: %s", guild.id, type(error).__name__)

    async def _may_be_named(self, member: discord.Member, server: GuildSettings) -> bool:
        """Return whether moderators let the bot say a member's name, which is their own choice."""
        if member.id in server.ignored_member_ids:
            return False
        if any(role.id in server.ignored_role_ids for role in member.roles):
            return False
        return not (await self._settings.fetch_rules(member.guild.id, member.id)).is_muted

    def _note(self, member: discord.Member, *, is_arrival: bool) -> None:
        guild_id = member.guild.id
        movements = self._movements.get(guild_id)
        if movements is None:
            movements = self._movements[guild_id] = _Movements()
            self._tasks.start(self._announce(guild_id), name=f"attendance {guild_id}")
        came, left = movements.came, movements.left
        one, other = (came, left) if is_arrival else (left, came)
        if other.pop(member.id, None) is None:
            one[member.id] = member.display_name, member.name

    async def _announce(self, guild_id: int) -> None:
        await asyncio.sleep(GATHER_S)
        movements = self._movements.pop(guild_id)
        for names, is_arrival in ((movements.came, True), (movements.left, False)):
            if names:
                await self._say(guild_id, names, is_arrival=is_arrival)

    async def _say(self, guild_id: int, names: Names, *, is_arrival: bool) -> None:
        session = self._sessions.get(guild_id)
        if session is None:
            return
        try:
            source = Source(guild_id=guild_id)
            words = await self._speech.wording.of_movement(names, source, is_arrival=is_arrival)
            session.enqueue(await self._speech.say(words, source))
        except QueueFullError:
            log.debug("guild %s is busy: nobody was announced", guild_id)
        except UserError as error:
            log.info("nobody announced in guild %s: %s", guild_id, type(error).__name__)
