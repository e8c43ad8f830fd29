"""One request: which refusal, which fault, which answer."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.sandbox.qwen import errors, wire
from bot.sandbox.qwen.answers import JSON_TYPE, SSE_TYPE, to_json
from bot.sandbox.qwen.contract import check_key, find_model, parse_object, validate
from bot.sandbox.qwen.custom_voices import CustomVoices
from bot.sandbox.qwen.errors import RefusalError
from bot.sandbox.qwen.faults import FaultPlan, Refuse
from bot.sandbox.qwen.reply import Reply
from bot.sandbox.qwen.results import ResultHost
from bot.sandbox.qwen.synthesis import Synthesis
from bot.sandbox.qwen.throttle import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.qwen.faults.base import Fault
    from bot.sandbox.qwen.options import QwenOptions
    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.speech import SandboxVoice

BASE_PATH: Final = "/api/v1"
GENERATION_PATH: Final = f"{BASE_PATH}/services/aigc/multimodal-generation/generation"
CUSTOMIZATION_PATH: Final = f"{BASE_PATH}/services/audio/tts/customization"
SIBLING_PATH: Final = f"{BASE_PATH}/services/audio/tts/SpeechSynthesizer"
RESULT_PREFIX: Final = "/1d/"
_UNAUTHORIZED: Final = 401
_METHOD_NOT_ALLOWED: Final = 405


class Gateway:
    """Answers requests to the API and to the result host."""

    def __init__(
        self, options: QwenOptions, speech: SandboxVoice, on_audio: Callable[[], None]
    ) -> None:
        self.key = options.key
        self.faults = FaultPlan()
        self.origin = ""
        self._options = options
        self._speech = speech
        self._on_audio = on_audio
        self._voices = CustomVoices(options.custom_voices)
        self._limiter = RateLimiter(options.throttle)
        self._results = ResultHost(
            lifetime_s=options.url_lifetime_s, refuses_credentials=options.refuses_credentials
        )

    async def answer(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        """Answer one request; `HangupError` means that there is no answer."""
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
        model = find_model(body, self._options)
        call = validate(body, model, self._voices, self._options.counting)
        self._limiter.admit(model)
        synthesis = Synthesis(call, record, faults, results=self._results, options=self._options)
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
        outlet = wire.Outlet(request, uses_gzip=self._options.uses_gzip)
        record.status = 200
        headers = wire.gateway_headers(record.request_id, record.arrived_ms, is_finished=False)
        await outlet.open(200, _content_type(SSE_TYPE, faults), headers)
        async for chunk in await synthesis.frames(self._speech, stack, self.origin):
            if synthesis.has_audio_started and record.first_audio_at is None:
                record.first_audio_at = time.monotonic()
                self._on_audio()
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
            is_bare=error.status == _UNAUTHORIZED and not self._options.types_unauthorized,
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
        if reply.status == _METHOD_NOT_ALLOWED:
            headers["Allow"] = "POST"
        if reply.content_type is not None:
            content_type = _content_type(reply.content_type, faults)
            reply = Reply(reply.status, reply.body, content_type, reply.headers, reply.more)
        return await wire.send_answer(request, reply, headers, uses_gzip=self._options.uses_gzip)


async def _read(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise RefusalError(errors.TOO_LARGE, is_by_gateway=True) from None


def _content_type(content_type: str, faults: tuple[Fault, ...]) -> str:
    for fault in faults:
        content_type = fault.content_type(content_type)
    return content_type
