"""Who may identify, who has, and which calls there are."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.call import Call
from bot.sandbox.discord.voice.protocol import DAVE_VERSION, CloseCode, RefusedError
from bot.sandbox.discord.voice.session import Address, ClientSession, Seat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.voice.options import VoiceOptions
    from bot.sandbox.discord.voice.participant import Frame, Participant

_FIRST_SSRC = 1_000


@dataclass(slots=True)
class Handshake:
    """One op 0 or 7, with its monotonic time in seconds."""

    at: float
    guild_id: int
    session_id: str
    is_resume: bool
    code: int | None = None
    """With which close code its websocket ended, once it has."""


class Sessions:
    """The state of a voice server without its sockets."""

    def __init__(self, options: VoiceOptions, send: Callable[[bytes, Address], None]) -> None:
        self._options = options
        self._send_datagram = send
        self._ssrcs = itertools.count(_FIRST_SSRC)
        self._guilds: set[str] = set()
        self._seats: dict[tuple[int, int], Seat] = {}
        self._returned: set[tuple[int, int]] = set()
        """Whoever was let in again before they were dismissed; both can be on their way."""
        self._invalid: set[str] = set()
        self._sessions: dict[tuple[int, int], ClientSession] = {}
        self._by_ssrc: dict[int, ClientSession] = {}
        self._expiries: dict[int, asyncio.TimerHandle] = {}
        self.calls: dict[int, Call] = {}
        self.handshakes: list[Handshake] = []
        self.muted: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[ClientSession]:
        return iter(list(self._sessions.values()))

    def of(self, guild_id: int, user_id: int) -> ClientSession | None:
        """Return a member's session."""
        return self._sessions.get((guild_id, user_id))

    def of_ssrc(self, ssrc: int) -> ClientSession | None:
        """Return the session that sends under this source number."""
        return self._by_ssrc.get(ssrc)

    def admit(self, seat: Seat) -> None:
        """Let a member identify; replaces what was promised before."""
        self._guilds.add(str(seat.guild_id))
        who = seat.guild_id, seat.user_id
        old = self._seats.get(who)
        if old is not None and old.session_id != seat.session_id:
            self._returned.add(who)
        self._seats[who] = seat

    def dismiss(self, guild_id: int, user_id: int, refusal: RefusedError | None) -> None:
        """Forget a member, and close their connection unless `refusal` is None.

        If they have been let in again since, what is forgotten is the time before that.
        """
        who, session = (guild_id, user_id), self.of(guild_id, user_id)
        if who not in self._returned:
            self._seats.pop(who, None)
        elif session is not None and session.seat.session_id == self._seats[who].session_id:
            session = None
        self._returned.discard(who)
        if session is not None:
            self.end(session, refusal)

    # Clients

    def identify(self, payload: Mapping[str, object]) -> ClientSession:
        """Check op 0; return the new session, which takes the place of an older one."""
        seat = self._seat_for(payload)
        if payload.get("token") != seat.token:
            raise RefusedError(CloseCode.AUTHENTICATION_FAILED, "Authentication failed.")
        if payload.get("session_id") != seat.session_id or seat.session_id in self._invalid:
            raise RefusedError(CloseCode.SESSION_INVALID, "Session is no longer valid.")
        version = payload.get("max_dave_protocol_version", 0)
        if type(version) is not int or version < 0:
            raise RefusedError(CloseCode.DECODE_ERROR, "Failed to decode payload.")
        if not version and self._options.is_dave_required and not seat.is_stage:
            raise RefusedError(CloseCode.DAVE_REQUIRED, "E2EE/DAVE protocol required.")
        old = self.of(seat.guild_id, seat.user_id)
        if old is not None:
            self.end(old, RefusedError(CloseCode.SESSION_INVALID, "Session is no longer valid."))
        return self._begin(seat, version)

    def resume(self, payload: Mapping[str, object]) -> ClientSession:
        """Check op 7 and return the session it continues."""
        seat = self._seat_for(payload, any_user=True)
        session = self.of(seat.guild_id, seat.user_id)
        if payload.get("token") != seat.token:
            raise RefusedError(CloseCode.AUTHENTICATION_FAILED, "Authentication failed.")
        if session is None or session.seat.session_id != payload.get("session_id"):
            raise RefusedError(CloseCode.SESSION_INVALID, "Session is no longer valid.")
        self._keep(session)
        return session

    def join_call(self, session: ClientSession) -> None:
        """Take a client into its call, once it can be heard; it may choose its transport again."""
        call = self._call_for(session.seat.channel_id, is_stage=session.seat.is_stage)
        if session.user_id in call:
            call.rejoin(session.user_id)
            return
        call.join(session)

    def dave_version(self, session: ClientSession) -> int:
        """Return the protocol version a client's call has with it."""
        seat = session.seat
        return self._call_for(seat.channel_id, is_stage=seat.is_stage).dave.version_for(session)

    def invalidate(self, session: ClientSession) -> None:
        """End a session, and never take its id again."""
        self._invalid.add(session.seat.session_id)
        self.end(session)

    def expire(self, session: ClientSession) -> None:
        """End a session that lost its connection, unless it is resumed in time.

        Until then its member stays in the call and in the group. The whitepaper has a severed
        websocket end that, the documentation has it resumed and every message since, those about
        the group too, delivered again ("Buffered Resume"): both are true if a session is severed
        when it can no longer be resumed.
        """
        call = self.calls.get(session.seat.channel_id)
        if call is not None:
            call.lose(session.user_id)
        loop = asyncio.get_running_loop()
        handle = loop.call_later(self._options.resume_window_s, self.end, session)
        self._expiries[session.ssrc] = handle

    def end(self, session: ClientSession, refusal: RefusedError | None = None) -> None:
        """End a session for good, and close its connection unless `refusal` is None."""
        if self._by_ssrc.pop(session.ssrc, None) is None:
            return
        self._keep(session)
        self._sessions.pop((session.seat.guild_id, session.user_id), None)
        line, session.line = session.line, None
        if line is not None and refusal is not None:
            line.close(refusal)
        self._leave_call(session, session.seat.channel_id)

    def forward(self, session: ClientSession, frame: Frame) -> None:
        """Pass a client's audio on to its call."""
        if (session.seat.guild_id, session.user_id) in self.muted:
            return
        call = self.calls.get(session.seat.channel_id)
        if call is not None and session.user_id in call:
            call.forward(frame)

    # Listeners

    def seat(self, listener: Listener) -> None:
        """Let a listener take part."""
        call = self._call_for(listener.channel_id, is_stage=listener.is_stage)
        listener.enter(call, ssrc=next(self._ssrcs), plain_grace_s=self._options.plain_grace_s)

    def unseat(self, listener: Listener) -> None:
        """Let a listener go."""
        listener.exit()
        self._leave_call(listener, listener.channel_id)

    def close(self) -> None:
        """Stop waiting for clients that may come back."""
        for handle in self._expiries.values():
            handle.cancel()

    def _seat_for(self, payload: Mapping[str, object], *, any_user: bool = False) -> Seat:
        guild_id, user_id = str(payload.get("server_id")), str(payload.get("user_id"))
        if guild_id not in self._guilds:
            raise RefusedError(CloseCode.SERVER_NOT_FOUND, "Server not found.")
        for seat in (each for each in self._seats.values() if str(each.guild_id) == guild_id):
            # A resume does not say who it is.
            is_theirs = seat.session_id == payload.get("session_id") if any_user else False
            if is_theirs or str(seat.user_id) == user_id:
                return seat
        raise RefusedError(CloseCode.SESSION_INVALID, "Session is no longer valid.")

    def _begin(self, seat: Seat, version: int) -> ClientSession:
        session = ClientSession(
            seat,
            ssrc=next(self._ssrcs),
            max_dave_version=min(version, DAVE_VERSION),
            send_datagram=self._send_datagram,
        )
        self._sessions[seat.guild_id, seat.user_id] = session
        self._by_ssrc[session.ssrc] = session
        return session

    def _keep(self, session: ClientSession) -> None:
        handle = self._expiries.pop(session.ssrc, None)
        if handle is not None:
            handle.cancel()

    def _call_for(self, channel_id: int, *, is_stage: bool) -> Call:
        if channel_id not in self.calls:
            self.calls[channel_id] = Call(
                channel_id,
                is_dave_required=not is_stage,
                call_later=asyncio.get_running_loop().call_later,
                transition_timeout_s=self._options.transition_timeout_s,
            )
        return self.calls[channel_id]

    def _leave_call(self, participant: Participant, channel_id: int) -> None:
        call = self.calls.get(channel_id)
        if call is None:
            return
        call.leave(participant.user_id)
        if not call.members:
            del self.calls[channel_id]
