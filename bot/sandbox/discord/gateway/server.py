"""The gateway: all connections and sessions of bots."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.discord.gateway.compression import compressor_for
from bot.sandbox.discord.gateway.connections import SESSION_TIMED_OUT, Connection
from bot.sandbox.discord.gateway.opcodes import INVALID_SESSION, RECONNECT, Identity
from bot.sandbox.discord.gateway.sessions import Session
from bot.sandbox.discord.reading import CLOSE_HANDSHAKE_S
from bot.sandbox.discord.versions import API_VERSIONS, NEWEST_API_VERSION

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.faults import Faults
    from bot.sandbox.discord.gateway.events import Event
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.world import World

HEARTBEAT_INTERVAL_MS = 41_250  # what Discord sends
COMMANDS_PER_MINUTE = 120  # Discord documentation, "Rate Limiting"


class Gateway:
    """All connections and sessions, and the faults to order."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        *,
        heartbeat_ms: int = HEARTBEAT_INTERVAL_MS,
        identify_interval_s: float = 0.0,
        commands_per_minute: int = COMMANDS_PER_MINUTE,
    ) -> None:
        self.world = world
        self.faults = faults
        self.heartbeat_ms = heartbeat_ms
        self.identify_interval_s = identify_interval_s
        self.commands_per_minute = commands_per_minute
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.history: list[Connection] = []
        self._turns: dict[tuple[int, int], float] = {}
        world.readers.append(self._hear)

    def _hear(self, event: Event) -> None:
        for session in [s for s in self.sessions.values() if s.is_stale]:
            self.end_session(session)
        for session in list(self.sessions.values()):
            session.hear(event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket request."""
        faults = self.faults.gateway
        if faults.refuse and request.transport is not None:
            request.transport.abort()
            return web.Response(status=503)
        if faults.http_status is not None:
            return web.Response(status=faults.http_status)
        socket = web.WebSocketResponse(timeout=CLOSE_HANDSHAKE_S, autoping=True, compress=False)
        if not socket.can_prepare(request):
            raise web.HTTPBadRequest
        await socket.prepare(request)
        await self._serve_socket(socket, request)
        return socket

    async def _serve_socket(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        compressor = compressor_for(request.query.get("compress"))
        version = request.query.get("v", str(NEWEST_API_VERSION))
        if version not in map(str, API_VERSIONS):
            await socket.close(code=4012)
            return
        if compressor is None or request.query.get("encoding", "json") != "json":
            await socket.close(code=4002)
            return
        connection = Connection(self, socket, compressor, int(version))
        self.connections.append(connection)
        self.history.append(connection)
        try:
            await connection.run(request)
        finally:
            self.connections.remove(connection)
            self._part(connection, socket.close_code)

    def _part(self, connection: Connection, code: int | None) -> None:
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.detach()
        if _ends_session(connection.closed_by_us, code):
            self.end_session(session)
        self.world.changes.notify()

    def open_session(self, identity: Identity, connection: Connection) -> Session:
        """Log a shard in."""
        session = Session(
            self.world,
            identity.application,
            intents=identity.intents,
            shard=identity.shard,
            with_shard=identity.with_shard,
        )
        self.sessions[session.id] = session
        session.begin(connection, self.url)
        self.world.changes.notify()
        return session

    def end_session(self, session: Session) -> None:
        """Make a session impossible to resume."""
        if self.sessions.pop(session.id, None) is not None:
            session.end()

    def deny_turn(self, application: Application, shard: tuple[int, int]) -> bool:
        """Tell whether this IDENTIFY comes too soon after the one before."""
        now = time.monotonic()
        application.identifies.append(now)
        key = application.id, shard[0] % application.max_concurrency
        last = self._turns.get(key)
        self._turns[key] = now
        return last is not None and now - last < self.identify_interval_s

    def received(self, op: int) -> list[tuple[float, Json]]:
        """Return every message with this opcode, with its monotonic time in seconds."""
        return [entry for c in self.history for entry in c.received if entry[1]["op"] == op]

    def abort(self) -> None:
        """Drop every connection without a close frame."""
        for connection in list(self.connections):
            connection.drop()

    def close_all(self, code: int) -> None:
        """Close every connection with `code`."""
        for connection in list(self.connections):
            connection.close(code)

    def reconnect(self) -> None:
        """Ask every client to reconnect and resume (op 7)."""
        for connection in list(self.connections):
            connection.send(RECONNECT)

    def repeat(self, count: int) -> None:
        """Send every client the last `count` events once more, as if they had just happened."""
        for connection in list(self.connections):
            if connection.session is not None:
                connection.session.repeat(count, connection)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every client that its session is invalid (op 9)."""
        for connection in list(self.connections):
            if not resumable and connection.session is not None:
                self.end_session(connection.session)
                connection.session = None
            connection.send(INVALID_SESSION, resumable)

    async def close(self) -> None:
        """Part with everybody."""
        self.abort()


def _ends_session(ours: int | None, theirs: int | None) -> bool:
    """Tell whether a connection that ended so takes its session along."""
    if ours is not None:
        return ours == SESSION_TIMED_OUT
    # "Closing with 1000 or 1001 invalidates the session, and the bot appears offline."
    return theirs in {1000, 1001}
