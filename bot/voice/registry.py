"""Every call the bot is in, one session per guild."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.i18n import _, use_locale
from bot.tasks import Tasks
from bot.voice import access
from bot.voice.access import JoinError
from bot.voice.client import CallChannel, VoiceClient, people_in
from bot.voice.gateway import DepartedError, Departure
from bot.voice.ledger import DropReason, NotSpokenError
from bot.voice.session import REASONS, Equipment, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    import discord

    from bot.models import Utterance
    from bot.storage.calls import CallRepository, WantedCall
    from bot.voice.ledger import Ledger
    from bot.voice.queue import Turn

    Notify = Callable[[discord.Guild, int, str], Coroutine[Any, Any, None]]

log = logging.getLogger(__name__)

GRACE_S: Final = 3.0
"""How long what sounds may go on when the bot is stopped."""

LEAVE_S: Final = 4.0
"""How long a leave is waited for; while the gateway is away it takes longer."""

WRITE_S: Final = 1.0
"""How long the end waits for what people wanted last to be written down."""

RESTORE_INTERVAL_S: Final = 0.5
"""Between the calls that are joined again after a start: Discord takes 120 wishes a minute."""

RETURN_WITHIN_S: Final = 3600.0
"""Left alone, the bot comes back when somebody does, within this time."""

NOTICE_INTERVAL_S: Final = 60.0
"""A guild reads no more than one notice in this time."""


class SessionRegistry:
    """Opens, finds, restores and closes the sessions of all guilds."""

    def __init__(self, equipment: Equipment, *, calls: CallRepository | None = None) -> None:
        self._equipment = equipment
        self._calls = calls
        self._sessions: dict[int, VoiceSession] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._farewells: Counter[int] = Counter()
        self._dormant: dict[int, tuple[int, float]] = {}
        self._limited_until: dict[int, float] = {}
        self._noticed_at: dict[int, float] = {}
        self._saving: dict[int, asyncio.Lock] = {}
        self._writes: set[asyncio.Task[None]] = set()
        self._tasks = Tasks()
        self._is_closing = False
        self.notify: Notify | None = None
        """Posts a sentence into a text channel; it fails without a word."""

    @property
    def ledger(self) -> Ledger:
        """What became of everything that was said."""
        return self._equipment.ledger

    @property
    def sessions(self) -> list[VoiceSession]:
        """All calls the bot is in or on its way to."""
        return list(self._sessions.values())

    def get(self, guild_id: int) -> VoiceSession | None:
        """Return the session of a guild, if the bot is wanted in a call there."""
        return self._sessions.get(guild_id)

    # What people want

    async def join(
        self, channel: CallChannel, *, may_move: bool = False, home_id: int | None = None
    ) -> VoiceSession:
        """Return the session in `channel`, joining it first if needed.

        Args:
            channel: The call to speak in.
            may_move: Whether to come even when people are listening in another channel.
            home_id: The text channel where notices go.

        Raises:
            JoinError: Discord, a permission or the people elsewhere stand against it.
        """
        previous_id = self._wanted_in(channel.guild.id)
        session = await self._enter(channel, may_move=may_move, home_id=home_id)
        await self._until_live(session, channel, previous_id)
        return session

    async def say(
        self, channel: CallChannel, utterance: Utterance, *, home_id: int | None = None
    ) -> Turn:
        """Speak in `channel`, joining it first if needed; the synthesis starts meanwhile.

        Raises:
            JoinError: See `join`.
            QueueFullError: Too much waits already.
        """
        previous_id = self._wanted_in(channel.guild.id)
        session = await self._enter(channel, may_move=False, home_id=home_id)
        turn = session.enqueue(utterance)
        if previous_id != channel.id:
            await self._until_live(session, channel, previous_id)
        return turn

    async def leave(self, guild_id: int) -> bool:
        """Leave the guild's call, and want none there; return whether there was one."""
        self._dormant.pop(guild_id, None)
        self._farewells[guild_id] += 1
        session = self._forget(guild_id)
        if session is None:
            return False
        self._save(guild_id)
        await asyncio.wait([self._close(session, DropReason.SENT_AWAY)], timeout=LEAVE_S)
        return True

    # What happens

    async def restore(self, guild_of: Callable[[int], discord.Guild | None]) -> None:
        """Return to the calls of before the last restart where somebody listens, one by one."""
        for call in await self._calls.all() if self._calls else ():
            if self._is_closing:
                return
            if self._return_to(call, guild_of(call.guild_id)):
                await asyncio.sleep(RESTORE_INTERVAL_S)

    async def close(self) -> None:
        """Fall silent within `GRACE_S` and leave every call at the same time; want them still."""
        self._is_closing = True
        if self._writes:  # they read what is wanted
            await asyncio.wait(self._writes, timeout=WRITE_S)
        sessions, self._sessions = self.sessions, {}
        await asyncio.gather(*(session.finish(GRACE_S) for session in sessions))
        for session in sessions:
            self._close(session, DropReason.SHUTDOWN)
        if self._leaving:
            await asyncio.wait(self._leaving.values(), timeout=LEAVE_S)
        await self._tasks.close()

    def on_attendance(self, guild: discord.Guild, channel_id: int | None) -> None:
        """Take in that a person came into a channel of the guild, or left one."""
        if session := self._sessions.get(guild.id):
            session.on_attendance()
            return
        waiting_in, until = self._dormant.get(guild.id, (None, 0.0))
        if channel_id is None or waiting_in != channel_id:
            return
        del self._dormant[guild.id]
        if monotonic() < until:
            self._return(guild, channel_id, home_id=None)

    def on_gateway_reset(self, is_affected: Callable[[int], bool]) -> None:
        """Take in a new gateway session, or a guild that is back, for the guilds affected."""
        for session in self.sessions:
            if is_affected(session.guild_id):
                session.on_gateway_reset()

    def on_guild_removed(self, guild_id: int) -> None:
        """Take in that the bot was removed from a guild."""
        self._dormant.pop(guild_id, None)
        if session := self._sessions.get(guild_id):
            session.on_guild_removed()

    def on_moved(self, session: VoiceSession) -> None:
        """Want the call a moderator has moved the bot to (from a session)."""
        self._save(session.guild_id)

    def on_departed(self, session: VoiceSession, departure: Departure) -> None:
        """Close a session that is over (from the session)."""
        if self._sessions.get(session.guild_id) is not session:
            return
        self._forget(session.guild_id)
        self._save(session.guild_id)
        reason = REASONS[departure]
        is_unexpected = departure in (Departure.REFUSED, Departure.NO_SERVER)
        # Whoever called the bot, or waits for their words to be said, is answered anyway.
        if is_unexpected and session.has_been_live and not session.turns:
            self.on_trouble(session, NotSpokenError(reason).__str__)
        self._close(session, reason)

    def on_bored(self, session: VoiceSession, reason: DropReason) -> None:
        """Leave a call where nobody is or nothing is said (from the session)."""
        if self._sessions.get(session.guild_id) is not session:
            return
        self._forget(session.guild_id)
        if reason is DropReason.ALONE:
            until = monotonic() + RETURN_WITHIN_S
            self._dormant[session.guild_id] = session.channel.id, until
        self._save(session.guild_id)
        self._close(session, reason)

    def on_trouble(self, session: VoiceSession, word: Callable[[], str]) -> None:
        """Tell the people of a guild, once in a while (from a session)."""
        guild, now = session.channel.guild, monotonic()
        is_fresh = now - self._noticed_at.get(guild.id, -NOTICE_INTERVAL_S) < NOTICE_INTERVAL_S
        if is_fresh or self.notify is None or self._is_closing:
            return
        self._noticed_at[guild.id] = now
        home_id = session.home_id or session.channel.id
        self._tasks.start(_post(self.notify, guild, home_id, word), name="notice")

    # How it is done

    def _wanted_in(self, guild_id: int) -> int | None:
        session = self._sessions.get(guild_id)
        return session.desired_channel_id if session else None

    def _in(self, channel: CallChannel) -> VoiceSession | None:
        session = self._sessions.get(channel.guild.id)
        is_there = session is not None and session.desired_channel_id == channel.id
        return session if is_there else None

    async def _enter(
        self, channel: CallChannel, *, may_move: bool, home_id: int | None
    ) -> VoiceSession:
        """Want to be in `channel`; return the session at once, connected or not."""
        session = self._in(channel) or await self._go(channel, may_move=may_move)
        if home_id is not None and home_id != session.home_id:
            session.home_id = home_id
            self._save(channel.guild.id)
        return session

    async def _go(self, channel: CallChannel, *, may_move: bool) -> VoiceSession:
        guild_id = channel.guild.id
        access.require_access(channel)
        self._require_no_limit(guild_id)
        await self._until_left(channel)
        session = self._sessions.get(guild_id)
        if session is None:
            session = await self._open(channel)
        elif session.desired_channel_id != channel.id:
            if not may_move:
                _require_nobody_listening(session)
            session.go_to(channel)
        self._save(guild_id)
        return session

    async def _until_left(self, channel: CallChannel) -> None:
        """Let the bot get out of the call it leaves; whoever sends it away meanwhile wins."""
        guild_id = channel.guild.id
        farewells = self._farewells[guild_id]
        while guild_id in self._leaving and not self._is_closing:
            await asyncio.wait([self._leaving[guild_id]])
        if self._is_closing:
            raise NotSpokenError(DropReason.SHUTDOWN)
        if self._farewells[guild_id] != farewells:
            raise access.turned_away(channel, DepartedError(Departure.WISH, None))

    async def _open(self, channel: CallChannel) -> VoiceSession:
        # Nothing here waits: a second call for the same guild finds the session of the first.
        if stale := channel.guild.voice_client:
            stale.cleanup()
        client = await channel.connect(cls=VoiceClient)
        session = VoiceSession(client, self, self._equipment)
        self._sessions[channel.guild.id] = session
        self._dormant.pop(channel.guild.id, None)
        return session

    async def _until_live(
        self, session: VoiceSession, channel: CallChannel, previous_id: int | None
    ) -> None:
        """Wait for the call; if it takes too long, want again what was wanted before."""
        try:
            if not session.rate_limited_s:
                async with asyncio.timeout(self._equipment.recovery.join_timeout_s):
                    await session.wait_until_live(channel.id)
                    return
        except DepartedError as error:
            raise access.turned_away(channel, error) from None
        except TimeoutError:
            pass
        limited_s = session.rate_limited_s
        self._take_back(session, channel, previous_id)
        raise access.rate_limited(limited_s) if limited_s else access.too_slow(channel)

    def _take_back(
        self, session: VoiceSession, channel: CallChannel, previous_id: int | None
    ) -> None:
        if self._in(channel) is not session or previous_id == channel.id:
            return  # somebody wants something else by now, or wanted the same before
        previous = channel.guild.get_channel(previous_id) if previous_id else None
        if isinstance(previous, CallChannel) and session.has_been_live:
            session.go_to(previous)
        else:
            self._forget(session.guild_id)
            self._close(session, DropReason.NO_CONNECTION)
        self._save(session.guild_id)

    def _close(self, session: VoiceSession, reason: DropReason) -> asyncio.Task[None]:
        # Whoever wants into this guild from now on waits until the bot is out: the wish to leave
        # would else undo theirs.
        task = self._tasks.start(session.close(reason), name=f"leave guild {session.guild_id}")
        self._leaving[session.guild_id] = task
        task.add_done_callback(lambda _: self._has_left(session.guild_id, task))
        log.info("leaving the call of guild %s: %s", session.guild_id, reason)
        return task

    def _has_left(self, guild_id: int, task: asyncio.Task[None]) -> None:
        if self._leaving.get(guild_id) is task:
            del self._leaving[guild_id]

    def _forget(self, guild_id: int) -> VoiceSession | None:
        """Let nobody enqueue into a session that is ending."""
        session = self._sessions.pop(guild_id, None)
        if session is not None and session.rate_limited_s:
            self._limited_until[guild_id] = monotonic() + session.rate_limited_s
        return session

    def _require_no_limit(self, guild_id: int) -> None:
        left_s = self._limited_until.get(guild_id, 0.0) - monotonic()
        if left_s > 0:
            raise access.rate_limited(left_s)
        self._limited_until.pop(guild_id, None)

    def _return_to(self, call: WantedCall, guild: discord.Guild | None) -> bool:
        """Go back to a call from before a restart; return whether Discord is asked for it."""
        if guild is None or guild.unavailable or guild.id in self._sessions:
            return False
        channel = guild.get_channel(call.channel_id)
        if not isinstance(channel, CallChannel):
            self._save(guild.id)  # deleted meanwhile
            return False
        if call.is_dormant or not people_in(channel):
            self._dormant[guild.id] = channel.id, monotonic() + RETURN_WITHIN_S
            return False
        self._return(guild, channel.id, home_id=call.home_id)
        return True

    def _return(self, guild: discord.Guild, channel_id: int, *, home_id: int | None) -> None:
        channel = guild.get_channel(channel_id)
        if isinstance(channel, CallChannel):
            self._tasks.start(self._try_to_join(channel, home_id), name="return to a call")

    async def _try_to_join(self, channel: CallChannel, home_id: int | None) -> None:
        try:
            await self._enter(channel, may_move=False, home_id=home_id)
        except UserError as error:
            log.info("cannot return to channel %s: %s", channel.id, type(error).__name__)

    # What survives a restart

    def _save(self, guild_id: int) -> None:
        if self._calls is not None and not self._is_closing:
            task = self._tasks.start(self._write(self._calls, guild_id), name="save call")
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)

    async def _write(self, calls: CallRepository, guild_id: int) -> None:
        """Write what is wanted now; whatever was wanted in between need not be known."""
        async with self._saving.setdefault(guild_id, asyncio.Lock()):
            session = self._sessions.get(guild_id)
            with contextlib.suppress(UserError):  # speech goes on; the database says so itself
                if session is not None and session.desired_channel_id is not None:
                    await calls.save(guild_id, session.desired_channel_id, session.home_id)
                elif guild_id in self._dormant:
                    await calls.set_dormant(guild_id)
                else:
                    await calls.forget(guild_id)


def _require_nobody_listening(session: VoiceSession) -> None:
    if session.listeners:
        raise JoinError(
            _("I am reading in {channel}. Join me there, or call me over with /join.").format(
                channel=session.channel.mention
            )
        )


async def _post(
    notify: Notify, guild: discord.Guild, home_id: int, word: Callable[[], str]
) -> None:
    use_locale(str(guild.preferred_locale))
    await notify(guild, home_id, word())
