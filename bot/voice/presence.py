"""Keeps the bot in the call where it is wanted: one task, from what is so to what should be."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

from bot.voice.gateway import DepartedError, Departure
from bot.voice.link import Link
from bot.voice.loss import Loss, LossKind
from bot.voice.outage import Outage
from bot.voice.place import POLL_S, Place
from bot.voice.retry import Retry
from bot.voice.waits import EndpointWait, GroupWait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.voice.condition import Condition
    from bot.voice.gateway import Gateway, Observer
    from bot.voice.recovery import Recovery

log = logging.getLogger(__name__)


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
        self._place = Place(gateway, recovery)
        self._link = Link(gateway.dial, self._note)
        self._retry = Retry(recovery)
        self._outage = Outage()
        self._endpoint_wait = EndpointWait(recovery, observer.on_waiting_for_server)
        self._group_wait = GroupWait(gateway, self._link, recovery)
        self._has_been_live = False
        self.lacks_group = False
        """Whether the last failure was that the call's encryption did not come about."""
        self._changed = asyncio.Event()
        self._news = asyncio.Event()
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
    def condition(self) -> Condition | None:
        """How the connection fares, once it is open."""
        return self._link.condition

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
        return self._place.told is not None and self._place.told.is_silenced

    @property
    def rate_limited_s(self) -> float:
        """For how many seconds more Discord wants this guild to be left alone."""
        return self._retry.rate_limited_s

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
            self._place.asked = None
            if not self.rate_limited_s:
                self._retry.at = 0.0
            self._note()

    async def close(self) -> None:
        """Leave, and return when Discord has confirmed it or is too slow to; or be cancelled."""
        self._depart(Departure.WISH)
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    # What Discord says

    def on_voice_state(self, state: Mapping[str, Any]) -> None:
        """Take in VOICE_STATE_UPDATE of the bot itself."""
        before = self._place.channel_id
        was_asked_for = self._place.on_voice_state(state, wanted=self._wanted)
        channel_id = self._place.channel_id
        if channel_id is None:
            if not was_asked_for:
                self._depart(self._place.why_out(self._wanted))
        elif channel_id != before:
            self._retry.verdict_at = None
            if not was_asked_for and self._wanted not in (None, channel_id):
                self._wanted = channel_id
                self._observer.on_moved(channel_id)
        self._note()

    def on_voice_server(self, server: Mapping[str, Any]) -> None:
        """Take in VOICE_SERVER_UPDATE."""
        self._place.on_voice_server(server)
        self._retry.verdict_at = None
        self._endpoint_wait.reset()
        self._note()

    def on_gateway_reset(self) -> None:
        """Take in that Discord starts afresh: what it said of voice before does not hold."""
        if not self._is_over:
            self._place.reset()
            self._retry.verdict_at = None
            self._retry.at = 0.0
            self._note()

    def on_guild_removed(self) -> None:
        """Take in that the bot is in the guild no more."""
        self._place.told = None
        self._depart(Departure.REMOVED)

    # The task

    @property
    def _is_over(self) -> bool:
        return self._departed is not None

    def _note(self) -> None:
        told, ticket = self._place.told, self._link.ticket
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
        self.lacks_group &= not self.is_settled
        if self.is_settled and (hole := self._outage.end()):
            self._observer.on_restored(outage_s=hole.outage_s, unheard_s=hole.unheard_s)
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
        await self._link.drop()
        await self._place.leave()

    async def _step(self) -> float | None:
        """Do the next thing; return how many seconds nothing needs to be done (None: for ever)."""
        now = monotonic()
        if loss := self._link.loss:
            await self._lose(loss)
        if not self._gateway.is_reachable:
            if self._retry.verdict_at is not None:
                self._retry.put_verdict_off()
            return POLL_S
        if self._retry.verdict_at is not None:
            if now >= self._retry.verdict_at:
                self._depart(self._place.why_out(self._wanted))
            return max(0.0, self._retry.verdict_at - now)
        if now < self._retry.at:
            return self._retry.at - now
        if self._retry.needs_session:
            await self._hang_up()
        return await self._approach(now)

    async def _approach(self, now: float) -> float | None:
        wanted, told = self._wanted, self._place.told
        if wanted is None:
            return 0.0
        if told is None or told.channel_id != wanted:
            return await self._ask(wanted, now)
        self._place.asked = None
        server = self._place.server_of(told)
        if server is None:
            return self._await_answer(told.since, now, "no voice server was named")
        if server.endpoint is None:
            await self._hang_on()
            return self._await_endpoint(server.since, now)
        ticket = self._place.ticket(told, server.token, server.endpoint)
        if ticket != self._link.ticket:
            self._retry.succeed(open_since=self._link.open_since)
            await self._link.open(ticket)
        return self._await_group(told.channel_id, now)

    async def _ask(self, channel_id: int, now: float) -> float:
        asked = self._place.asked
        if asked is not None and asked[0] == channel_id:
            wait_s = self._await_answer(asked[1], now, "Discord did not answer")
            if self._place.told is not None:
                # A call it was called away from is better than none.
                self._retry.needs_session = False
            return wait_s
        if not self._gateway.has_channel(channel_id) and self._place.told is None:
            self._depart(Departure.CHANNEL_GONE)
            return 0.0
        if not await self._place.ask(channel_id):
            self._retry.at = monotonic() + POLL_S
        return self._recovery.answer_timeout_s

    def _await_answer(self, since: float, now: float, complaint: str) -> float:
        left_s = since + self._recovery.answer_timeout_s - now
        if left_s > 0:
            return left_s
        self._fail(Loss(LossKind.TIMEOUT, None, complaint, now))
        return 0.0

    def _await_endpoint(self, since: float, now: float) -> float:
        left_s = self._endpoint_wait.left_s(since, now)
        if not left_s:
            self._depart(Departure.NO_SERVER)
        return left_s

    def _await_group(self, channel_id: int, now: float) -> float | None:
        """Notice an encrypted group that does not form although others are in the call."""
        left_s = self._group_wait.left_s(channel_id, now)
        if left_s == 0.0:
            loss = Loss(LossKind.TIMEOUT, None, "no encrypted group came about", now)
            self._note_loss(loss, self._link.open_since)
            self._fail(loss, lacks_group=True)
        return left_s

    # Losses

    async def _hang_on(self) -> None:
        """Let go of a voice server that Discord has withdrawn, and wait for another."""
        if self._link.ticket is not None:
            self._note_silence(monotonic())
            await self._link.drop()

    async def _lose(self, loss: Loss) -> None:
        ticket, open_since = self._link.ticket, self._link.open_since
        self.lacks_group = False
        await self._link.drop()
        self._note_loss(loss, open_since)
        log.info("voice connection of guild %s lost: %s", self._gateway.guild_id, loss)
        if ticket is None or self._place.has_moved_on(ticket):
            return  # the close belongs to what the gateway has said already
        if not self._retry.lose(loss):
            self._depart(Departure.REFUSED, loss.close_code)
        self._place.asked = None

    def _fail(self, loss: Loss, *, lacks_group: bool = False) -> None:
        """Try again later, with a new session."""
        self.lacks_group = lacks_group
        self._place.asked = None
        log.info("joining the call of guild %s failed: %s", self._gateway.guild_id, loss)
        if not self._retry.fail(loss):
            departure = Departure.NO_GROUP if self.lacks_group else Departure.REFUSED
            self._depart(departure, loss.close_code)

    def _note_loss(self, loss: Loss, open_since: float) -> None:
        self._retry.note(loss, open_since=open_since)
        self._note_silence(loss.last_heard_at)

    def _note_silence(self, heard_until: float) -> None:
        if self._has_been_live:
            self._outage.begin(heard_until)

    # Leaving

    async def _hang_up(self) -> None:
        """Leave, in order to join again with a new session."""
        await self._link.drop()
        if await self._place.hang_up():
            self._retry.needs_session = False
        else:
            self._retry.at = monotonic() + POLL_S

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
        elif departure is Departure.NO_GROUP:
            log.warning("the call of guild %s is never encrypted", self._gateway.guild_id)
        self._note()
        self._observer.on_departed(departure, close_code)
