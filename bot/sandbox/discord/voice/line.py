"""The writing side of a websocket: in order, as late as the options say, damaged on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.protocol import Op, RefusedError

if TYPE_CHECKING:
    from aiohttp import web

    from bot.sandbox.discord.reading import Reading
    from bot.sandbox.discord.voice.options import VoiceOptions
    from bot.sandbox.discord.voice.session import Message

_DAMAGED_JSON = '{"op": '
_DAMAGED_OPS = {
    Op.PROPOSALS: "bad_proposals",
    Op.ANNOUNCE_COMMIT: "bad_commits",
    Op.WELCOME: "bad_welcomes",
}
_WELCOMES = frozenset({Op.ANNOUNCE_COMMIT, Op.WELCOME})


class WebsocketLine:
    """Writes to one websocket from a task of its own."""

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.WriteTransport | None,
        options: VoiceOptions,
    ) -> None:
        self.said_code: int | None = None
        """With which code this side closed it."""
        self.reading: Reading | None = None
        self.guild_id: int | None = None
        """Whose call this is; None before the client has said so."""
        self._websocket = websocket
        self._transport = transport
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[tuple[float, Message | RefusedError]] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name="sandbox voice writer")

    def post(self, message: Message, op: Op) -> None:
        """Write a message, in order."""
        due = self._due()
        if op in _WELCOMES:
            due += self._options.faults_in(self.guild_id).welcome_delay_s
        self._outgoing.put_nowait((due, self._damaged(message, op)))

    def close(self, refusal: RefusedError) -> None:
        """Close it, after everything that was already said."""
        self._outgoing.put_nowait((self._due(), refusal))

    def abort(self) -> None:
        """Cut it without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    async def end(self) -> None:
        """Write no more; a closing handshake is let finish."""
        if self.said_code is None:
            self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer

    def _damaged(self, message: Message, op: Op) -> Message:
        faults = self._options.faults_in(self.guild_id)
        if isinstance(message, str):
            if op >= Op.SPEAKING and faults.strikes("bad_json_frames"):
                return _DAMAGED_JSON
            if op >= Op.SPEAKING and faults.strikes("bare_json_frames"):
                return json.dumps({"op": int(op)})
            return message
        if op in _DAMAGED_OPS and faults.strikes(_DAMAGED_OPS[op]):
            return message[:-1] + bytes([message[-1] ^ 0xFF])
        return message

    def _due(self) -> float:
        return self._loop.time() + self._options.websocket_rtt_ms / 1000

    async def _write(self) -> None:
        while True:
            due, message = await self._outgoing.get()
            await asyncio.sleep(due - self._loop.time())
            with contextlib.suppress(ConnectionError):  # the reading side notices it too
                await self._say(message)
            if self.said_code is not None:
                return

    async def _say(self, message: Message | RefusedError) -> None:
        if isinstance(message, RefusedError):
            self.said_code = message.code
            if self.reading is not None:
                await self.reading.stop()
            await self._websocket.close(code=message.code, message=message.reason.encode())
            return
        if isinstance(message, bytes):
            await self._websocket.send_bytes(message)
            return
        await self._websocket.send_str(message)
