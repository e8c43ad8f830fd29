"""Every call the bot is in, one session per guild."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.tasks import Tasks
from bot.voice import access
from bot.voice.client import CallChannel, VoiceClient
from bot.voice.gateway import DepartedError, Departure
from bot.voice.ledger import DropReason, NotSpokenError
from bot.voice.memory import CallMemory
from bot.voice.notices import Notices
from bot.voice.returns import Returns
from bot.voice.session import REASONS, UNEXPECTED, Equipment, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import discord

    from bot.models import Utterance
    from bot.storage.calls import CallRepository
    from bot.voice.ledger import Ledger
    from bot.voice.queue import Room, Turn
    from bot.voice.session import Patience

log = logging.getLogger(__name__)

GRACE_S: Final = 3.0
"""How long what sounds may go on when the bot is stopped."""

AWAY_S: Final = 300.0
"""How long the bot does not come by itself after it was sent away."""

LEAVE_S: Final = 4.0
"""How long a leave is waited for; while the gateway is away it takes longer."""


class SessionRegistry:
    """Opens, finds, restores and closes the sessions of all guilds."""

    def __init__(
        self,
        equipment: Equipment,
        *,
        calls: CallRepository | None = None,
        patience_of: Callable[[int], Awaitable[Patience]] | None = None,
    ) -> None:
        self._equipment = equipment
        self._patience_of = patience_of
        self._sessions: dict[int, VoiceSession] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._farewells: Counter[int] = Counter()
        self._limited_until: dict[int, float] = {}
        self._sent_away_at: dict[int, float] = {}
        self._tasks = Tasks()
        self._is_closing = False
        self.tell_moved: Callable[[int], None] = lambda _guild_id: None
        """Told of the guild in which a moderator has moved the bot."""
        self._memory = CallMemory(calls, self._wanted_call)
        self.returns = Returns(self._memory, self._come_back, self._tasks)
        self.notices = Notices(self._tasks)

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

    def was_sent_away(self, guild_id: int) -> bool:
        """Return whether people of a guild wanted the bot to go, so lately that they mean it."""
        return monotonic() - self._sent_away_at.get(guild_id, -AWAY_S) < AWAY_S

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
        self,
        channel: CallChannel,
        utterance: Utterance,
        *,
        home_id: int | None = None,
        room: Room | None = None,
        on_accepted: Callable[[Turn], None] | None = None,
    ) -> Turn:
        """Speak in `channel`, joining it first if needed; the synthesis starts meanwhile.

        Args:
            channel: The call to speak in.
            utterance: What to say.
            home_id: The text channel where notices go.
            room: How much may wait.
            on_accepted: Told of the turn before anything else can happen to it.

        Raises:
            JoinError: See `join`.
            QueueFullError: Too much waits already.
        """
        previous_id = self._wanted_in(channel.guild.id)
        session = await self._enter(channel, may_move=False, home_id=home_id)
        turn = session.enqueue(utterance, room=room)
        if on_accepted is not None:
            on_accepted(turn)
        if previous_id != channel.id:
            await self._until_live(session, channel, previous_id)
        return turn

    async def leave(self, guild_id: int) -> bool:
        """Leave the guild's call, and want none there; return whether there was one."""
        self._memory.forget(guild_id)
        self._farewells[guild_id] += 1
        self._sent_away_at[guild_id] = monotonic()
        session = self._forget(guild_id)
        self._memory.save(guild_id)
        if session is None:
            return False
        await asyncio.wait([self._close(session, DropReason.SENT_AWAY)], timeout=LEAVE_S)
        return True

    # What happens

    async def close(self) -> None:
        """Fall silent within `GRACE_S` and leave every call at the same time; want them still."""
        self._is_closing = True
        await self._memory.close()  # it reads what is wanted
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
        if channel_id is not None:
            self.returns.on_arrival(guild, channel_id)

    def on_gateway_reset(self, is_affected: Callable[[int], bool]) -> None:
        """Take in a new gateway session, or a guild that is back, for the guilds affected."""
        for session in self.sessions:
            if is_affected(session.guild_id):
                session.on_gateway_reset()

    def on_patience_changed(self, guild_id: int) -> None:
        """Ask anew how long the bot stays for nothing in the call of a guild."""
        session = self._sessions.get(guild_id)
        if session is not None and self._patience_of is not None:
            asking = self._ask_for_patience(session, self._patience_of(guild_id))
            self._tasks.start(asking, name=f"patience in guild {guild_id}")

    def on_guild_removed(self, guild_id: int) -> None:
        """Take in that the bot was removed from a guild."""
        self._memory.forget(guild_id)
        if session := self._sessions.get(guild_id):
            session.on_guild_removed()

    def on_moved(self, session: VoiceSession) -> None:
        """Want the call a moderator has moved the bot to (from a session)."""
        self._memory.save(session.guild_id)
        self.tell_moved(session.guild_id)

    def on_departed(self, session: VoiceSession, departure: Departure) -> None:
        """Close a session that is over (from the session)."""
        if self._sessions.get(session.guild_id) is not session:
            return
        self._forget(session.guild_id)
        self._memory.save(session.guild_id)
        if departure is Departure.KICKED:
            self._sent_away_at[session.guild_id] = monotonic()
        reason = REASONS[departure]
        is_unexpected = departure in UNEXPECTED
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
            self._memory.doze(session.guild_id, session.channel.id)
        self._memory.save(session.guild_id)
        self._close(session, reason)

    def on_trouble(self, session: VoiceSession, word: Callable[[], str]) -> None:
        """Tell the people of a guild, once in a while (from a session)."""
        if not self._is_closing:
            channel = session.channel
            self.notices.tell(channel.guild, session.home_id or channel.id, word)

    # How it is done

    def _wanted_call(self, guild_id: int) -> tuple[int, int | None] | None:
        session = self._sessions.get(guild_id)
        if session is None or session.desired_channel_id is None:
            return None
        return session.desired_channel_id, session.home_id

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
            self._memory.save(channel.guild.id)
        return session

    async def _come_back(self, channel: CallChannel, home_id: int | None) -> None:
        await self._enter(channel, may_move=False, home_id=home_id)

    async def _go(self, channel: CallChannel, *, may_move: bool) -> VoiceSession:
        guild_id = channel.guild.id
        access.require_access(channel)
        self._require_no_limit(guild_id)
        await self._until_left(channel)
        session = self._sessions.get(guild_id)
        if session is None:
            session = await self._open(channel)
        elif session.desired_channel_id != channel.id:
            if session.listeners and not may_move:
                raise access.elsewhere(session.channel)
            session.go_to(channel)
        self._memory.save(guild_id)
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
        self._sent_away_at.pop(channel.guild.id, None)
        self._memory.forget(channel.guild.id)
        self.on_patience_changed(channel.guild.id)
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
        self._memory.save(session.guild_id)

    async def _ask_for_patience(self, session: VoiceSession, answer: Awaitable[Patience]) -> None:
        try:
            patience = await answer
        except UserError as error:  # the operator's own holds until the database answers again
            log.info("patience in guild %s unknown: %s", session.guild_id, type(error).__name__)
            return
        if self._sessions.get(session.guild_id) is session:
            session.be_patient(patience)

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
