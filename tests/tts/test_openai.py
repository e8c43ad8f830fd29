"""The client of OpenAI-compatible servers, over real sockets."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import numpy as np
import pytest

from bot.errors import ConfigError, ProviderError, ProviderFault
from bot.models import Language, Origin, Sex, SpeechRequest, Usage, Voice
from bot.sandbox.openai import OpenAIOptions, SandboxOpenAI
from bot.sandbox.openai import faults as openai_faults
from bot.sandbox.qwen import faults
from bot.sandbox.qwen.faults import Ending, Fault
from bot.sandbox.qwen.reply import Reply
from bot.sandbox.qwen.wav import WavShape
from bot.sandbox.speech import speak
from bot.tts._qwen_endpoint import Mode, Timeouts
from bot.tts._sessions import open_api_session
from bot.tts.openai import OpenAIEndpoint, OpenAISynthesizer
from tests.sound import is_same_sound

KEY = "sk-loopback-0000"
TEXT = "The tide comes in at six."
REQUEST = SpeechRequest(TEXT, OpenAIOptions().model, Voice("serena"))
SHORT = Timeouts(first_audio_s=0.4, whole_answer_s=0.4, gap_s=0.4)


@dataclass
class Client:
    """Speaks with one server and keeps what it was told of its counting."""

    server: SandboxOpenAI
    http: aiohttp.ClientSession
    usages: list[Usage] = field(default_factory=list)

    def synthesizer(self, **changes: Any) -> OpenAISynthesizer:
        endpoint = OpenAIEndpoint(**{"base_url": self.server.base_url, "api_key": KEY} | changes)
        return OpenAISynthesizer(self.http, endpoint, on_usage=self.usages.append)

    async def hear(self, request: SpeechRequest = REQUEST, **changes: Any) -> bytes:
        async with aclosing(self.synthesizer(**changes).stream(request)) as pieces:
            return b"".join([pcm async for pcm in pieces])

    async def fail(self, request: SpeechRequest = REQUEST, **changes: Any) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await self.hear(request, **changes)
        error = caught.value
        assert error.__cause__ is None
        shown = "".join(traceback.format_exception(error))
        assert not [secret for secret in (KEY, TEXT, "boom") if secret in shown]
        return error


def asks_for(**changes: Any) -> dict[str, Any]:
    return {"model": REQUEST.model, "input": TEXT, "voice": "serena"} | changes


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_api_session() as http:
        yield http


@pytest.fixture
async def client(http: aiohttp.ClientSession) -> AsyncIterator[Client]:
    async with SandboxOpenAI(OpenAIOptions(key=KEY)) as server:
        yield Client(server, http)


STREAMING = {"response_format": "pcm", "stream": True, "stream_format": "audio"}


@pytest.mark.parametrize(
    ("request_", "mode", "body"),
    [
        (REQUEST, Mode.STREAMING, asks_for(**STREAMING)),
        (REQUEST, Mode.PLAIN, asks_for(response_format="wav")),
        (
            replace(REQUEST, language=Language.KOREAN, style=" sadly ", speed=2.0, volume=0.1),
            Mode.PLAIN,
            asks_for(language="Korean", instructions="sadly", response_format="wav"),
        ),
        (
            replace(REQUEST, text='  Hi"}]\n\0 ', origin=Origin(1, 2)),
            Mode.PLAIN,
            asks_for(input='Hi"}]\n\0', response_format="wav"),
        ),
    ],
)
async def test_what_is_asked_for(
    client: Client, request_: SpeechRequest, mode: Mode, body: dict[str, Any]
) -> None:
    await client.hear(request_, mode=mode)

    (record,) = client.server.requests
    assert json.loads(record.body) == body
    assert record.path == "/v1/audio/speech"
    assert record.headers["Authorization"] == f"Bearer {KEY}"
    assert record.headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in record.headers


async def test_a_server_without_keys_is_sent_none(http: aiohttp.ClientSession) -> None:
    async with SandboxOpenAI() as server:
        heard = await Client(server, http).hear(api_key=None)

    assert is_same_sound(heard, speak(TEXT, "serena"))
    assert "Authorization" not in server.requests[0].headers


@pytest.mark.parametrize("base", ["{}", "{}/"])
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("is_old", [False, True])
async def test_speech_is_heard_bit_by_bit_as_it_was_made(
    http: aiohttp.ClientSession, base: str, mode: Mode, *, is_old: bool
) -> None:
    async with SandboxOpenAI(OpenAIOptions(is_old=is_old)) as server:
        heard = await Client(server, http).hear(mode=mode, base_url=base.format(server.base_url))

    assert is_same_sound(heard, speak(TEXT, "serena"))


@pytest.fixture
async def of_events(http: aiohttp.ClientSession) -> AsyncIterator[Client]:
    async with SandboxOpenAI(OpenAIOptions(key=KEY, always_events=True)) as server:
        yield Client(server, http)


@pytest.mark.parametrize("fault", [None, faults.Sliced(7), faults.Sliced(10_000)])
async def test_events_are_heard_whatever_their_slicing(
    of_events: Client, fault: Fault | None
) -> None:
    of_events.server.faults.next(fault)

    assert is_same_sound(await of_events.hear(), speak(TEXT, "serena"))
    (usage,) = of_events.usages
    assert usage.model == REQUEST.model
    assert usage.request_id == of_events.server.requests[0].request_id
    assert usage.output_tokens


async def test_an_error_event_after_some_speech_is_an_error(of_events: Client) -> None:
    of_events.server.faults.next(openai_faults.ErrorAfter(2))
    error = await of_events.fail()

    assert (error.fault, error.status) == (ProviderFault.UNAVAILABLE, 500)


async def test_events_without_their_end_are_truncated(of_events: Client) -> None:
    of_events.server.faults.next(openai_faults.CutAfter(2, Ending.CLEAN))

    assert (await of_events.fail()).fault is ProviderFault.TRUNCATED


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("said", ["header of the file", "content type", "setting"])
async def test_another_rate_becomes_ours(
    http: aiohttp.ClientSession, rate_hz: int, said: str
) -> None:
    options = OpenAIOptions(rate_hz=rate_hz, states_rate=said == "content type")
    mode = Mode.PLAIN if said == "header of the file" else Mode.STREAMING
    setting = rate_hz if said == "setting" else 24_000
    async with SandboxOpenAI(options) as server:
        heard = await Client(server, http).hear(mode=mode, bare_rate_hz=setting)

    # The speech is the same but for what the lower rate cannot hold.
    wanted = np.frombuffer(speak(TEXT, "serena"), "<i2").astype(float)
    got = np.frombuffer(heard, "<i2").astype(float)
    assert abs(len(got) - len(wanted)) < 0.01 * 24_000
    size = len(wanted) + len(got)
    product = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(wanted, size)), size)
    assert product.max() / (np.linalg.norm(got) * np.linalg.norm(wanted)) > 0.9


async def test_the_first_sound_is_heard_while_the_rest_is_made(
    http: aiohttp.ClientSession,
) -> None:
    gate = asyncio.Event()

    class Gate(Fault):
        async def wire(self, chunks: AsyncIterator[bytes]) -> Any:
            async for chunk in chunks:
                yield chunk
                await gate.wait()

    async with SandboxOpenAI() as server:
        server.faults.next(Gate())
        client = Client(server, http)
        async with aclosing(client.synthesizer(api_key=None).stream(REQUEST)) as pieces:
            first = await anext(pieces)
            gate.set()
            rest = b"".join([pcm async for pcm in pieces])

    assert is_same_sound(first + rest, speak(TEXT, "serena"))


BAD_KEY = ProviderFault.BAD_KEY
INVALID = ProviderFault.INVALID_REQUEST
DOWN = ProviderFault.UNAVAILABLE
PROTOCOL = ProviderFault.PROTOCOL
TRUNCATED = ProviderFault.TRUNCATED
THROTTLED = ProviderFault.THROTTLED
CONTENT = ProviderFault.REFUSED_CONTENT
CREDIT = ProviderFault.OUT_OF_CREDIT


def says(status: int, **error: Any) -> Fault:
    body = json.dumps({"error": {"message": f"boom {TEXT}", "param": None} | error}).encode()
    return faults.Answer(Reply(status, body, "application/json"))


def sound(type_: str, body: bytes = bytes(4_800)) -> Fault:
    return faults.Answer(Reply(200, body, type_))


@pytest.mark.parametrize(
    ("fault", "kind", "retryable", "status"),
    [
        (openai_faults.WRONG_KEY, BAD_KEY, False, 401),
        (says(401, code="invalid_api_key"), BAD_KEY, False, 401),
        (says(403, type="permission_error"), BAD_KEY, False, 403),
        (openai_faults.NO_SUCH_MODEL, INVALID, False, 404),
        (says(404, code="model_not_found"), INVALID, False, 404),
        (
            faults.Answer(Reply(404, b'{"detail":"Not Found"}', "application/json")),
            INVALID,
            False,
            404,
        ),
        (says(400, type="BadRequestError", code=400), INVALID, False, 400),
        (says(400, code="content_policy_violation"), CONTENT, False, 400),
        (faults.Answer(Reply(422, b'{"detail":[]}', "application/json")), INVALID, False, 422),
        (openai_faults.BUSY, THROTTLED, True, 429),
        (openai_faults.NO_CREDIT, CREDIT, False, 429),
        (openai_faults.BROKEN, DOWN, True, 500),
        (openai_faults.BROKEN_UNDER_200, DOWN, True, 500),
        (faults.HTML_BAD_GATEWAY, DOWN, True, 502),
        (faults.EMPTY_GATEWAY_TIMEOUT, DOWN, True, 504),
        (says(503, type="overloaded"), DOWN, True, 503),
        (faults.NoAnswer(), DOWN, True, None),
        (faults.NoAnswer(is_reset=True), DOWN, True, None),
        (faults.CAPTIVE_PORTAL, PROTOCOL, True, None),
        (faults.Answer(faults.redirect("http://127.0.0.1/")), PROTOCOL, True, None),
        (faults.Answer(Reply(204)), PROTOCOL, True, None),
        (sound("application/json", b"{}"), PROTOCOL, True, None),
        (sound("application/json", b"[]"), PROTOCOL, True, None),
        (sound("audio/mpeg"), PROTOCOL, True, None),
        (sound("text/plain"), PROTOCOL, True, None),
        (sound("audio/pcm", b""), PROTOCOL, True, None),
        (sound("audio/pcm", b"ID3" + bytes(100)), PROTOCOL, True, None),
        (sound("audio/pcm", b'{"error":"boom no sound"}'), PROTOCOL, True, None),
        (sound("audio/wav", b"<html>boom</html>" + bytes(9)), PROTOCOL, True, None),
        (sound("audio/wav", WavShape(is_float=True).header()), PROTOCOL, True, None),
        (sound("audio/wav", WavShape(rate_hz=0).header()), PROTOCOL, True, None),
        (sound("audio/wav", WavShape(channels=6).header()), PROTOCOL, True, None),
        (sound("audio/wav", WavShape().header()[:20]), PROTOCOL, True, None),
        (sound("text/event-stream", b""), TRUNCATED, True, None),
        (sound("text/event-stream", b"data: [DONE]\n\n"), PROTOCOL, True, None),
        (
            sound("text/event-stream", b'data: {"type":"speech.audio.done"}\n\n'),
            PROTOCOL,
            True,
            None,
        ),
        (sound("text/event-stream", b"data: {boom\n\n"), PROTOCOL, True, None),
        (
            sound("text/event-stream", b'data: {"type":"speech.audio.delta"}\n\n'),
            PROTOCOL,
            True,
            None,
        ),
        (
            sound("text/event-stream", b'data: {"type":"speech.audio.delta","audio":"!!!!"}\n\n'),
            PROTOCOL,
            True,
            None,
        ),
        (
            sound("text/event-stream", b'data: {"type":"error","error":"boom"}\n\n'),
            PROTOCOL,
            True,
            None,
        ),
        (faults.Answer(faults.endless("audio/pcm", prefix=b"{" * 12)), PROTOCOL, True, None),
        (faults.Answer(faults.endless("application/json")), PROTOCOL, True, None),
        (
            faults.Answer(faults.gzip_bomb(50, content_type="application/json")),
            PROTOCOL,
            True,
            None,
        ),
    ],
)
async def test_every_refusal_has_its_fault(
    client: Client, fault: Fault, kind: ProviderFault, *, retryable: bool, status: int | None
) -> None:
    client.server.faults.next(fault)
    error = await client.fail()

    assert (error.fault, error.retryable) == (kind, retryable)
    assert status in {error.status, None}
    assert len(client.server.requests) == 1


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RST])
@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_an_answer_that_breaks_off_is_truncated(
    client: Client, ending: Ending, pieces: int
) -> None:
    client.server.faults.next(openai_faults.CutAfter(pieces, ending))

    assert (await client.fail()).fault is TRUNCATED


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_server_that_does_not_begin_is_given_up(client: Client, mode: Mode) -> None:
    client.server.faults.next(faults.FirstByteLate(60))
    error = await client.fail(timeouts=SHORT, mode=mode)

    assert (error.fault, error.retryable) == (ProviderFault.TIMEOUT, True)


async def test_speech_that_stalls_is_given_up(client: Client) -> None:
    client.server.faults.next(openai_faults.StallAfter(1))

    assert (await client.fail(timeouts=SHORT)).fault is TRUNCATED


async def test_a_refusal_says_how_long_to_wait_and_what_to_quote(client: Client) -> None:
    client.server.faults.next(openai_faults.BUSY)
    error = await client.fail()

    assert error.retry_after_s == 7
    assert error.request_id == client.server.requests[0].request_id


async def test_a_model_that_never_stops_is_cut(client: Client) -> None:
    client.server.faults.next(faults.Runaway())

    assert len(await client.hear()) == 30 * 48_000


async def test_leaving_early_ends_the_request(client: Client) -> None:
    client.server.faults.next(openai_faults.StallAfter(1))
    stream = client.synthesizer().stream(REQUEST)
    await anext(stream)
    await stream.aclose()

    (record,) = await client.server.wait_for_answers(1)
    assert record.is_client_gone


async def test_nothing_to_say_is_never_sent(client: Client) -> None:
    for text in (" ", "\ud800"):
        error = await client.fail(replace(REQUEST, text=text))
        assert (error.fault, error.retryable) == (INVALID, False)

    assert client.server.requests == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"base_url": "server:8091"}, "base URL"),
        ({"base_url": "http://user:pass@server/v1"}, "base URL"),
        ({"base_url": "http://server/v1", "api_key": "two words"}, "API key"),
    ],
)
def test_an_endpoint_that_cannot_work_is_refused(settings: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        OpenAIEndpoint(**settings)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(OpenAIEndpoint("http://server/v1", KEY))


async def test_the_voices_of_the_server_are_listed(http: aiohttp.ClientSession) -> None:
    options = OpenAIOptions(uploaded_voices=("Grandma", "vivian"))
    async with SandboxOpenAI(options) as server:
        voices = await Client(server, http).synthesizer(api_key=None).voices()

    assert [voice.id for voice in voices] == [*options.voices, "Grandma"]
    sexes = {voice.id: voice.sex for voice in voices}
    assert sexes["vivian"] is sexes["ono_anna"] is Sex.FEMALE
    assert sexes["uncle_fu"] is sexes["ryan"] is Sex.MALE
    assert sexes["Grandma"] is None
    assert next(voice.name for voice in voices if voice.id == "ono_anna") == "ono anna"


async def test_a_server_without_a_list_has_no_voices(http: aiohttp.ClientSession) -> None:
    async with SandboxOpenAI(OpenAIOptions(lists_voices=False)) as server:
        assert await Client(server, http).synthesizer(api_key=None).voices() == ()


async def test_a_list_is_not_shown_to_everybody(client: Client) -> None:
    with pytest.raises(ProviderError) as caught:
        await client.synthesizer(api_key="sk-wrong").voices()

    assert caught.value.fault is BAD_KEY
