"""A loopback server that keeps vLLM-Omni's contract for Qwen3-TTS.

vLLM-Omni, docs/serving/speech_api.md, as of 2026.
"""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING, Final

import av

from bot.models import AudioFormat
from bot.sandbox import encoding
from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.openai.contract import (
    Call,
    Delivery,
    RefusalError,
    no_route,
    read_call,
    unauthorized,
)
from bot.sandbox.openai.options import OpenAIOptions
from bot.sandbox.openai.usage import usage, usage_headers
from bot.sandbox.pacing import paced, piece_bytes, resized
from bot.sandbox.qwen import wire
from bot.sandbox.qwen.answers import JSON_TYPE, SSE_TYPE, to_json
from bot.sandbox.qwen.faults import FaultPlan
from bot.sandbox.qwen.reply import Reply
from bot.sandbox.qwen.requests import RequestLog
from bot.sandbox.qwen.wav import WavShape, WavSizes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from aiohttp import web

    from bot.sandbox.qwen.faults.base import Fault
    from bot.sandbox.qwen.requests import RequestRecord
    from bot.sandbox.speech import SandboxVoice

BASE_PATH: Final = "/v1"
SPEECH_PATH: Final = f"{BASE_PATH}/audio/speech"
VOICES_PATH: Final = f"{BASE_PATH}/audio/voices"
MODELS_PATH: Final = f"{BASE_PATH}/models"
MAX_BODY_BYTES: Final = 1024 * 1024
_PCM_TYPE, _WAV_TYPE = "audio/pcm", "audio/wav"


class SandboxOpenAI(LoopbackServer):
    """The server; `requests` are the calls to the speech route, `other_requests` all others."""

    def __init__(
        self, options: OpenAIOptions | None = None, *, voice: SandboxVoice | None = None
    ) -> None:
        self.options = options or OpenAIOptions()
        super().__init__(port=self.options.port, max_body_bytes=MAX_BODY_BYTES, voice=voice)
        self.key = self.options.key
        self.faults = FaultPlan()
        self._others = RequestLog()

    @property
    def base_url(self) -> str:
        """Return what `OPENAI_BASE_URL` must be."""
        return self.origin + BASE_PATH

    @property
    def other_requests(self) -> list[RequestRecord]:
        """Return what was asked of any other path."""
        return self._others.records

    def environment(self) -> dict[str, str]:
        """Return the variables that point a bot at this server."""
        key = {} if self.key is None else {"OPENAI_API_KEY": self.key}
        return {
            "TTS_PROVIDER": "openai",
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_MODEL": self.options.model,
            **key,
        }

    def _log_for(self, raw_path: str) -> RequestLog:
        return self.log if raw_path.partition("?")[0] == SPEECH_PATH else self._others

    async def _answer(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        record.request_id = f"speech-{uuid.uuid4().hex}"
        if request.path != SPEECH_PATH:
            return await self._send(request, record, self._list(request))
        if request.method != "POST":
            return await self._send(request, record, no_route(405))
        record.body = await request.read()
        try:
            return await self._speak(request, record)
        except RefusalError as refusal:
            return await self._send(request, record, refusal.reply)

    def _list(self, request: web.Request) -> Reply:
        options = self.options
        if not self._is_welcome(request):
            return unauthorized()
        if request.path == MODELS_PATH:
            model = {"id": options.model, "object": "model", "owned_by": "vllm"}
            return Reply(200, to_json({"object": "list", "data": [model]}), JSON_TYPE)
        if request.path == VOICES_PATH and options.lists_voices:
            uploaded = [{"name": name, "consent": "yes"} for name in options.uploaded_voices]
            said = {"voices": list(options.voices), "uploaded_voices": uploaded}
            return Reply(200, to_json(said), JSON_TYPE)
        return no_route()

    def _is_welcome(self, request: web.Request) -> bool:
        return self.key is None or request.headers.get("Authorization") == f"Bearer {self.key}"

    async def _speak(self, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        if not self._is_welcome(request):
            raise RefusalError(unauthorized())
        faults = self.faults.take(record.number, record.body.decode("utf-8", "replace"))
        for fault in faults:
            reply = await fault.reply(is_stream=True, request_id=record.request_id)
            if reply is not None:
                raise RefusalError(reply)
        call = read_call(record.body, self.options)
        record.text, record.voice = call.text, call.voice_id
        record.language, record.style = call.language, call.style
        record.is_stream = call.delivery is not Delivery.WHOLE
        async with AsyncExitStack() as stack:
            pieces = await self._pieces(call, faults, stack)
            if call.delivery is Delivery.WHOLE:
                pcm = b"".join([piece async for piece in pieces])
                reply = await asyncio.to_thread(self._whole, call, pcm)
                return await self._send(request, record, reply)
            return await self._stream(request, record, call, faults, pieces)

    async def _pieces(
        self, call: Call, faults: tuple[Fault, ...], stack: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        options = self.options
        spoken = self.speech.stream(call.text, call.voice_id, call.language, call.style)
        pcm = await stack.enter_async_context(aclosing(spoken))
        for fault in faults:
            pcm = await stack.enter_async_context(aclosing(fault.speech(pcm)))
        sized = await stack.enter_async_context(
            aclosing(resized(pcm, piece_bytes(options.piece_ms)))
        )
        slow = paced(
            sized,
            first_audio_delay_s=options.first_audio_delay_s,
            real_time_factor=options.real_time_factor,
        )
        pieces = await stack.enter_async_context(aclosing(slow))
        return await stack.enter_async_context(aclosing(_at_rate(pieces, options.rate_hz)))

    def _whole(self, call: Call, pcm: bytes) -> Reply:
        rate_hz = self.options.rate_hz
        said = usage(call, len(pcm), rate_hz)
        headers = () if self.options.is_old else usage_headers(said)
        if call.speed != 1.0:
            pcm = encoding.at_tempo(pcm, rate_hz, call.speed)
        if call.format == "pcm":
            return Reply(200, pcm, self._type(call), headers)
        if call.format == "wav":
            file = WavShape(WavSizes.TRUE, rate_hz=rate_hz).file(pcm)
            return Reply(200, file, _WAV_TYPE, headers)
        file = encoding.encoded(pcm, rate_hz, call.format)
        return Reply(200, file, encoding.media_type(call.format), headers)

    async def _stream(
        self,
        request: web.Request,
        record: RequestRecord,
        call: Call,
        faults: tuple[Fault, ...],
        pieces: AsyncIterator[bytes],
    ) -> web.StreamResponse:
        outlet = wire.Outlet(request, uses_gzip=False)
        is_events = call.delivery is Delivery.EVENTS
        content_type = SSE_TYPE if is_events else self._type(call)
        for fault in faults:
            content_type = fault.content_type(content_type)
        record.status = 200
        await outlet.open(200, content_type, {"X-Request-ID": record.request_id})
        headed = self._with_header(call, pieces)
        chunks = _events(call, headed, self.options.rate_hz) if is_events else headed
        async with AsyncExitStack() as stack:
            chunks = await stack.enter_async_context(aclosing(chunks))
            for fault in faults:
                chunks = await stack.enter_async_context(aclosing(fault.wire(chunks)))
            async for chunk in chunks:
                await outlet.write(chunk)
                if record.first_audio_at is None:
                    record.first_audio_at = time.monotonic()
                    self.log.notify()
        return await outlet.close()

    async def _with_header(
        self, call: Call, pieces: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes, None]:
        header = self.options.wav.header() if call.format == "wav" else b""
        async for piece in pieces:
            yield header + piece
            header = b""

    def _type(self, call: Call) -> str:
        if call.format == "wav":
            return _WAV_TYPE
        rate = f"; rate={self.options.rate_hz}" if self.options.states_rate else ""
        return _PCM_TYPE + rate

    async def _send(
        self, request: web.Request, record: RequestRecord, reply: Reply
    ) -> web.StreamResponse:
        record.status = reply.status
        return await wire.send_answer(
            request, reply, {"X-Request-ID": record.request_id}, uses_gzip=False
        )


async def _events(
    call: Call, pieces: AsyncIterator[bytes], rate_hz: int
) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        encoded = base64.b64encode(piece).decode()
        said = {"type": "speech.audio.delta", "audio": encoded, "response_format": call.format}
        yield b"event: speech.audio.delta\ndata: " + to_json(said) + b"\n\n"
    done = to_json({"type": "speech.audio.done", "usage": usage(call, size, rate_hz)})
    yield b"event: speech.audio.done\ndata: " + done + b"\n\n"


async def _at_rate(pieces: AsyncIterator[bytes], rate_hz: int) -> AsyncGenerator[bytes, None]:
    """Make the same speech at the rate of another model."""
    usual = AudioFormat()
    if rate_hz == usual.rate:
        async for piece in pieces:
            yield piece
        return
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    async for piece in pieces:
        frame = av.AudioFrame("s16", "mono", len(piece) // usual.SAMPLE_WIDTH)
        frame.sample_rate = usual.rate
        frame.planes[0].update(piece)
        yield b"".join(
            bytes(out.planes[0])[: out.samples * usual.SAMPLE_WIDTH]
            for out in resampler.resample(frame)
        )
