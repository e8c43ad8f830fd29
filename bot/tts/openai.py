"""Any server with OpenAI's speech endpoint, such as vLLM-Omni with the open-weights Qwen3-TTS."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ProviderError
from bot.models import Usage
from bot.tts._heard import capped, heard
from bot.tts._http import MAX_ERROR_BYTES, body_of, error_body_of, send
from bot.tts._openai_answer import EVENTS_TYPE, Shape, SpeechAnswer, rate_of, shape_of
from bot.tts._openai_endpoint import OpenAIEndpoint
from bot.tts._openai_faults import error_of_body, request_id_of
from bot.tts._openai_request import encode_request
from bot.tts._openai_voices import read_voices
from bot.tts._protocol import protocol_error
from bot.tts._qwen_watch import Watch
from bot.tts.catalog import weighted_characters
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import aiohttp
    from yarl import URL

    from bot.models import SpeechRequest, Voice

__all__ = ["OpenAIEndpoint", "OpenAISynthesizer"]

# A few thousand voices.
MAX_VOICES_BYTES: Final = 1024 * 1024

_OK: Final = 200
_FIRST_ERROR: Final = 400
# What servers without such a list answer.
_NO_LIST: Final = frozenset({404, 405, 501})


class OpenAISynthesizer(Synthesizer):
    """Speaks through one server; tries once, says precisely what went wrong.

    Args:
        http: A session that keeps no cookies and follows no proxy variables.
        endpoint: The server.
        on_usage: Told what the server counted, if it says so.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        endpoint: OpenAIEndpoint,
        *,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._on_usage = on_usage

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield whole samples as they arrive; closing the generator ends the request."""
        body = encode_request(request, self._endpoint.mode)
        room = self._endpoint.caps.audio_bytes(request.text, self.format)
        speech = capped(self._speech(request, body), room, model=request.model)
        async with aclosing(speech) as pieces:
            async for pcm in pieces:
                yield pcm

    async def voices(self) -> tuple[Voice, ...]:
        """Return the voices the server lists; none if it keeps no list.

        Raises:
            ProviderError: The server failed, or answers with something else.
        """
        watch = self._watch(0)
        async with await self._send("GET", self._endpoint.voices_url, watch) as response:
            if response.status in _NO_LIST:
                return ()
            if response.status != _OK:
                raise await _refusal(response, watch)
            async with aclosing(body_of(response, watch, MAX_VOICES_BYTES)) as pieces:
                return read_voices(b"".join([piece async for piece in pieces]))

    async def _speech(self, request: SpeechRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        watch = self._watch(weighted_characters(request.text))
        async with await self._send("POST", self._endpoint.speech_url, watch, body) as response:
            if response.status != _OK:
                raise await _refusal(response, watch)
            shape = shape_of(response.headers)
            answer = SpeechAnswer(shape, rate_of(response.headers, self._endpoint.bare_rate_hz))
            is_error = shape is Shape.JSON
            max_bytes = MAX_ERROR_BYTES if is_error else self._endpoint.caps.max_answer_bytes
            speech = heard(body_of(response, watch, max_bytes), answer, watch)
            try:
                async with aclosing(speech) as pieces:
                    async for pcm in pieces:
                        yield pcm
            except ProviderError as error:
                error.request_id = error.request_id or request_id_of(response.headers)
                raise
            finally:
                self._tell_usage(request, response, answer)

    def _watch(self, characters: int) -> Watch:
        return Watch(self._endpoint.timeouts, self._endpoint.mode, characters=characters)

    def _tell_usage(
        self, request: SpeechRequest, response: aiohttp.ClientResponse, answer: SpeechAnswer
    ) -> None:
        if self._on_usage and answer.tokens:
            request_id = request_id_of(response.headers) or ""
            self._on_usage(Usage(request_id, request.model, **answer.tokens))

    async def _send(
        self, method: str, url: URL, watch: Watch, body: bytes | None = None
    ) -> aiohttp.ClientResponse:
        headers: dict[str, Any] = {"Accept": f"audio/*, {EVENTS_TYPE}, application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if (key := self._endpoint.key) is not None:
            headers["Authorization"] = f"Bearer {key}"
        return await send(
            self._http,
            method,
            url,
            watch=watch,
            connect_s=self._endpoint.timeouts.connect_s,
            headers=headers,
            body=body,
        )


async def _refusal(response: aiohttp.ClientResponse, watch: Watch) -> ProviderError:
    """Return the error for an answer that is not 200."""
    if response.status < _FIRST_ERROR:
        return protocol_error(f"the speech server answered {response.status}")
    body = await error_body_of(response, watch)
    return error_of_body(body, status=response.status, headers=response.headers)
