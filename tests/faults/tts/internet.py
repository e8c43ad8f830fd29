"""An internet of one machine: names lead where a test says, and every way out is counted."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp.abc import ResolveResult

Place = tuple[str, int]

LOOPBACKS = ("127.0.0.1", "::1")


@dataclass
class Internet(AbstractResolver):
    """Resolves names, routes addresses to loopback, and keeps what anybody tried to connect to.

    An address without a route is unreachable unless it is loopback: no test leaves the machine.
    """

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    """For each name what it resolves to: first, next, ...; the last one stays."""
    routes: dict[Place, Place] = field(default_factory=dict)
    lookups: Counter[str] = field(default_factory=Counter)
    attempts: list[Place] = field(default_factory=list)

    def name(self, host: str, *answers: str) -> None:
        """Let a name resolve to an address, and at later times to others."""
        self.answers[host] = [answer.split() for answer in answers]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.lookups[host] += 1
        if host not in self.answers:
            raise OSError(errno.ENOENT, "no such name")
        answers = self.answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_result(host, port, address) for address in found]

    async def close(self) -> None:
        pass

    def carry(self, patch: pytest.MonkeyPatch) -> None:
        """Take over what the running loop connects."""
        loop = asyncio.get_running_loop()
        connect = loop.sock_connect

        async def sock_connect(sock: socket.socket, address: Any) -> None:
            place: Place = address[:2]
            self.attempts.append(place)
            if place not in self.routes and place[0] not in LOOPBACKS:
                raise OSError(errno.ENETUNREACH, "no route")
            await connect(sock, self.routes.get(place, place))

        patch.setattr(loop, "sock_connect", sock_connect)


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": family,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST,
    }


@dataclass
class Trap:
    """Ports on loopback that nothing may ever connect to."""

    port: int
    connections: int = 0


@asynccontextmanager
async def open_trap() -> AsyncIterator[Trap]:
    """Listen on one port of 127.0.0.1 and, where there is one, of ::1."""
    trap = Trap(0)

    async def spring(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trap.connections += 1
        writer.close()

    async with await asyncio.start_server(spring, "127.0.0.1", 0) as server:
        trap.port = server.sockets[0].getsockname()[1]
        if socket.has_dualstack_ipv6():
            async with await asyncio.start_server(spring, "::1", trap.port):
                yield trap
        else:
            yield trap


@dataclass
class Cdn:
    """A host of files under the names its certificate has; `answer` makes every answer."""

    answer: Callable[[web.Request], web.StreamResponse]
    requests: list[web.Request] = field(default_factory=list)
    port: int = 0


@asynccontextmanager
async def open_cdn(
    authority: trustme.CA, cdn: Cdn, *names: str, newest: ssl.TLSVersion | None = None
) -> AsyncIterator[Cdn]:
    """Serve it with TLS, up to the version `newest`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    if newest is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has no old versions above this level
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = newest

    async def handle(request: web.Request) -> web.StreamResponse:
        cdn.requests.append(request)
        return cdn.answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        cdn.port = runner.addresses[0][1]
        yield cdn
    finally:
        await runner.cleanup()
