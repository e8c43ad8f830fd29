"""Every call the bot is in, one session per guild."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import discord

from bot.errors import UserError
from bot.i18n import _
from bot.tasks import Tasks
from bot.voice.client import CallChannel, VoiceClient, VoiceRefusedError
from bot.voice.session import VoiceSession

if TYPE_CHECKING:
    from bot.models import Utterance
    from bot.tts.recorder import Recorder
    from bot.voice.pacer import Pacer
    from bot.voice.queue import Turn

log = logging.getLogger(__name__)

JOIN_TIMEOUT_S: Final = 7.0
"""With 2 s to take the attempt back, a member knows within 10 s."""


class JoinError(UserError):
    """The bot cannot get into, or speak in, a channel."""


class SessionRegistry:
    """Opens, finds and closes the sessions of all guilds."""

    def __init__(self, *, recorder: Recorder, pacer: Pacer) -> None:
        self._recorder = recorder
        self._pacer = pacer
        self._sessions: dict[int, VoiceSession] = {}
        self._tasks = Tasks()
        # discord.py raises when a second connect starts during the first.
        self._joining: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def get(self, guild_id: int) -> VoiceSession | None:
        """Return the session of a guild, if the bot is in a call there."""
        return self._sessions.get(guild_id)

    async def join(self, channel: CallChannel, *, may_move: bool = False) -> VoiceSession:
        """Return the session in `channel`, joining it first if needed.

        Args:
            channel: The call to speak in.
            may_move: Whether to come even when people are listening in another channel.

        Raises:
            JoinError: Discord, a permission or the people elsewhere stand against it.
        """
        async with self._joining[channel.guild.id]:
            session = self._sessions.get(channel.guild.id)
            if session is not None and session.channel.id == channel.id:
                return session
            _require_access(channel)
            if session is not None:
                if not may_move:
                    _require_nobody_listening(session.channel)
                await self._close(session, JoinError(_("I was called to another channel.")))
            return await self._open(channel)

    async def say(self, channel: CallChannel, utterance: Utterance) -> Turn:
        """Speak in `channel`, joining it first if needed; the synthesis starts meanwhile.

        Raises:
            JoinError: See `join`.
            QueueFullError: Too much waits already.
        """
        session = self._sessions.get(channel.guild.id)
        if session is not None and session.channel.id == channel.id:
            return session.enqueue(utterance)
        opening = self._recorder.record(utterance.requests[0])
        try:
            session = await self.join(channel)
            return session.enqueue(utterance, opening=opening)
        except BaseException:
            self._recorder.cancel(opening)
            raise

    async def leave(self, guild_id: int) -> bool:
        """Leave the guild's call; return whether there was one."""
        async with self._joining[guild_id]:
            session = self._sessions.get(guild_id)
            if session is None:
                return False
            await self._close(session, JoinError(_("I left the voice channel.")))
            return True

    async def close(self) -> None:
        """Leave every call, all at the same time."""
        await asyncio.gather(*(self.leave(guild_id) for guild_id in list(self._sessions)))
        await self._tasks.close()

    async def _open(self, channel: CallChannel) -> VoiceSession:
        client = await _connect(channel)
        session = VoiceSession(client, recorder=self._recorder, pacer=self._pacer)
        self._sessions[channel.guild.id] = session
        client.on_closed = lambda: self._on_client_closed(session)
        log.info("joined channel %s in guild %s", channel.id, channel.guild.id)
        return session

    async def _close(self, session: VoiceSession, reason: Exception) -> None:
        self._forget(session)
        await session.close(reason)
        log.info("left channel %s in guild %s", session.channel.id, session.guild_id)

    def _forget(self, session: VoiceSession) -> bool:
        """Let nobody enqueue into a session that is ending; return whether anybody could."""
        if self._sessions.get(session.guild_id) is not session:
            return False
        del self._sessions[session.guild_id]
        return True

    def _on_client_closed(self, session: VoiceSession) -> None:
        if not self._forget(session):
            return
        reason = JoinError(_("I was disconnected from the voice channel."))
        self._tasks.start(self._close(session, reason), name="close session")


async def _connect(channel: CallChannel) -> VoiceClient:
    try:
        client = await channel.connect(cls=VoiceClient, timeout=JOIN_TIMEOUT_S, self_deaf=True)
    except TimeoutError:
        raise JoinError(
            _("Discord did not let me into {channel} in time. Try again in a moment.").format(
                channel=channel.mention
            )
        ) from None
    except (VoiceRefusedError, discord.ClientException, OSError) as error:
        log.warning("cannot join channel %s: %s", channel.id, error)
        raise JoinError(
            _("Discord refused the voice connection to {channel}. Try again in a minute.").format(
                channel=channel.mention
            )
        ) from error
    if isinstance(channel, discord.StageChannel):
        await _take_the_stage(client, channel)
    return client


async def _take_the_stage(client: VoiceClient, stage: discord.StageChannel) -> None:
    """Speak on stage where allowed, else ask to; a bot always joins among the audience."""
    me = stage.guild.me
    with contextlib.suppress(discord.HTTPException):
        if stage.permissions_for(me).mute_members:
            await me.edit(suppress=False)
            return
        await me.request_to_speak()
    await client.disconnect(force=True)
    raise JoinError(
        _(
            "Only speakers are heard in {channel}. Give me Mute Members there, then try again."
        ).format(channel=stage.mention)
    )


def _require_access(channel: CallChannel) -> None:
    me: discord.Member | None = channel.guild.me
    if me is None:  # not cached, in spite of the library's types: Discord itself will tell
        return
    allowed = channel.permissions_for(me)
    if missing := _first_missing(allowed):
        raise JoinError(
            _(
                "I need the permission {permission} in {channel}. Ask a moderator to grant it."
            ).format(permission=missing, channel=channel.mention)
        )
    # Discord sends a bot that is shut out no event at all: the connection would just time out.
    if _is_full(channel) and not allowed.move_members:
        raise JoinError(
            _("{channel} is full. Make room for me, or ask a moderator to raise its limit.").format(
                channel=channel.mention
            )
        )


def _first_missing(allowed: discord.Permissions) -> str | None:
    """Name the permission that stands in the way; without it Discord denies those after it too."""
    if not allowed.view_channel:
        return _("View Channel")
    if not allowed.connect:
        return _("Connect")
    return None if allowed.speak else _("Speak")


def _is_full(channel: CallChannel) -> bool:
    return bool(channel.user_limit) and len(channel.voice_states) >= channel.user_limit


def _require_nobody_listening(channel: CallChannel) -> None:
    if any(_is_person(channel.guild, user_id) for user_id in channel.voice_states):
        raise JoinError(
            _("I am reading in {channel}. Join me there, or call me over with /join.").format(
                channel=channel.mention
            )
        )


def _is_person(guild: discord.Guild, user_id: int) -> bool:
    # Without the members intent not everyone in a call is cached; a stranger counts as a person.
    member = guild.get_member(user_id)
    return member is None or not member.bot
