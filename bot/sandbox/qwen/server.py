"""A Qwen-TTS on loopback that keeps the contract of the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.qwen.gateway import BASE_PATH, GENERATION_PATH, RESULT_PREFIX, Gateway
from bot.sandbox.qwen.options import QwenOptions
from bot.sandbox.qwen.requests import RequestLog

if TYPE_CHECKING:
    from aiohttp import web

    from bot.sandbox.qwen.faults import FaultPlan
    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.speech import SandboxVoice

MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # Alibaba Model Studio documentation, "Error codes": 413


class SandboxQwen(LoopbackServer):
    """The server; `requests` are the calls to the synthesis route.

    `downloads` are those to the result host.
    """

    def __init__(
        self, options: QwenOptions | None = None, *, voice: SandboxVoice | None = None
    ) -> None:
        self.options = options or QwenOptions()
        super().__init__(port=self.options.port, max_body_bytes=MAX_BODY_BYTES, voice=voice)
        self._downloads = RequestLog()
        self._others = RequestLog()
        self._gateway = Gateway(self.options, self.speech, self.log.notify)

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
    def base_url(self) -> str:
        """Return what `DASHSCOPE_HTTP_BASE_URL` must be."""
        return self.origin + BASE_PATH

    @property
    def downloads(self) -> list[RequestRecord]:
        """Return what was asked of the result host."""
        return self._downloads.records

    @property
    def other_requests(self) -> list[RequestRecord]:
        """Return what was asked of any other path."""
        return self._others.records

    async def wait_for_downloads(self, count: int) -> list[RequestRecord]:
        """Wait until `count` downloads are over."""
        await self._downloads.wait_until(
            lambda records: sum(record.finished_at is not None for record in records) >= count
        )
        return self.downloads

    async def come_back(self) -> None:
        """Listen again, on the same port."""
        await super().come_back()
        self._gateway.origin = self.origin

    async def _answer(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        return await self._gateway.answer(request, record)

    def _log_for(self, raw_path: str) -> RequestLog:
        if raw_path.startswith(RESULT_PREFIX):
            return self._downloads
        return self.log if raw_path.partition("?")[0] == GENERATION_PATH else self._others
