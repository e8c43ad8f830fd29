"""A Qwen-TTS on loopback that keeps the contract of the real one."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from bot.sandbox.qwen import errors, wire
from bot.sandbox.qwen.answers import JSON_TYPE, SSE_TYPE, to_json
from bot.sandbox.qwen.contract import check_key, find_model, parse_object, validate
from bot.sandbox.qwen.custom_voices import CustomVoices
from bot.sandbox.qwen.errors import RefusalError
from bot.sandbox.qwen.faults import FaultPlan, Refuse
from bot.sandbox.qwen.options import QwenOptions
from bot.sandbox.qwen.reply import HangupError, Reply
from bot.sandbox.qwen.requests import RequestLog
from bot.sandbox.qwen.results import ResultHost
from bot.sandbox.qwen.synthesis import Synthesis
from bot.sandbox.qwen.throttle import RateLimiter
from bot.sandbox.speech import SandboxVoice, open_voice

if TYPE_CHECKING:
    from types import TracebackType

    from bot.sandbox.qwen.faults.base import Fault
    from bot.sandbox.qwen.requests import RequestRecord

HOST: Final = "127.0.0.1"
BASE_PATH: Final = "/api/v1"
GENERATION_PATH: Final = f"{BASE_PATH}/services/aigc/multimodal-generation/generation"
CUSTOMIZATION_PATH: Final = f"{BASE_PATH}/services/audio/tts/customization"
SIBLING_PATH: Final = f"{BASE_PATH}/services/audio/tts/SpeechSynthesizer"
RESULT_PREFIX: Final = "/1d/"
MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # Alibaba Model Studio documentation, "Error codes": 413
CLOSE_TIMEOUT_S: Final = 0.05
_UNAUTHORIZED: Final = 401


class SandboxQwen:
    """The server; use it as an async context manager.

    `requests` are the calls to the synthesis route, `downloads` those to the result host. `key`
    may be changed while the server runs; `voice` speaks instead of the best one there is.
    """

    def __init__(
        self, options: QwenOptions | None = None, *, voice: SandboxVoice | None = None
    ) -> None:
        self.options = options or QwenOptions()
        self.key = self.options.key
        self.faults = FaultPlan()
        self._requests = RequestLog()
        self._downloads = RequestLog()
        self._others = RequestLog()
        self._voices = CustomVoices(self.options.custom_voices)
        self._limiter = RateLimiter(self.options.throttle)
        self._results = ResultHost(
            lifetime_s=self.options.url_lifetime_s,
            refuses_credentials=self.options.refuses_credentials,
        )
        self._port = self.options.port
        self._speech = voice or open_voice()
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

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        log = self._log_for(request.raw_path)
        record = log.add(request.method, request.raw_path, request.headers.copy())
        try:
            return await self._answer(request, record)
        except HangupError as hangup:
            wire.hang_up(request, is_reset=hangup.is_reset)
            return web.Response()
        except (ConnectionError, asyncio.CancelledError):
            record.is_client_gone = request.transport is None or request.transport.is_closing()
            raise
        finally:
            record.finished_at = time.monotonic()
            log.notify()

    def _log_for(self, raw_path: str) -> RequestLog:
        if raw_path.startswith(RESULT_PREFIX):
            return self._downloads
        return self._requests if raw_path.partition("?")[0] == GENERATION_PATH else self._others

    async def _answer(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        if request.raw_path.startswith(RESULT_PREFIX):
            reply = await self._results.answer(request.method, request.raw_path, request.headers)
            record.status = reply.status
            return await wire.send_file(request, reply)
        record.request_id = str(uuid.uuid4())
        record.is_stream = request.headers.get("X-DashScope-SSE", "").lower() == "enable"
        try:
            return await self._answer_call(request, record)
        except RefusalError as refusal:
            return await self._refuse(request, record, refusal)

    async def _answer_call(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        if request.path not in (GENERATION_PATH, CUSTOMIZATION_PATH, SIBLING_PATH):
            raise RefusalError(errors.NOT_FOUND, is_by_gateway=True)
        if request.method != "POST":
            raise RefusalError(errors.METHOD_NOT_ALLOWED, is_by_gateway=True)
        record.body = await _read(request)
        if request.path != GENERATION_PATH:
            return await self._answer_other(request, record)
        record.note()
        faults = self.faults.take(record.number, record.text)
        for fault in faults:
            reply = await fault.reply(is_stream=record.is_stream, request_id=record.request_id)
            if reply is not None:
                return await self._send(request, record, reply)
        return await self._synthesize(request, record, faults)

    async def _answer_other(
        self, request: web.Request, record: RequestRecord
    ) -> web.StreamResponse:
        check_key(request.headers.get("Authorization"), self.key)
        if request.path == SIBLING_PATH:
            raise RefusalError(errors.WRONG_URL)
        body = parse_object(record.body)
        # A designed voice comes with a spoken preview.
        output = await asyncio.to_thread(self._voices.answer, body, self._speech)
        answer = {"output": output, "usage": {"count": 1}, "request_id": record.request_id}
        return await self._send(request, record, Reply(200, to_json(answer), JSON_TYPE))

    async def _synthesize(
        self, request: web.Request, record: RequestRecord, faults: tuple[Fault, ...]
    ) -> web.StreamResponse:
        check_key(request.headers.get("Authorization"), self.key)
        if request.headers.get("X-DashScope-Async", "").lower() == "enable":
            raise RefusalError(errors.NO_ASYNC, is_by_gateway=True)
        body = parse_object(record.body)
        model = find_model(body, self.options)
        call = validate(body, model, self._voices, self.options.counting)
        self._limiter.admit(model)
        synthesis = Synthesis(call, record, faults, results=self._results, options=self.options)
        async with AsyncExitStack() as stack:
            if record.is_stream:
                return await self._stream(request, record, synthesis, faults, stack)
            content = await synthesis.body(self._speech, stack, self.origin)
            for fault in faults:
                content = fault.body(content)
        return await self._send(request, record, Reply(200, content, JSON_TYPE), faults)

    async def _stream(
        self,
        request: web.Request,
        record: RequestRecord,
        synthesis: Synthesis,
        faults: tuple[Fault, ...],
        stack: AsyncExitStack,
    ) -> web.StreamResponse:
        outlet = wire.Outlet(request, uses_gzip=self.options.uses_gzip)
        record.status = 200
        headers = wire.gateway_headers(record.request_id, record.arrived_ms, is_finished=False)
        await outlet.open(200, _content_type(SSE_TYPE, faults), headers)
        async for chunk in await synthesis.frames(self._speech, stack, self.origin):
            if synthesis.has_audio_started and record.first_audio_at is None:
                record.first_audio_at = time.monotonic()
                self._requests.notify()
            await outlet.write(chunk)
        return await outlet.close()

    async def _refuse(
        self, request: web.Request, record: RequestRecord, refusal: RefusalError
    ) -> web.StreamResponse:
        error = refusal.error
        record.error_code = error.code
        refuse = Refuse(
            error,
            is_in_stream=not refusal.is_by_gateway,
            is_bare=error.status == _UNAUTHORIZED and not self.options.types_unauthorized,
        )
        is_stream = record.is_stream and request.path == GENERATION_PATH
        reply = await refuse.reply(is_stream=is_stream, request_id=record.request_id)
        return await self._send(request, record, reply)

    async def _send(
        self,
        request: web.Request,
        record: RequestRecord,
        reply: Reply,
        faults: tuple[Fault, ...] = (),
    ) -> web.StreamResponse:
        record.status = reply.status
        is_finished = reply.content_type != SSE_TYPE
        headers = wire.gateway_headers(
            record.request_id, record.arrived_ms, is_finished=is_finished
        )
        if reply.content_type is not None:
            content_type = _content_type(reply.content_type, faults)
            reply = Reply(reply.status, reply.body, content_type, reply.headers, reply.more)
        return await wire.send_answer(request, reply, headers, uses_gzip=self.options.uses_gzip)


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RefusalError(errors.TOO_LARGE, is_by_gateway=True) from None


def _content_type(content_type: str, faults: tuple[Fault, ...]) -> str:
    for fault in faults:
        content_type = fault.content_type(content_type)
    return content_type
