"""Keeps the bot in the call where it is wanted: one task, from what is so to what should be."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.voice.gateway import DepartedError, Departure
from bot.voice.link import Link
from bot.voice.loss import Loss, LossKind
from bot.voice.messages import Ticket
from bot.voice.recovery import Attempts, Reaction, Recovery, react

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bot.voice.gateway import Gateway, Observer

log = logging.getLogger(__name__)

POLL_S: Final = 0.25
"""How often a guild or gateway that is away is looked for: the library announces both late."""

LEAVE_ATTEMPTS: Final = 2

SERVER_BEFORE_STATE_S: Final = 1.0
"""A voice server may be named so long before the move it belongs to."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Where Discord says that the bot is."""

    channel_id: int
    session_id: str
    is_silenced: bool
    since: float


@dataclass(frozen=True, slots=True)
class _Server:
    """The voice server Discord has named; without an endpoint there is none yet."""

    token: str
    endpoint: str | None
    since: float


class Presence:
    """The bot's place in one guild's voice.

    Commands change what is wanted, Discord's events what is so; both wake the one task, which does
    the next thing that brings them together. An event that is late finds facts newer than itself
    and changes nothing: a connection counts only with the ticket it was opened with.

    `is_settled` and `send_opus` are called on the pacer's thread, everything else on the loop.
    """

    def __init__(
        self, gateway: Gateway, observer: Observer, channel_id: int, recovery: Recovery
    ) -> None:
        self._gateway = gateway
        self._observer = observer
        self._recovery = recovery
        self._wanted: int | None = channel_id
        self._told: _Told | None = None
        self._server: _Server | None = None
        self._asked: tuple[int, float] | None = None
        self._wishes: deque[tuple[int | None, float]] = deque()
        """Sent, when, and not answered: Discord answers in order, a refusal with nothing."""
        self._wished_at = -inf
        self._leave_expected_until = 0.0
        self._session_id = self._hung_up_session = ""
        self._link = Link(gateway.dial, self._note)
        self._company_since = 0.0
        self._must_rejoin = False
        self._attempts = Attempts(recovery)
        self._retry_at = 0.0
        self._verdict_at: float | None = None
        self._lost_at: float | None = None
        self._unheard_s = 0.0
        self._has_reported_no_server = False
        self.last_loss: Loss | None = None
        self._has_been_live = False
        self._changed = asyncio.Event()
        self._news = asyncio.Event()
        self._is_out = asyncio.Event()
        self._departed: tuple[Departure, int | None] | None = None
        self._task = asyncio.create_task(self._keep(), name=f"presence {gateway.guild_id}")

    # What others may know

    @property
    def channel_id(self) -> int | None:
        """Where the bot is wanted; None: in no call."""
        return self._wanted

    @property
    def is_live(self) -> bool:
        """Whether there is a connection to the voice server of the wanted channel."""
        return self._link.is_open

    @property
    def has_been_live(self) -> bool:
        """Whether there ever was a connection."""
        return self._has_been_live

    @property
    def is_retrying(self) -> bool:
        """Whether the task that brings the bot back is alive."""
        return not self._task.done()

    @property
    def is_silenced(self) -> bool:
        """Whether Discord lets nobody hear the bot: muted by a moderator, or in the audience."""
        return self._told is not None and self._told.is_silenced

    @property
    def rate_limited_s(self) -> float:
        """For how many seconds more Discord wants this guild to be left alone."""
        loss = self.last_loss
        if loss is None or react(loss) is not Reaction.PAUSE:
            return 0.0
        return max(0.0, self._retry_at - monotonic())

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now (pacer's thread)."""
        return self._link.is_settled

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms of Opus; return whether an encrypted session took it (pacer's thread)."""
        return self._link.send_opus(packet)

    async def announce(self, *, speaking: bool) -> None:
        """Light or darken the ring around the bot."""
        await self._link.announce(speaking=speaking)

    async def wait_until_live(self, channel_id: int) -> None:
        """Wait for a connection to the call of a channel.

        Raises:
            DepartedError: There will be none, or another channel is wanted by now.
        """
        ticket = self._link.ticket
        while not (self.is_live and ticket and ticket.channel_id == channel_id):
            if self._wanted != channel_id:
                raise DepartedError(*(self._departed or (Departure.WISH, None)))
            await self._news.wait()
            ticket = self._link.ticket

    async def wait_until_heard(self) -> None:
        """Wait until Discord lets people hear the bot, or it is out."""
        while self.is_silenced and not self._is_over:
            await self._news.wait()

    # What is wanted

    def go_to(self, channel_id: int) -> None:
        """Want to be in another channel of the guild."""
        if channel_id != self._wanted and not self._is_over:
            self._wanted = channel_id
            self._asked = None
            if not self.rate_limited_s:
                self._retry_at = 0.0
            self._note()

    async def close(self) -> None:
        """Leave, and return when Discord has confirmed it or is too slow to; or be cancelled."""
        self._depart(Departure.WISH)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    # What Discord says

    def on_voice_state(self, state: Mapping[str, Any]) -> None:
        """Take in VOICE_STATE_UPDATE of the bot itself."""
        if state["channel_id"] is None:
            self._on_gone()
        else:
            self._on_placed(state, int(state["channel_id"]))
        self._note()

    def on_voice_server(self, server: Mapping[str, Any]) -> None:
        """Take in VOICE_SERVER_UPDATE."""
        endpoint = server.get("endpoint")
        if endpoint is not None:
            endpoint = endpoint.removeprefix("wss://")
        self._server = _Server(server["token"], endpoint, monotonic())
        self._verdict_at = None
        self._has_reported_no_server = False
        self._note()

    def on_gateway_reset(self) -> None:
        """Take in that Discord starts afresh: what it said of voice before does not hold."""
        if not self._is_over:
            self._told = self._server = self._asked = self._verdict_at = None
            self._wishes.clear()
            self._retry_at = 0.0
            self._note()

    def on_guild_removed(self) -> None:
        """Take in that the bot is in the guild no more."""
        self._told = None
        self._depart(Departure.REMOVED)

    def _on_gone(self) -> None:
        was_expected = monotonic() < self._leave_expected_until
        self._leave_expected_until = 0.0
        self._told = None
        self._take_answer(None)
        self._is_out.set()
        if was_expected or self._is_over:
            return
        self._depart(self._why_out())

    def _on_placed(self, state: Mapping[str, Any], channel_id: int) -> None:
        self._session_id = state["session_id"]
        previous = self._told
        is_elsewhere = previous is None or previous.channel_id != channel_id
        if self._session_id != self._hung_up_session:
            self._leave_expected_until = 0.0
        self._told = _Told(
            channel_id,
            self._session_id,
            is_silenced=bool(state.get("mute") or state.get("suppress")),
            since=monotonic() if previous is None or is_elsewhere else previous.since,
        )
        if is_elsewhere:
            self._verdict_at = None
        if self._take_answer(channel_id) or self._is_answer_due:
            return  # a command was quicker than the answer to the one before it, or a moderator
        if self._wanted is not None and is_elsewhere and channel_id != self._wanted:
            self._wanted = channel_id
            self._observer.on_moved(channel_id)

    def _take_answer(self, channel_id: int | None) -> bool:
        """Forget the wish that is answered, and those before it; return whether there was one."""
        since = monotonic() - self._recovery.answer_timeout_s
        recent = [wish for wish, at in self._wishes if at >= since]
        is_answer = channel_id in recent
        left = len(recent) - recent.index(channel_id) - 1 if is_answer else len(recent)
        while len(self._wishes) > left:
            self._wishes.popleft()
        return is_answer

    @property
    def _is_answer_due(self) -> bool:
        """Whether Discord is still to answer where the bot is wanted."""
        asked = self._asked
        if asked is None or asked[0] != self._wanted:
            return False
        is_recent = monotonic() < asked[1] + self._recovery.answer_timeout_s
        return is_recent and any(wish == asked[0] for wish, _ in self._wishes)

    def _why_out(self) -> Departure:
        if not self._gateway.is_member:
            return Departure.REMOVED
        is_there = self._wanted is not None and self._gateway.has_channel(self._wanted)
        return Departure.KICKED if is_there else Departure.CHANNEL_GONE

    # The task

    @property
    def _is_over(self) -> bool:
        return self._departed is not None

    def _note(self) -> None:
        told, ticket = self._told, self._link.ticket
        self._has_been_live |= self.is_live
        self._link.may_send = (
            told is not None
            and ticket is not None
            and not told.is_silenced
            and told.channel_id == ticket.channel_id
            and self._wanted is not None
        )
        self._changed.set()
        self._news.set()  # everyone waiting now looks; everyone waiting later gets a fresh event
        self._news = asyncio.Event()
        self._tell_change()

    def _tell_change(self) -> None:
        if self._lost_at is not None and self.is_settled:
            outage_s, unheard_s = monotonic() - self._lost_at, self._unheard_s
            self._lost_at, self._unheard_s = None, 0.0
            self._observer.on_restored(outage_s=outage_s, unheard_s=unheard_s)
        self._observer.on_change()

    async def _keep(self) -> None:
        while not self._is_over:
            self._changed.clear()
            try:
                wait_s = await self._step()
            except Exception:  # the task's own door: without it the bot would be a zombie
                log.exception("presence in guild %s failed", self._gateway.guild_id)
                wait_s = 1.0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
        await self._take_leave()

    async def _step(self) -> float | None:
        """Do the next thing; return how many seconds nothing needs to be done (None: for ever)."""
        now = monotonic()
        if loss := self._link.loss:
            await self._lose(loss)
        if not self._gateway.is_reachable:
            if self._verdict_at is not None:
                self._verdict_at = now + self._recovery.kick_decision_s
            return POLL_S
        if self._verdict_at is not None:
            if now >= self._verdict_at:
                self._depart(self._why_out())
            return max(0.0, self._verdict_at - now)
        if now < self._retry_at:
            return self._retry_at - now
        if self._must_rejoin:
            await self._hang_up()
        return await self._approach(now)

    async def _approach(self, now: float) -> float | None:
        wanted, told, server = self._wanted, self._told, self._server
        if wanted is None:
            return 0.0
        if told is None or told.channel_id != wanted:
            return await self._ask(wanted, now)
        self._asked = None
        if server is None or server.since < told.since - SERVER_BEFORE_STATE_S:
            return self._await_answer(told.since, now, "no voice server was named")
        if server.endpoint is None:
            await self._hang_on()
            return self._await_endpoint(server.since, now)
        ticket = Ticket(
            guild_id=self._gateway.guild_id,
            channel_id=told.channel_id,
            user_id=self._gateway.user_id,
            session_id=told.session_id,
            token=server.token,
            endpoint=server.endpoint,
        )
        if ticket != self._link.ticket:
            self._note_success(self._link.open_since)
            await self._link.open(ticket)
        return self._watch_group(now)

    async def _ask(self, channel_id: int, now: float) -> float:
        if self._asked is not None and self._asked[0] == channel_id:
            wait_s = self._await_answer(self._asked[1], now, "Discord did not answer")
            if self._told is not None:
                self._must_rejoin = False  # a call it was called away from is better than none
            return wait_s
        if not self._gateway.has_channel(channel_id) and self._told is None:
            self._depart(Departure.CHANNEL_GONE)
            return 0.0
        self._asked = channel_id, now
        await self._request(channel_id)
        return self._recovery.answer_timeout_s

    def _await_answer(self, since: float, now: float, complaint: str) -> float:
        left_s = since + self._recovery.answer_timeout_s - now
        if left_s > 0:
            return left_s
        self._fail(Loss(LossKind.TIMEOUT, None, complaint, now))
        return 0.0

    def _await_endpoint(self, since: float, now: float) -> float:
        waited_s = now - since
        if waited_s >= self._recovery.endpoint_give_up_s:
            self._depart(Departure.NO_SERVER)
            return 0.0
        if waited_s < self._recovery.endpoint_notice_s:
            return self._recovery.endpoint_notice_s - waited_s
        if not self._has_reported_no_server:
            self._has_reported_no_server = True
            self._observer.on_waiting_for_server()
        return self._recovery.endpoint_give_up_s - waited_s

    def _watch_group(self, now: float) -> float | None:
        """Notice an encrypted group that does not form although others are in the call."""
        told, link = self._told, self._link
        if told is None or link.has_group or not link.is_open or not link.open_since:
            return None
        if not self._gateway.has_company(told.channel_id):
            self._company_since = now  # one alone makes no group
            return self._recovery.group_timeout_s
        since = max(self._company_since, link.open_since)
        left_s = since + self._recovery.group_timeout_s - now
        if left_s <= 0:
            loss = Loss(LossKind.TIMEOUT, None, "no encrypted group came about", now)
            self._note_loss(loss, link.open_since)
            self._fail(loss)
            return 0.0
        return left_s

    # Losses

    async def _hang_on(self) -> None:
        """Let go of a voice server that Discord has withdrawn, and wait for another."""
        if self._link.ticket is not None:
            self._note_hole(monotonic())
            await self._link.drop()

    async def _lose(self, loss: Loss) -> None:
        ticket, open_since = self._link.ticket, self._link.open_since
        await self._link.drop()
        self._note_loss(loss, open_since)
        log.info(
            "voice connection of guild %s lost: %s, close code %s, %s",
            self._gateway.guild_id,
            loss.kind,
            loss.close_code,
            loss.detail,
        )
        told, server = self._told, self._server
        is_moved = told is None or ticket is None or told.channel_id != ticket.channel_id
        has_new_server = server is not None and ticket is not None and server.token != ticket.token
        if is_moved or has_new_server:
            return  # the close belongs to what the gateway has said already
        is_unused = loss.kind is LossKind.UNREACHED
        self._judge(loss, is_dial=is_unused)
        if is_unused and not self._attempts.wants_other_server:
            self._must_rejoin = False  # the session was never used: the same one will do

    def _judge(self, loss: Loss, *, is_dial: bool) -> None:
        reaction = react(loss)
        if self._attempts.is_last(reaction):
            self._depart(Departure.REFUSED, loss.close_code)
        elif reaction is Reaction.ASK_WHY:
            self._verdict_at = monotonic() + self._recovery.kick_decision_s
        elif reaction is Reaction.PAUSE:
            self._must_rejoin = True
            self._retry_at = monotonic() + self._attempts.pause_s()
        else:
            self._fail(loss, reaction, is_dial=is_dial)

    def _note_loss(self, loss: Loss, open_since: float) -> None:
        self.last_loss = loss
        self._note_success(open_since)
        self._note_hole(loss.last_heard_at)

    def _note_success(self, open_since: float) -> None:
        if open_since:
            self._attempts.succeed(held_s=monotonic() - open_since)

    def _note_hole(self, heard_until: float) -> None:
        """Remember since when nobody hears what is sent."""
        now = monotonic()
        if self._lost_at is None and self._has_been_live:
            self._lost_at = min(heard_until, now)
            self._unheard_s = now - self._lost_at

    def _fail(
        self, loss: Loss, reaction: Reaction = Reaction.REJOIN, *, is_dial: bool = False
    ) -> None:
        """Try again later, with a new session."""
        now = monotonic()
        self.last_loss = loss
        self._asked = None
        if not self._attempts.note(reaction, now):
            self._depart(Departure.REFUSED, loss.close_code)
            return
        self._must_rejoin = True
        self._retry_at = now + self._attempts.delay_s(is_dial=is_dial)

    # Leaving

    async def _hang_up(self) -> None:
        """Leave, in order to join again with a new session."""
        await self._link.drop()
        self._hung_up_session = self._session_id
        self._leave_expected_until = monotonic() + self._recovery.leave_timeout_s
        if await self._request(None):
            self._must_rejoin = False
            self._told = self._server = None

    async def _request(self, channel_id: int | None) -> bool:
        """Send a wish; return whether that was possible."""
        wish = channel_id, monotonic()
        self._wishes.append(wish)
        try:
            await self._gateway.request(channel_id)
        except ConnectionError:
            if wish in self._wishes:
                self._wishes.remove(wish)
            self._asked = None
            self._retry_at = monotonic() + POLL_S
            return False
        self._wished_at = monotonic() if channel_id else -inf
        return True

    def _depart(self, departure: Departure, close_code: int | None = None) -> None:
        if self._is_over:
            return
        self._departed = departure, close_code
        self._wanted = None
        if departure is Departure.REFUSED:
            log.warning(
                "Discord refuses the voice of guild %s, close code %s",
                self._gateway.guild_id,
                close_code,
            )
        self._note()
        self._observer.on_departed(departure, close_code)

    @property
    def _may_be_in(self) -> bool:
        """Whether Discord has the bot in a call, or is about to; what it says may be older news."""
        is_recent = monotonic() < self._wished_at + self._recovery.answer_timeout_s
        is_open = any(channel_id for channel_id, _ in self._wishes)
        return self._told is not None or is_recent or is_open

    async def _has_asked_to_leave(self) -> bool:
        if not self._may_be_in or not self._gateway.is_reachable:
            return False
        self._leave_expected_until = monotonic() + self._recovery.leave_timeout_s
        return await self._request(None)

    async def _take_leave(self) -> None:
        await self._link.drop()
        self._is_out.clear()
        # Twice, for a wish may be lost with the gateway connection it was sent on. Waited for even
        # if nothing was answered yet: what comes late would reach whoever calls the bot next, and
        # look like a kick.
        for _ in range(LEAVE_ATTEMPTS):
            while not await self._has_asked_to_leave():
                if not (self._may_be_in and self._gateway.is_member):
                    return
                await asyncio.sleep(POLL_S)  # or the bot would stay once the gateway is back
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._recovery.leave_timeout_s):
                    await self._is_out.wait()
