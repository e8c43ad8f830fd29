"""What every HTTP service on loopback is: a port, connections to drop, and a record of requests."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.sandbox.qwen import wire
from bot.sandbox.qwen.reply import HangupError
from bot.sandbox.qwen.requests import RequestLog
from bot.sandbox.speech import open_voice

if TYPE_CHECKING:
    from types import TracebackType

    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.speech import SandboxVoice

HOST: Final = "127.0.0.1"
CLOSE_TIMEOUT_S: Final = 0.05


class LoopbackServer(ABC):
    """A service that can go down and come back; use it as an async context manager.

    Args:
        port: 0 for any free one.
        max_body_bytes: A longer request is refused.
        voice: Speaks instead of the best one there is.
    """

    def __init__(self, *, port: int, max_body_bytes: int, voice: SandboxVoice | None) -> None:
        self.log = RequestLog()
        self.speech = voice or open_voice()
        self._owns_speech = voice is None
        self._port = port
        self._max_body_bytes = max_body_bytes
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"http://{HOST}:{self._port}"

    @property
    def requests(self) -> list[RequestRecord]:
        """Return what was asked of the synthesis route."""
        return self.log.records

    async def wait_for_requests(self, count: int) -> list[RequestRecord]:
        """Wait until `count` synthesis requests have arrived."""
        await self.log.wait_until(lambda records: len(records) >= count)
        return self.requests

    async def wait_for_answers(self, count: int) -> list[RequestRecord]:
        """Wait until `count` synthesis requests are over, answered or given up."""
        await self.log.wait_until(
            lambda records: sum(record.finished_at is not None for record in records) >= count
        )
        return self.requests

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=self._max_body_bytes)
        app.router.add_route("*", "/{path:.*}", self._dispatch)
        app.on_response_prepare.append(wire.drop_content_type)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=CLOSE_TIMEOUT_S
        )
        await self._runner.setup()
        await self.come_back()

    async def close(self) -> None:
        """Drop every connection and stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._owns_speech:
            await asyncio.to_thread(self.speech.close)

    async def go_down(self) -> None:
        """Refuse connections and drop the open ones, as an endpoint that is down."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        if self._runner is not None and self._runner.server is not None:
            self._runner.server.pre_shutdown()
            # A timeout of 0 would mean none at all.
            await self._runner.server.shutdown(timeout=CLOSE_TIMEOUT_S)

    async def come_back(self) -> None:
        """Listen again, on the same port."""
        if self._runner is None:
            raise RuntimeError("the sandbox was never started")
        self._site = web.TCPSite(self._runner, HOST, self._port)
        await self._site.start()
        self._port = self._runner.addresses[0][1]

    @abstractmethod
    async def _answer(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        """Answer one request; `HangupError` means that there is no answer."""

    @abstractmethod
    def _log_for(self, raw_path: str) -> RequestLog:
        """Return where requests to a path are recorded."""

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        log = self._log_for(request.raw_path)
        record = log.add(request.method, request.raw_path, request.headers.copy())
        try:
            return await self._answer(request, record)
        except HangupError as hangup:
            wire.hang_up(request, is_reset=hangup.is_reset)
            return web.Response()
        except asyncio.CancelledError:
            record.is_client_gone = _is_gone(request)
            raise
        except ConnectionError:
            record.is_client_gone = _is_gone(request)
            return web.Response()  # to nobody: aiohttp would log a traceback
        finally:
            record.finished_at = time.monotonic()
            log.notify()


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
