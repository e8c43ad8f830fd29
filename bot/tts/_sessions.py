"""The ways out to a speech service: what may be connected to, and how."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver

from bot.tts._qwen_urls import is_address, is_public, unsafe

if TYPE_CHECKING:
    from types import TracebackType

    from aiohttp.abc import ResolveResult
    from yarl import URL

OLDEST_TLS: Final = ssl.TLSVersion.TLSv1_2


class Connections:
    """Two sessions without cookies and proxy variables, opened at once.

    `api` goes to the endpoint, and only what is sent there carries a key. `files` goes where the
    endpoint's answers point to, which is the internet at large or the endpoint itself.
    """

    def __init__(self, api: aiohttp.ClientSession, files: aiohttp.ClientSession) -> None:
        self.api = api
        self.files = files

    async def close(self) -> None:
        """Close both."""
        await self.files.close()
        await self.api.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def open_connections(endpoint: URL, *, resolver: AbstractResolver | None = None) -> Connections:
    """Open the sessions for an endpoint whose answers name files.

    Args:
        endpoint: Where the requests go, as it was configured.
        resolver: What looks names up instead of the system; the caller closes it.
    """
    door = PublicResolver(exempt=endpoint.host or "", inner=resolver)
    files = _open(aiohttp.TCPConnector(resolver=door, socket_factory=door.socket_for, ssl=_tls()))
    return Connections(open_api_session(resolver=resolver), files)


def open_api_session(*, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """Open a session for an address that an operator has configured, and for no other."""
    return _open(aiohttp.TCPConnector(resolver=resolver, ssl=_tls()))


def _open(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()  # verifies chain and host name
    # Python's default today, but a system's configuration may allow less.
    context.minimum_version = OLDEST_TLS
    return context


class PublicResolver(AbstractResolver):
    """Lets connections go to public addresses only, so that no name leads into our own network.

    The endpoint's own host is exempt: whoever configured it may well run it next door. What was
    checked here is what is connected to, so a name cannot change its mind in between.
    """

    def __init__(self, *, exempt: str, inner: AbstractResolver | None = None) -> None:
        self._exempt = exempt
        self._exempt_addresses = {exempt} if is_address(exempt) else set[str]()
        self._inner = inner or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`.

        Raises:
            ProviderError: One of them is not public.
        """
        found = await self._inner.resolve(host, port, family)
        addresses = {result["host"] for result in found}
        if host == self._exempt:
            self._exempt_addresses |= addresses
        elif not all(map(is_public, addresses)):
            raise unsafe("its host is inside a private network")
        return found

    def socket_for(self, target: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """Return a socket to connect with; aiohttp asks no resolver about literal addresses.

        Raises:
            ProviderError: The address is neither public nor the endpoint's.
        """
        family, kind, protocol, _, (address, *_) = target
        if address not in self._exempt_addresses and not is_public(address):
            raise unsafe("its address is inside a private network")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Release the resolver."""
        await self._inner.close()
