"""A Qwen-TTS on loopback that keeps the contract of the real one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.sandbox.qwen import wire
from bot.sandbox.qwen.gateway import BASE_PATH, GENERATION_PATH, RESULT_PREFIX, Gateway
from bot.sandbox.qwen.options import QwenOptions
from bot.sandbox.qwen.reply import HangupError
from bot.sandbox.qwen.requests import RequestLog
from bot.sandbox.speech import open_voice

if TYPE_CHECKING:
    from types import TracebackType

    from bot.sandbox.qwen.faults import FaultPlan
    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.speech import SandboxVoice

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # Alibaba Model Studio documentation, "Error codes": 413
CLOSE_TIMEOUT_S: Final = 0.05


class SandboxQwen:
    """The server; use it as an async context manager.

    `requests` are the calls to the synthesis route, `downloads` those to the result host; `voice`
    speaks instead of the best one there is.
    """

    def __init__(
        self, options: QwenOptions | None = None, *, voice: SandboxVoice | None = None
    ) -> None:
        self.options = options or QwenOptions()
        self._requests = RequestLog()
        self._downloads = RequestLog()
        self._others = RequestLog()
        self._speech = voice or open_voice()
        self._owns_speech = voice is None
        self._gateway = Gateway(self.options, self._speech, self._requests.notify)
        self._port = self.options.port
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
    def key(self) -> str:
        """Return the only accepted API key; assigning another one revokes it."""
        return self._gateway.key

    @key.setter
    def key(self, key: str) -> None:
        self._gateway.key = key

    @property
    def faults(self) -> FaultPlan:
        """Return the plan of what goes wrong."""
        return self._gateway.faults

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"http://{HOST}:{self._port}"

    @property
    def base_url(self) -> str:
        """Return what `DASHSCOPE_HTTP_BASE_URL` must be."""
        return self.origin + BASE_PATH

    @property
    def requests(self) -> list[RequestRecord]:
        """Return what was asked of the synthesis route."""
        return self._requests.records

    @property
    def downloads(self) -> list[RequestRecord]:
        """Return what was asked of the result host."""
        return self._downloads.records

    @property
    def other_requests(self) -> list[RequestRecord]:
        """Return what was asked of any other path."""
        return self._others.records

    async def wait_for_requests(self, count: int) -> list[RequestRecord]:
        """Wait until `count` synthesis requests have arrived."""
        await self._requests.wait_until(lambda records: len(records) >= count)
        return self.requests

    async def wait_for_answers(self, count: int) -> list[RequestRecord]:
        """Wait until `count` synthesis requests are over, answered or given up."""
        await self._requests.wait_until(
            lambda records: sum(record.finished_at is not None for record in records) >= count
        )
        return self.requests

    async def wait_for_downloads(self, count: int) -> list[RequestRecord]:
        """Wait until `count` downloads are over."""
        await self._downloads.wait_until(
            lambda records: sum(record.finished_at is not None for record in records) >= count
        )
        return self.downloads

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
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
            await asyncio.to_thread(self._speech.close)

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
        self._gateway.origin = self.origin

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        log = self._log_for(request.raw_path)
        record = log.add(request.method, request.raw_path, request.headers.copy())
        try:
            return await self._gateway.answer(request, record)
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

    def _log_for(self, raw_path: str) -> RequestLog:
        if raw_path.startswith(RESULT_PREFIX):
            return self._downloads
        return self._requests if raw_path.partition("?")[0] == GENERATION_PATH else self._others


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
