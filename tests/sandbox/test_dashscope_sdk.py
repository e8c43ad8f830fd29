"""The official SDK, unmodified, takes the sandbox for the service."""

from __future__ import annotations

import asyncio
import base64
import io
import wave
from typing import TYPE_CHECKING, Any

import dashscope
import pytest
import requests
from dashscope.api_entities.aio_session import close_shared_aio_session
from dashscope.audio.qwen_tts import SpeechSynthesizer

from bot.sandbox.qwen import QwenOptions, SandboxQwen, errors, faults
from bot.sandbox.speech import speak
from tests.sandbox._qwen_client import TEXT
from tests.sound import is_same_sound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.sandbox.qwen.faults import Fault


@pytest.fixture
async def qwen(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxQwen]:
    async with SandboxQwen(QwenOptions(throttle=None)) as server:
        monkeypatch.setattr(dashscope, "base_http_api_url", server.base_url)
        monkeypatch.setattr(dashscope, "api_key", server.key)
        yield server
        await close_shared_aio_session()


def call(**changes: Any) -> Any:
    arguments = {"model": "qwen3-tts-flash", "text": TEXT, "voice": "Cherry"} | changes
    return dashscope.MultiModalConversation.call(**arguments)


def call_streamed(**changes: Any) -> list[Any]:
    return list(call(stream=True, **changes))


async def call_async(**changes: Any) -> Any:
    arguments = {"model": "qwen3-tts-flash", "text": TEXT, "voice": "Cherry"} | changes
    return await dashscope.AioMultiModalConversation.call(**arguments)


def audio_of(chunks: list[Any]) -> bytes:
    return b"".join(base64.b64decode(chunk.output.audio["data"]) for chunk in chunks)


def frames_of(wav: bytes) -> bytes:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        frames: bytes = file.readframes(file.getnframes())
        return frames


async def test_a_plain_call_yields_the_url_of_the_whole_speech(qwen: SandboxQwen) -> None:
    answer = await asyncio.to_thread(call, language_type="English")

    assert (answer.status_code, answer.code, answer.message) == (200, "", "")
    assert answer.request_id == qwen.requests[0].request_id
    assert answer.output.finish_reason == "stop"
    assert answer.output.audio["id"] == f"audio_{answer.request_id}"
    assert answer.usage["characters"] == len(TEXT)
    file = await asyncio.to_thread(requests.get, answer.output.audio["url"], timeout=10)
    assert is_same_sound(frames_of(file.content), speak(TEXT, "Cherry", "English"))


async def test_a_streamed_call_yields_the_speech_in_pieces(qwen: SandboxQwen) -> None:
    chunks = await asyncio.to_thread(call_streamed, language_type="English")

    assert [chunk.status_code for chunk in chunks] == [200] * len(chunks)
    assert [chunk.output.finish_reason for chunk in chunks[:-1]] == ["null"] * (len(chunks) - 1)
    assert chunks[-1].output.finish_reason == "stop"
    assert chunks[-1].output.audio["url"].startswith(qwen.origin)
    assert is_same_sound(frames_of(audio_of(chunks)), speak(TEXT, "Cherry", "English"))


async def test_an_asynchronous_call_yields_the_url(qwen: SandboxQwen) -> None:
    answer = await call_async()

    assert answer.status_code == 200
    assert answer.output.audio["url"].startswith(qwen.origin)


async def test_an_asynchronous_stream_yields_the_speech_in_pieces(qwen: SandboxQwen) -> None:
    chunks = [chunk async for chunk in await call_async(stream=True)]

    assert chunks[-1].output.finish_reason == "stop"
    assert is_same_sound(frames_of(audio_of(chunks)), speak(TEXT, "Cherry"))


async def test_the_older_class_may_put_its_options_beside_the_input(qwen: SandboxQwen) -> None:
    def ask() -> Any:
        return SpeechSynthesizer.call(
            model="qwen3-tts-instruct-flash",
            text=TEXT,
            voice="Cherry",
            language_type="English",
            instructions="Speak slowly.",
        )

    answer = await asyncio.to_thread(ask)

    assert answer.status_code == 200
    assert b'"parameters": {"language_type": "English"' in qwen.requests[0].body
    assert (qwen.requests[0].language, qwen.requests[0].style) == ("English", "Speak slowly.")


async def test_the_older_class_streams_a_legacy_model_billed_in_tokens(qwen: SandboxQwen) -> None:
    def ask() -> list[Any]:
        return list(SpeechSynthesizer.call(model="qwen-tts", text=TEXT, voice="Ethan", stream=True))

    chunks = await asyncio.to_thread(ask)

    usage = chunks[-1].usage
    seconds = len(speak(TEXT, "Ethan")) / 48_000
    assert usage["output_tokens"] == max(50, -int(-50 * seconds // 1))
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


ERRORS: list[tuple[dict[str, Any], Fault | None, int, str]] = [
    ({"api_key": "sk-wrong"}, None, 401, "Unknown"),
    ({"model": "no-such-model"}, None, 400, "InvalidParameter"),
    ({"voice": "longanfengyue"}, None, 400, "InvalidParameter"),
    ({"text": "字" * 301}, None, 400, "InvalidParameter"),
    ({}, faults.DATA_INSPECTION, 400, "DataInspectionFailed"),
    ({}, faults.ARREARAGE, 400, "Arrearage"),
    ({}, faults.RATE_QUOTA, 429, "Throttling.RateQuota"),
    ({}, faults.UNPURCHASED, 403, "AccessDenied.Unpurchased"),
    ({}, faults.MODEL_NOT_FOUND, 404, "ModelNotFound"),
    ({}, faults.INTERNAL_ERROR, 500, "InternalError"),
    ({}, faults.HTML_BAD_GATEWAY, 502, "Unknown"),
]


@pytest.mark.parametrize(("changes", "fault", "status", "code"), ERRORS)
async def test_errors_of_a_plain_call_are_understood(
    qwen: SandboxQwen, changes: dict[str, Any], fault: Fault | None, status: int, code: str
) -> None:
    qwen.faults.next(fault)

    answer = await asyncio.to_thread(call, **changes)

    assert (answer.status_code, answer.code, answer.output) == (status, code, None)


@pytest.mark.parametrize(("changes", "fault", "status", "code"), ERRORS)
async def test_errors_of_a_streamed_call_are_understood(
    qwen: SandboxQwen, changes: dict[str, Any], fault: Fault | None, status: int, code: str
) -> None:
    qwen.faults.next(fault)

    (answer,) = await asyncio.to_thread(call_streamed, **changes)

    assert (answer.status_code, answer.code, answer.output) == (status, code, None)


@pytest.mark.parametrize(
    "error", [errors.RATE_QUOTA, errors.DATA_INSPECTION, errors.ALGORITHM_ERROR]
)
async def test_an_error_inside_a_stream_ends_it_as_status_400(
    qwen: SandboxQwen, error: errors.ServiceError
) -> None:
    qwen.faults.always(faults.ErrorEvent(error, at_event=2))

    plain = await asyncio.to_thread(call_streamed)
    asynchronous = [chunk async for chunk in await call_async(stream=True)]

    # The SDK does not read the `:HTTP_STATUS/` comment, so every such error is a 400 to it.
    seen = [[(chunk.status_code, chunk.code) for chunk in each] for each in (plain, asynchronous)]
    assert seen == [[(200, ""), (400, error.code)]] * 2


async def test_a_stream_without_its_end_goes_unnoticed(qwen: SandboxQwen) -> None:
    qwen.faults.next(faults.Cut(faults.Ending.CLEAN))

    chunks = await asyncio.to_thread(call_streamed)

    assert {chunk.output.finish_reason for chunk in chunks} == {"null"}


@pytest.mark.parametrize("fault", [faults.CRLF, faults.COMMENTS, faults.Sliced(997)])
async def test_other_spellings_of_the_stream_are_understood(
    qwen: SandboxQwen, fault: Fault
) -> None:
    qwen.faults.next(fault)

    chunks = await asyncio.to_thread(call_streamed)

    assert is_same_sound(frames_of(audio_of(chunks)), speak(TEXT, "Cherry"))


def first_of(ask: Callable[[], Any]) -> Any:
    return next(iter(ask()))


async def test_a_space_after_the_colon_hides_an_error(qwen: SandboxQwen) -> None:
    qwen.faults.next(faults.ErrorEvent(errors.RATE_QUOTA), None)
    qwen.faults.always(faults.SPACE_AFTER_COLON)

    with pytest.raises(TypeError):
        await asyncio.to_thread(first_of, lambda: call(stream=True))


async def test_a_line_beyond_the_limit_of_aiohttp_breaks_only_the_asynchronous_class(
    qwen: SandboxQwen,
) -> None:
    qwen.faults.always(faults.HugeLine())

    chunks = await asyncio.to_thread(call_streamed)
    with pytest.raises(Exception, match=r"524288|too long"):
        [chunk async for chunk in await call_async(stream=True)]

    assert len(base64.b64decode(chunks[0].output.audio["data"])) >= 450_000
