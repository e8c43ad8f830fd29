"""The voice server: one TLS endpoint and one UDP port for all calls of the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.discord.reading import CLOSE_HANDSHAKE_S
from bot.sandbox.discord.voice.gateway import Connection
from bot.sandbox.discord.voice.media import MediaPort, Oddities
from bot.sandbox.discord.voice.options import VoiceFaults, VoiceOptions
from bot.sandbox.discord.voice.opus import load_opus
from bot.sandbox.discord.voice.protocol import CloseCode, RefusedError
from bot.sandbox.discord.voice.session import Seat
from bot.sandbox.discord.voice.sessions import Sessions

if TYPE_CHECKING:
    import ssl

    from bot.sandbox.discord.voice.call import Call
    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.voice.session import ClientSession
    from bot.sandbox.discord.voice.sessions import Handshake

__all__ = ["Seat", "VoiceFaults", "VoiceOptions", "VoiceServer"]

_REPORTER_SSRC = 1  # the server's own source number in receiver reports
_SHUTDOWN_S = 0.5


class VoiceServer:
    """What Discord's voice servers are to a bot: signalling, audio, end-to-end encryption."""

    def __init__(self, tls: ssl.SSLContext, *, options: VoiceOptions | None = None) -> None:
        self.options = options or VoiceOptions()
        self._tls = tls
        self._sessions = Sessions(self.options, self._send_datagram)
        self._media = MediaPort(
            self.options, session_of=self._sessions.of_ssrc, forward=self._sessions.forward
        )
        self._open: set[Connection] = set()
        self._runner: web.AppRunner | None = None
        self._reports: asyncio.Task[None] | None = None
        self.endpoint = ""
        self.dials = 0

    @property
    def faults(self) -> VoiceFaults:
        """What is broken; may be changed at any time."""
        return self.options.faults

    @property
    def handshakes(self) -> list[Handshake]:
        """Every identify and resume so far."""
        return self._sessions.handshakes

    @property
    def oddities(self) -> Oddities:
        """What came in over UDP and was no audio."""
        return self._media.oddities

    async def start(self) -> None:
        """Open both ports."""
        load_opus()
        self._media.open()
        app = web.Application()
        app.router.add_get("/", self._connect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        _, port, *_ = self._runner.addresses[0]
        self.endpoint = f"localhost:{port}"
        self._reports = asyncio.create_task(self._report_reception(), name="sandbox voice RTCP")

    async def close(self) -> None:
        """Hang up on everybody and close both ports."""
        if self._runner is None or self._reports is None:
            return
        self._reports.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reports
        for connection in list(self._open):
            connection.abort()
        await self._runner.cleanup()
        self._sessions.close()
        await self._media.close()

    # Who takes part

    def admit(self, seat: Seat) -> None:
        """Let a member identify for a call."""
        self._sessions.admit(seat)

    async def evict(
        self, guild_id: int, user_id: int, *, code: int | None = CloseCode.DISCONNECTED
    ) -> None:
        """Do what `dismiss` does, for those who await it."""
        self.dismiss(guild_id, user_id, code=code)

    def dismiss(
        self, guild_id: int, user_id: int, *, code: int | None = CloseCode.DISCONNECTED
    ) -> None:
        """End a member's part in a call: they left, were kicked or are moved.

        Without a code they are forgotten, and their websocket is left to them. Who has been let in
        again since, under another session id, stays in.
        """
        refusal = None if code is None else RefusedError(code, "Disconnected.")
        self._sessions.dismiss(guild_id, user_id, refusal)

    def seat(self, listener: Listener) -> None:
        """Let a simulated member take part."""
        self._sessions.seat(listener)

    def unseat(self, listener: Listener) -> None:
        """Let a simulated member go."""
        self._sessions.unseat(listener)

    def mute(self, guild_id: int, user_id: int) -> None:
        """Take a member's voice away, as moderators do: nothing they send is forwarded."""
        self._sessions.muted.add((guild_id, user_id))

    def unmute(self, guild_id: int, user_id: int) -> None:
        """Give a member's voice back."""
        self._sessions.muted.discard((guild_id, user_id))

    def call(self, channel_id: int) -> Call | None:
        """Return the call in a channel, if somebody is in it."""
        return self._sessions.calls.get(channel_id)

    def session(self, guild_id: int, user_id: int) -> ClientSession | None:
        """Return a member's session, for inspection."""
        return self._sessions.of(guild_id, user_id)

    # What can go wrong on demand

    def hang_up(self, code: int | None, *, guild_id: int | None = None) -> None:
        """Close all live sessions, or those of a guild, with a code; with none, cut them off.

        The code decides whether they may be resumed.
        """
        for session in self._sessions:
            if session.line is None or guild_id not in (None, session.seat.guild_id):
                continue
            if code is None:
                session.line.abort()
                continue
            session.line.close(RefusedError(code))

    def cut_off(self, guild_id: int, user_id: int) -> None:
        """Lose all audio of a member's present session; a new one is heard again."""
        session = self.session(guild_id, user_id)
        if session is None:
            raise RuntimeError("they have no voice session")
        session.is_cut_off = True

    # Plumbing

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self.dials += 1
        if self.faults.is_endpoint_silent:
            await asyncio.Event().wait()
        if self.faults.http_status is not None:
            return web.Response(status=self.faults.http_status)
        websocket = web.WebSocketResponse(timeout=CLOSE_HANDSHAKE_S, compress=False)
        await websocket.prepare(request)
        connection = Connection(
            websocket,
            transport=request.transport,
            sessions=self._sessions,
            options=self.options,
            media_address=lambda: self._media.address,
        )
        self._open.add(connection)
        try:
            await connection.run(request.query.get("v"))
        finally:
            self._open.discard(connection)
        return websocket

    def _send_datagram(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._media.send(datagram, address)

    async def _report_reception(self) -> None:
        interval_s = self.options.rtcp_interval_s
        while True:
            await asyncio.sleep(interval_s)
            for session in self._sessions:
                call = self.call(session.seat.channel_id)
                if call is not None and call.is_talked_in(within_s=interval_s):
                    session.report_reception(_REPORTER_SSRC)
