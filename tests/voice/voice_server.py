"""A loopback voice server, and connections of our own to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.discord.voice.server import VoiceServer
from bot.sandbox.discord.voice.session import Seat
from bot.voice.connection import VoiceConnection
from bot.voice.media import PathTimings
from bot.voice.messages import Ticket
from bot.voice.timings import Timings
from tests.sandbox._voice_server import client_tls, new_seat, server_tls

TIMEOUT_S = 5.0
QUICK = Timings(
    open_s=2.0,
    heartbeat_s=0.05,
    ack_s=0.4,
    resume_s=1.0,
    path=PathTimings(period_s=0.05, unsent_s=0.1, unheard_s=0.2),
)


class Callers:
    """Dials a voice server for any number of connections, and counts what changes."""

    def __init__(self, server: VoiceServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.changes = 0
        self.dials = 0
        self.websockets: list[aiohttp.ClientWebSocketResponse] = []
        self._http = http
        self._open: list[VoiceConnection] = []

    async def dial(self, url: str) -> aiohttp.ClientWebSocketResponse:
        self.dials += 1
        # As discord.py dials: messages of any size, and closing is left to the caller.
        websocket = await self._http.ws_connect(url, max_msg_size=0, autoclose=False)
        self.websockets.append(websocket)
        return websocket

    def connection(
        self, seat: Seat | None = None, timings: Timings = QUICK, **options: Any
    ) -> VoiceConnection:
        """Return a connection that is admitted and not open yet."""
        seat = seat or new_seat()
        self.server.admit(seat)
        options = {"dial": self.dial, "on_change": self._note} | options
        connection = VoiceConnection(
            ticket_for(seat, self.server), options.pop("dial"), timings=timings, **options
        )
        self._open.append(connection)
        return connection

    async def opened(self, *args: Any, **options: Any) -> VoiceConnection:
        connection = self.connection(*args, **options)
        await connection.open()
        return connection

    async def close(self) -> None:
        for connection in self._open:
            await connection.close()

    def _note(self) -> None:
        self.changes += 1


def ticket_for(seat: Seat, server: VoiceServer) -> Ticket:
    return Ticket(
        guild_id=seat.guild_id,
        channel_id=seat.channel_id,
        user_id=seat.user_id,
        session_id=seat.session_id,
        token=seat.token,
        endpoint=server.endpoint,
    )


@contextlib.asynccontextmanager
async def callers(**options: Any) -> AsyncIterator[Callers]:
    """Run a voice server with these options; afterwards nothing of ours is left."""
    server = VoiceServer(server_tls(), options=VoiceOptions(**options))
    await server.start()
    connector = aiohttp.TCPConnector(ssl=client_tls(), force_close=True)
    try:
        async with aiohttp.ClientSession(connector=connector) as http:
            scene = Callers(server, http)
            try:
                yield scene
            finally:
                await scene.close()
    finally:
        await server.close()


class Wire:
    """A network between both ends, which can stop carrying anything."""

    def __init__(self, endpoint: str) -> None:
        self.is_silent = False
        self.endpoint = ""
        self._far = endpoint
        self._carriers: set[asyncio.Task[None]] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._far.partition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        for source, target in ((reader, far_writer), (far_reader, writer)):
            carrier = asyncio.create_task(self._carry(source, target), name="test wire")
            self._carriers.add(carrier)

    async def close(self) -> None:
        for carrier in self._carriers:
            carrier.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                if not self.is_silent:
                    target.write(data)
            if self.is_silent:
                await asyncio.Event().wait()
        finally:
            target.close()


@contextlib.asynccontextmanager
async def relay(endpoint: str) -> AsyncIterator[Wire]:
    """Run a wire to a voice server."""
    wire = Wire(endpoint)
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    wire.endpoint = f"localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        await wire.close()
        await server.wait_closed()


async def until(claim: Callable[[], object], *, timeout_s: float = TIMEOUT_S) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout_s):
        while not claim():
            await asyncio.sleep(0.005)


def our_tasks() -> set[str]:
    """Return the names of the tasks voice connections have running."""
    names = {task.get_name() for task in asyncio.all_tasks()}
    return {name for name in names if name.startswith("voice connection")}


def open_sockets() -> set[Path]:
    """Return the sockets this process has open, by their inode."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(descriptor.readlink())
    return {target for target in found if target.name.startswith("socket:")}
