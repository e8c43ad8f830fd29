"""Qwen-TTS over HTTP: the one place that talks to it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts._heard import capped, heard
from bot.tts._http import body_of, error_body_of, send
from bot.tts._protocol import protocol_error
from bot.tts._qwen_answer import Answer, error_of_body
from bot.tts._qwen_endpoint import Caps, Mode, QwenEndpoint, Timeouts
from bot.tts._qwen_faults import safe_request_id
from bot.tts._qwen_request import encode_request
from bot.tts._qwen_urls import unsafe
from bot.tts._qwen_watch import Watch
from bot.tts._sessions import Connections, open_connections
from bot.tts.catalog import weighted_characters
from bot.tts.synthesizer import Synthesizer
from bot.tts.wav import PcmExtractor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    import aiohttp
    from aiohttp.abc import AbstractResolver
    from yarl import URL

    from bot.models import SpeechRequest, Usage

__all__ = ["Caps", "Mode", "QwenEndpoint", "QwenSynthesizer", "Timeouts", "open_session"]

MAX_REDIRECTS: Final = 2
FILE_PAUSES_S: Final = (0.5, 1.0)
"""Before a file is asked for again because its host has failed: cheaper than making it anew."""

_OK: Final = 200
_FIRST_ERROR: Final = 400
_FIRST_SERVER_ERROR: Final = 500
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_EVENTS: Final = "text/event-stream"
_NOT_AUDIO: Final = ("text/", "application/json", "application/xml", "application/xhtml")


def open_session(
    endpoint: QwenEndpoint, *, resolver: AbstractResolver | None = None
) -> Connections:
    """Open what the synthesizer reaches `endpoint` and its files through; the caller closes it."""
    return open_connections(endpoint.url, resolver=resolver)


class QwenSynthesizer(Synthesizer):
    """Speaks through Qwen-TTS; tries once, says precisely what went wrong."""

    def __init__(
        self,
        http: Connections,
        endpoint: QwenEndpoint,
        *,
        on_usage: Callable[[Usage], None] | None = None,
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._on_usage = on_usage

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield whole samples as they arrive; closing the generator ends the request."""
        body = encode_request(request, optimize_style=self._endpoint.optimize_style)
        room = self._endpoint.caps.audio_bytes(request.text, self.format)
        answer = Answer(request.model)
        try:
            speech = capped(self._speech(request, body, answer), room, model=request.model)
            async with aclosing(speech) as pieces:
                async for pcm in pieces:
                    yield pcm
        except ProviderError as error:
            error.request_id = error.request_id or answer.request_id
            raise
        finally:
            if self._on_usage and answer.usage:
                self._on_usage(answer.usage)

    async def _speech(
        self, request: SpeechRequest, body: bytes, answer: Answer
    ) -> AsyncGenerator[bytes, None]:
        characters = weighted_characters(request.text)
        watch = Watch(self._endpoint.timeouts, self._endpoint.mode, characters=characters)
        async with await self._post(body, watch) as response:
            answer.request_id = safe_request_id(response.headers.get("X-Request-ID"))
            if response.status != _OK:
                raise await _refusal(response, watch)
            # The type decides, not the mode: an error may come as plain JSON to either.
            answer.is_stream = response.content_type == _EVENTS
            async with aclosing(heard(self._pieces(response, watch), answer, watch)) as pieces:
                async for pcm in pieces:
                    yield pcm
        if answer.url and not answer.has_audio:
            async with aclosing(self._downloaded(answer.url, watch)) as pieces:
                async for pcm in pieces:
                    yield pcm

    async def _downloaded(self, url: str, watch: Watch) -> AsyncGenerator[bytes, None]:
        for pause_s in (*FILE_PAUSES_S, None):
            async with await self._opened(url, watch) as response:
                if pause_s is None or response.status < _FIRST_SERVER_ERROR:
                    async with aclosing(self._file(response, watch)) as pieces:
                        async for pcm in pieces:
                            yield pcm
                    return
            await asyncio.sleep(pause_s)

    async def _opened(self, url: str, watch: Watch) -> aiohttp.ClientResponse:
        """Return the answer at the end of a chain of redirects."""
        target = self._endpoint.guard.checked(url)
        for _ in range(MAX_REDIRECTS + 1):
            watch.fetch()
            response = await self._download(target, watch)
            if response.status not in _REDIRECTS:
                return response
            async with response:
                where = response.headers.get("Location", "")
            target = self._endpoint.guard.checked(where, relative_to=target)
        raise unsafe("it is redirected too often")

    async def _file(
        self, response: aiohttp.ClientResponse, watch: Watch
    ) -> AsyncGenerator[bytes, None]:
        _check_file(response)
        extractor = PcmExtractor(self.format, may_be_bare=False)
        has_audio = False
        async with aclosing(self._pieces(response, watch)) as raw:
            async for piece in raw:
                if pcm := extractor.feed(piece):
                    has_audio = True
                    yield pcm
                    watch.hear()
        if pcm := extractor.close():
            yield pcm
        elif not has_audio:
            raise protocol_error("the audio file is empty")

    def _pieces(
        self, response: aiohttp.ClientResponse, watch: Watch
    ) -> AsyncGenerator[bytes, None]:
        return body_of(response, watch, self._endpoint.caps.max_answer_bytes)

    async def _post(self, body: bytes, watch: Watch) -> aiohttp.ClientResponse:
        is_stream = self._endpoint.mode is Mode.STREAMING
        headers = {
            "Authorization": f"Bearer {self._endpoint.key}",
            "Content-Type": "application/json",
            "Accept": _EVENTS if is_stream else "application/json",
        }
        if is_stream:
            headers["X-DashScope-SSE"] = "enable"
        if self._endpoint.workspace:
            headers["X-DashScope-WorkSpace"] = self._endpoint.workspace
        return await self._send(self._http.api, "POST", self._endpoint.url, watch, headers, body)

    async def _download(self, url: URL, watch: Watch) -> aiohttp.ClientResponse:
        # No key here: the URL is signed, and its host is not the endpoint.
        return await self._send(self._http.files, "GET", url, watch, {"Accept": "audio/*"})

    async def _send(
        self,
        http: aiohttp.ClientSession,
        method: str,
        url: URL,
        watch: Watch,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> aiohttp.ClientResponse:
        connect_s = self._endpoint.timeouts.connect_s
        return await send(
            http, method, url, watch=watch, connect_s=connect_s, headers=headers, body=body
        )


async def _refusal(response: aiohttp.ClientResponse, watch: Watch) -> ProviderError:
    """Return the error for an answer that is not 200."""
    if response.status < _FIRST_ERROR:
        return protocol_error(f"the speech service answered {response.status}")
    body = await error_body_of(response, watch)
    return error_of_body(body, status=response.status, headers=response.headers)


def _check_file(response: aiohttp.ClientResponse) -> None:
    if response.status != _OK:
        # Expired or not there: the service must make it once more, and be paid for it.
        raise ProviderError(
            f"the audio file could not be fetched ({response.status})",
            fault=ProviderFault.PROTOCOL,
            retryable=True,
            status=response.status,
        )
    if response.content_type.startswith(_NOT_AUDIO):
        raise protocol_error("there is a page where the audio file should be")
