"""One HTTP exchange with a speech service, under a watch and a cap."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.errors import ProviderError, ProviderFault
from bot.tts._inflate import Inflater
from bot.tts._protocol import protocol_error
from bot.tts._qwen_faults import failure

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from yarl import URL

    from bot.tts._qwen_watch import Watch


# An error is a few hundred bytes; a page of HTML from a gateway is not read to its end.
MAX_ERROR_BYTES: Final = 64 * 1024


async def send(
    http: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    watch: Watch,
    connect_s: float,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> aiohttp.ClientResponse:
    """Send a request and return its answer, whatever its status; redirects are not followed.

    Raises:
        ProviderError: There was no connection within `connect_s`, or no answer in time.
    """
    try:
        async with asyncio.timeout_at(watch.deadline):
            return await http.request(
                method,
                url,
                data=body,
                # Compressed events wait in the compressor for more to come.
                headers={**headers, "Accept-Encoding": "identity"},
                allow_redirects=False,
                auto_decompress=False,
                raise_for_status=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=connect_s, sock_connect=connect_s
                ),
            )
    except aiohttp.ServerTimeoutError:
        message = f"there was no connection within {connect_s:g} s"
        raise failure(message, ProviderFault.TIMEOUT) from None
    except TimeoutError:
        raise watch.expired() from None
    except (aiohttp.ClientError, OSError) as error:
        # From None: these exceptions may hold the request, and with it the key.
        message = f"the speech service cannot be reached ({type(error).__name__})"
        raise failure(message, ProviderFault.UNAVAILABLE) from None


async def body_of(
    response: aiohttp.ClientResponse, watch: Watch, max_bytes: int
) -> AsyncGenerator[bytes, None]:
    """Yield the body as it arrives, decompressed, up to `max_bytes` of it.

    Raises:
        ProviderError: It broke off, stalled, or is longer.
    """
    inflater = Inflater(response.headers.get("Content-Encoding", ""))
    size = 0
    while raw := await _read(response, watch):
        for piece in inflater.feed(raw):
            size += len(piece)
            if size > max_bytes:
                raise protocol_error("the answer is too long")
            yield piece


async def error_body_of(response: aiohttp.ClientResponse, watch: Watch) -> bytes:
    """Return what there is of the body of an error, or its beginning.

    The status is known already; what the body adds is welcome, not needed.
    """
    body = bytearray()
    with suppress(ProviderError):
        async for piece in body_of(response, watch, MAX_ERROR_BYTES):
            body += piece
    return bytes(body)


async def _read(response: aiohttp.ClientResponse, watch: Watch) -> bytes:
    try:
        async with asyncio.timeout_at(watch.deadline):
            return await response.content.readany()
    except TimeoutError:
        raise watch.expired() from None
    except (aiohttp.ClientError, OSError) as error:
        message = f"the answer broke off ({type(error).__name__})"
        raise failure(message, ProviderFault.TRUNCATED) from None
