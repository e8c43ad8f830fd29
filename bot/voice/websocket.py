"""One websocket to a voice server: dialled, written to, and let go of."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.voice.loss import ConnectionLostError, Loss, LossKind, lost_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.voice.dave import Message

log = logging.getLogger(__name__)

_GATEWAY_VERSION: Final = 8
_BINARY_HEADER_BYTES: Final = 3  # u16 number, u8 op
_NO_STATUS: Final = 1005  # RFC 6455: a close frame without a code
_CLOSE_S: Final = 0.1  # for aiohttp to notice that its connection was cut


@dataclass(frozen=True, slots=True)
class Frame:
    """What the server said: a whole JSON message, or the body of a binary one."""

    op: int
    number: int | None
    """Of a message that a resumed session need not hear again."""
    body: dict[str, Any] | bytes


class Websocket:
    """Spares its user what aiohttp raises: a write that fails is learned of by reading."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line

    async def receive(self) -> Frame:
        """Return the next frame.

        Raises:
            ConnectionLostError: It was the last one, or there is none.
            LookupError, TypeError, ValueError: It cannot be read.
        """
        frame = await self._line.receive()
        if frame.type is aiohttp.WSMsgType.TEXT:
            message = json.loads(frame.data)
            return Frame(message["op"], message.get("seq"), message)
        if frame.type is aiohttp.WSMsgType.BINARY:
            number = int.from_bytes(frame.data[:2], "big")
            op = frame.data[_BINARY_HEADER_BYTES - 1]
            return Frame(op, number, frame.data[_BINARY_HEADER_BYTES:])
        if frame.type is aiohttp.WSMsgType.CLOSE:
            code = frame.data or _NO_STATUS
            raise ConnectionLostError(Loss(LossKind.CLOSED, code, "closed by Discord", monotonic()))
        raise lost_now(LossKind.CUT, "the websocket broke off")

    async def send(self, message: Message) -> None:
        """Write a message; where that fails, the reader is about to learn why."""
        with contextlib.suppress(aiohttp.ClientError, OSError):
            if isinstance(message, str):
                await self._line.send_str(message)
            else:
                await self._line.send_bytes(message)

    async def hang_up(self, code: int, *, last_word_s: float) -> None:
        """Let go, after a goodbye if the server gets `last_word_s` seconds for its own."""
        line = self._line.get_extra_info("socket")
        if not last_word_s:
            _cut(line)
        try:
            async with asyncio.timeout(last_word_s or _CLOSE_S):
                await self._line.close(code=code)
        except (TimeoutError, aiohttp.ClientError, OSError):
            log.debug("a voice server did not say goodbye")
        finally:
            # A TLS connection that is merely closed waits half a minute for the server's word.
            _cut(line)


async def dial_server(
    dial: Callable[[str], Awaitable[aiohttp.ClientWebSocketResponse]], endpoint: str
) -> Websocket:
    """Open a websocket to a voice server.

    Raises:
        ConnectionLostError: It cannot be reached.
    """
    try:
        return Websocket(await dial(f"wss://{endpoint}/?v={_GATEWAY_VERSION}"))
    except aiohttp.WSServerHandshakeError as error:
        raise lost_now(LossKind.UNREACHED, f"dialling: HTTP {error.status}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise lost_now(LossKind.UNREACHED, f"dialling: {type(error).__name__}") from None


def _cut(line: socket.socket | None) -> None:
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
