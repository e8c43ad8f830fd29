"""OpenAI's SDK, unmodified, takes the sandbox for a speech server."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import av
import openai
import pytest

from bot.models import AudioFormat
from bot.sandbox.openai import OpenAIOptions, SandboxOpenAI
from bot.sandbox.openai import faults as openai_faults
from bot.sandbox.qwen.answers import text_tokens
from bot.sandbox.qwen.faults import Fault
from bot.sandbox.speech import speak
from tests.sound import is_same_sound

TEXT = "The tide comes in at six."
KEY = "sk-loopback-0000"


@pytest.fixture
async def server() -> AsyncIterator[SandboxOpenAI]:
    async with SandboxOpenAI(OpenAIOptions(key=KEY, uploaded_voices=("Grandma",))) as server:
        yield server


@pytest.fixture
async def client(server: SandboxOpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as client:
        yield client


def call(client: openai.AsyncOpenAI, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        "model": OpenAIOptions().model,
        "input": TEXT,
        "voice": "serena",
    } | changes
    return client.audio.speech.with_streaming_response.create(**arguments)


async def body_of(client: openai.AsyncOpenAI, **changes: Any) -> tuple[str, bytes]:
    async with call(client, **changes) as response:
        return response.headers["content-type"], await response.read()


def samples_of(wav: bytes) -> bytes:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        frames: bytes = file.readframes(file.getnframes())
        return frames


def seconds_of(pcm: bytes) -> float:
    return len(pcm) / AudioFormat().bytes_per_second


def decoded(file: bytes) -> bytes:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=24000)
    with av.open(io.BytesIO(file)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


async def test_speech_comes_whole_as_wav(client: openai.AsyncOpenAI) -> None:
    type_, body = await body_of(client)

    assert type_ == "audio/wav"
    assert is_same_sound(samples_of(body), speak(TEXT, "serena"))


@pytest.mark.parametrize(
    ("format_", "kind", "head"),
    [
        ("mp3", "audio/mpeg", b"ID3"),
        ("flac", "audio/flac", b"fLaC"),
        ("opus", "audio/ogg", b"OggS"),
    ],
)
async def test_speech_comes_whole_in_other_files(
    client: openai.AsyncOpenAI, format_: str, kind: str, head: bytes
) -> None:
    type_, body = await body_of(client, response_format=format_)

    assert (type_, body[: len(head)]) == (kind, head)
    assert seconds_of(decoded(body)) == pytest.approx(seconds_of(speak(TEXT, "serena")), abs=0.1)


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 4.0])
async def test_speech_comes_as_fast_as_it_is_asked_for(
    client: openai.AsyncOpenAI, speed: float
) -> None:
    _, body = await body_of(client, speed=speed, response_format="pcm")

    usual_s = seconds_of(speak(TEXT, "serena"))
    assert seconds_of(body) == pytest.approx(usual_s / speed, rel=0.1)


async def test_whole_speech_names_its_cost_in_headers(client: openai.AsyncOpenAI) -> None:
    async with call(client, instructions="Speak slowly", speed=2) as response:
        costs = {
            name.removeprefix("x-vllm-omni-"): int(value)
            for name, value in response.headers.items()
            if name.startswith("x-vllm-omni-")
        }

    spoken = seconds_of(speak(TEXT, "serena", style="Speak slowly"))
    tokens = text_tokens(TEXT + "Speak slowly")
    assert costs == {
        "input-tokens": tokens,
        "input-text-tokens": tokens,
        "input-audio-tokens": 0,
        "output-tokens": round(12.5 * spoken),
        "total-tokens": tokens + round(12.5 * spoken),
    }


async def test_speech_comes_in_pieces_as_bare_samples(client: openai.AsyncOpenAI) -> None:
    async with call(
        client, response_format="pcm", stream_format="audio", extra_body={"stream": True}
    ) as response:
        pieces = [piece async for piece in response.iter_bytes(chunk_size=1000)]
        assert response.headers["content-type"] == "audio/pcm"
        assert "content-length" not in response.headers

    assert is_same_sound(b"".join(pieces), speak(TEXT, "serena"))


async def test_speech_comes_as_events(client: openai.AsyncOpenAI) -> None:
    async with call(client, response_format="pcm", stream_format="sse") as response:
        lines = [line async for line in response.iter_lines()]
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data")]

    audio = b"".join(base64.b64decode(event.get("audio", "")) for event in events)
    assert is_same_sound(audio, speak(TEXT, "serena"))
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"
    used = events[-1]["usage"]
    assert used["output_tokens"] == round(12.5 * seconds_of(audio))
    assert used["input_tokens"] == used["input_token_details"]["text_tokens"] > 0
    assert used["input_token_details"]["audio_tokens"] == 0
    assert used["total_tokens"] == used["input_tokens"] + used["output_tokens"]


async def test_language_and_instructions_are_heard(
    client: openai.AsyncOpenAI, server: SandboxOpenAI
) -> None:
    _, body = await body_of(
        client,
        response_format="pcm",
        instructions="Speak slowly",
        extra_body={"language": "German"},
    )

    assert is_same_sound(body, speak(TEXT, "serena", "German", "Speak slowly"))
    assert (server.requests[0].language, server.requests[0].style) == ("German", "Speak slowly")


async def test_a_voice_is_known_in_any_case_and_an_uploaded_one_too(
    client: openai.AsyncOpenAI, server: SandboxOpenAI
) -> None:
    for voice in ("Ono_Anna", "Grandma"):
        await body_of(client, voice=voice)

    assert [record.voice for record in server.requests] == ["ono_anna", "Grandma"]


async def test_the_model_is_listed(client: openai.AsyncOpenAI) -> None:
    models = await client.models.list()

    assert [model.id for model in models.data] == [OpenAIOptions().model]


@pytest.mark.parametrize(
    ("changes", "kind", "status"),
    [
        ({"model": "another"}, openai.NotFoundError, 404),
        ({"input": " "}, openai.BadRequestError, 400),
        ({"voice": "nobody"}, openai.BadRequestError, 400),
        ({"response_format": "aac"}, openai.BadRequestError, 400),
        ({"stream_format": "smoke"}, openai.BadRequestError, 400),
        ({"stream_format": "audio", "response_format": "mp3"}, openai.BadRequestError, 400),
        ({"stream_format": "sse", "response_format": "opus"}, openai.BadRequestError, 400),
        ({"speed": 0.2}, openai.BadRequestError, 400),
        ({"speed": 9}, openai.BadRequestError, 400),
        ({"speed": "x"}, openai.BadRequestError, 400),
        ({"speed": True}, openai.BadRequestError, 400),
        ({"extra_body": {"task_type": "VoiceDesign"}}, openai.BadRequestError, 400),
        ({"extra_body": {"task_type": "Base"}}, openai.BadRequestError, 400),
        ({"extra_body": {"task_type": "Dance"}}, openai.BadRequestError, 400),
        ({"extra_body": {"ref_audio": "data:audio/wav;base64,AA"}}, openai.BadRequestError, 400),
        ({"stream_format": "audio", "speed": 2.0}, openai.BadRequestError, 400),
        ({"extra_body": {"language": "Klingon"}}, openai.BadRequestError, 400),
        ({"extra_body": {"language": ["German"]}}, openai.BadRequestError, 400),
        ({"extra_body": {"instructions": {"mood": "merry"}}}, openai.BadRequestError, 400),
        ({"extra_body": {"instructions": []}}, openai.BadRequestError, 400),
        ({"extra_body": {"voice": {"id": "serena"}}}, openai.BadRequestError, 400),
        ({"extra_body": {"model": 5}}, openai.BadRequestError, 400),
        ({"extra_body": {"stream": "yes"}}, openai.BadRequestError, 400),
    ],
)
async def test_what_the_server_does_not_take_is_refused(
    client: openai.AsyncOpenAI, changes: dict[str, Any], kind: type[Exception], status: int
) -> None:
    with pytest.raises(kind) as caught:
        await body_of(client, **changes)

    assert isinstance(caught.value, openai.APIStatusError)
    assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (openai_faults.WRONG_KEY, openai.AuthenticationError),
        (openai_faults.NO_SUCH_MODEL, openai.NotFoundError),
        (openai_faults.BUSY, openai.RateLimitError),
        (openai_faults.NO_CREDIT, openai.RateLimitError),
        (openai_faults.BROKEN, openai.InternalServerError),
    ],
)
async def test_every_fault_is_what_the_sdk_calls_it(
    client: openai.AsyncOpenAI, server: SandboxOpenAI, fault: Fault, kind: type[Exception]
) -> None:
    server.faults.next(fault)
    with pytest.raises(kind):
        await body_of(client, response_format="pcm", stream_format="audio")

    assert (await body_of(client))[0] == "audio/wav"


async def test_another_key_is_refused(client: openai.AsyncOpenAI, server: SandboxOpenAI) -> None:
    server.key = "sk-new"
    with pytest.raises(openai.AuthenticationError):
        await body_of(client)
    with pytest.raises(openai.AuthenticationError):
        await client.models.list()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"input": ' + b"[" * 900 + b"]" * 900 + b"}", 400),
        (b'{"input": "Ahoy", "speed": 1%b}' % (b"0" * 400), 400),
        (b'{"input": "Ahoy", "speed": NaN}', 400),
        (rb'{"input": "Ahoy", "voice": "\ud800"}', 400),
        (rb'{"input": "Ahoy", "language": "\ud800"}', 400),
        (rb'{"input": "Ahoy", "model": "\ud800"}', 404),
        (rb'{"input": "Ahoy \ud800", "instructions": "\ud800"}', 200),
        (b'{"input": "Ahoy", "voice": null, "instructions": null, "language": null}', 200),
    ],
)
async def test_no_body_is_too_strange_for_an_answer(
    server: SandboxOpenAI, body: bytes, status: int
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{server.base_url}/audio/speech"
    async with aiohttp.request("POST", url, data=body, headers=headers) as response:
        assert (response.status, bool(await response.read())) == (status, True)
