"""Where Discord says that the bot is in a guild's voice, and what it was asked for."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.voice.gateway import Departure
from bot.voice.messages import Ticket
from bot.voice.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bot.voice.gateway import Gateway
    from bot.voice.recovery import Recovery

POLL_S: Final = 0.25
"""How often a guild or gateway that is away is looked for: the library announces both late."""

LEAVE_ATTEMPTS: Final = 2

SERVER_BEFORE_STATE_S: Final = 1.0
"""A voice server may be named so long before the move it belongs to."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where Discord says that the bot is."""

    channel_id: int
    session_id: str
    is_silenced: bool
    since: float


@dataclass(frozen=True, slots=True)
class Server:
    """The voice server Discord has named; without an endpoint there is none yet."""

    token: str
    endpoint: str | None
    since: float


class Place:
    """The main gateway's side of a presence, as `Link` is the voice server's."""

    def __init__(self, gateway: Gateway, recovery: Recovery) -> None:
        self._gateway = gateway
        self._recovery = recovery
        self._wishes = Wishes(recovery.answer_timeout_s)
        self._session_id = ""
        self._is_out = asyncio.Event()
        self.told: Told | None = None
        self.server: Server | None = None
        self.asked: tuple[int, float] | None = None
        """The channel last asked for, and when, for as long as its state is waited for."""

    @property
    def channel_id(self) -> int | None:
        """Where Discord says that the bot is; None: in no call."""
        return self.told.channel_id if self.told else None

    def server_of(self, told: Told) -> Server | None:
        """Return the voice server of where the bot is, if Discord has named one for that."""
        server = self.server
        if server is None or server.since < told.since - SERVER_BEFORE_STATE_S:
            return None
        return server

    def ticket(self, told: Told, token: str, endpoint: str) -> Ticket:
        """Return what a voice server wants to see, for where the bot is."""
        return Ticket(
            guild_id=self._gateway.guild_id,
            channel_id=told.channel_id,
            user_id=self._gateway.user_id,
            session_id=told.session_id,
            token=token,
            endpoint=endpoint,
        )

    def has_moved_on(self, ticket: Ticket) -> bool:
        """Return whether Discord has named another call or voice server since a ticket was made."""
        is_elsewhere = self.channel_id != ticket.channel_id
        return is_elsewhere or (self.server is not None and self.server.token != ticket.token)

    def why_out(self, wanted: int | None) -> Departure:
        """Return why the bot is not in the channel where it is wanted, though it did not leave."""
        if not self._gateway.is_member:
            return Departure.REMOVED
        is_there = wanted is not None and self._gateway.has_channel(wanted)
        return Departure.KICKED if is_there else Departure.CHANNEL_GONE

    # What Discord says

    def on_voice_state(self, state: Mapping[str, Any], *, wanted: int | None) -> bool:
        """Take in VOICE_STATE_UPDATE of the bot itself; return whether the bot asked for it."""
        if state["channel_id"] is None:
            self.told = None
            self._is_out.set()
            return self._wishes.answer(None)
        channel_id, self._session_id = int(state["channel_id"]), state["session_id"]
        previous = self.told
        is_elsewhere = previous is None or previous.channel_id != channel_id
        self.told = Told(
            channel_id,
            self._session_id,
            is_silenced=bool(state.get("mute") or state.get("suppress")),
            since=monotonic() if previous is None or is_elsewhere else previous.since,
        )
        # A command may be quicker than the answer to the one before it, or than a moderator.
        is_answer = self._wishes.answer(channel_id, self._session_id)
        return is_answer or self._is_answer_due(wanted)

    def on_voice_server(self, server: Mapping[str, Any]) -> None:
        """Take in VOICE_SERVER_UPDATE."""
        endpoint = server.get("endpoint")
        if endpoint is not None:
            endpoint = endpoint.removeprefix("wss://")
        self.server = Server(server["token"], endpoint, monotonic())

    def reset(self) -> None:
        """Forget what Discord said: it starts afresh."""
        self.told = self.server = self.asked = None
        self._wishes.forget_calls()

    def _is_answer_due(self, wanted: int | None) -> bool:
        """Whether Discord is still to answer where the bot is wanted."""
        asked = self.asked
        if asked is None or asked[0] != wanted:
            return False
        is_recent = monotonic() < asked[1] + self._recovery.answer_timeout_s
        return is_recent and self._wishes.is_open(asked[0])

    # What it is asked for

    async def ask(self, channel_id: int) -> bool:
        """Ask to be in a channel; return whether that was possible."""
        self.asked = channel_id, monotonic()
        return await self._request(channel_id)

    async def hang_up(self) -> bool:
        """Leave, in order to join again with a new session; return whether that was possible."""
        if not await self._request(None):
            return False
        self.told = self.server = None
        return True

    async def leave(self) -> None:
        """Leave for good; returns when Discord has confirmed it or is too slow to."""
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

    @property
    def _may_be_in(self) -> bool:
        """Whether Discord has the bot in a call, or is about to; what it says may be older news."""
        return self.told is not None or self._wishes.may_be_granted

    async def _has_asked_to_leave(self) -> bool:
        if not self._may_be_in or not self._gateway.is_reachable:
            return False
        return await self._request(None)

    async def _request(self, channel_id: int | None) -> bool:
        wish = self._wishes.add(channel_id, self._session_id)
        try:
            await self._gateway.request(channel_id)
        except ConnectionError:
            self._wishes.withdraw(wish)
            self.asked = None
            return False
        self._wishes.confirm(wish)
        return True
