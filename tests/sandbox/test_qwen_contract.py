"""The loopback Qwen-TTS accepts, refuses and bills as the documentation says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bot.sandbox.qwen import Counting, QwenOptions, Throttle, errors
from bot.sandbox.qwen.answers import text_tokens, usage
from bot.sandbox.qwen.errors import RefusalError
from bot.sandbox.qwen.throttle import RateLimiter
from bot.sandbox.speech import speak
from bot.tts.catalog import MODELS
from bot.tts.offered import offered
from tests.sandbox._qwen_client import TEXT, Client, request_for, served
from tests.sound import is_same_sound

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# The sample of the Chinese reference page: 103 characters, 92 of them Han.
SAMPLE = "字" * 92 + "T" * 11


async def test_a_plain_answer_has_the_bytes_of_the_service() -> None:
    async with served() as client:
        answer = await client.say("你好 hi")

    request_id = answer.headers["X-Request-ID"]
    expected = (
        rf'{{"output":{{"audio":{{"data":"","expires_at":(\d+),"id":"audio_{request_id}",'
        rf'"url":"{client.qwen.origin}/1d/ab/\d{{8}}/[0-9a-f]{{8}}/{UUID}\.wav'
        r"\?Expires=\1&OSSAccessKeyId=LTAI\w+&Signature=[\w%]+%3D\"}"
        rf',"finish_reason":"stop"}},"usage":{{"characters":7}},"request_id":"{request_id}"}}'
    )
    assert re.fullmatch(UUID, request_id)
    assert re.fullmatch(expected, answer.body.decode())


@pytest.mark.parametrize(
    ("stream", "content_type", "is_finished"),
    [(False, "application/json", "true"), (True, "text/event-stream;charset=UTF-8", "false")],
)
async def test_answers_carry_the_headers_of_the_gateway(
    stream: bool, content_type: str, is_finished: str
) -> None:
    async with served() as client:
        headers = (await client.say(stream=stream)).headers

    assert headers["Content-Type"] == content_type
    assert headers["x-dashscope-finished"] == is_finished
    assert (headers["x-dashscope-call-gateway"], headers["server"]) == ("true", "istio-envoy")
    assert re.fullmatch(r"[0-9a-f]{32}", headers["eagleeye-traceid"])
    assert int(headers["resp-start-time"]) - int(headers["req-arrive-time"]) == int(
        headers["req-cost-time"]
    )
    assert headers["Transfer-Encoding"] == "chunked"


def styled(style: str, model: str = "qwen3-tts-instruct-flash") -> dict[str, Any]:
    wanted = {"text": TEXT, "voice": "Cherry", "instructions": style}
    return {"model": model, "input": wanted}


NO_INPUT = {"model": "qwen3-tts-flash"}
REFUSED: list[tuple[Any, errors.ServiceError]] = [
    (b'{"model":', errors.ILLEGAL_INPUT),
    (b"[1]", errors.ILLEGAL_INPUT),
    (b"\xff", errors.ILLEGAL_INPUT),
    ({}, errors.EMPTY_MODEL),
    ({"model": "", "input": {}}, errors.EMPTY_MODEL),
    (NO_INPUT, errors.EMPTY_INPUT),
    (NO_INPUT | {"input": "text"}, errors.EMPTY_INPUT),
    (request_for(model="qwen3-tts-flash-realtime"), errors.WRONG_URL),
    (request_for(model="qwen-audio-3.0-tts-flash"), errors.WRONG_URL),
    ({"model": ["qwen3-tts-flash"], "input": {}}, errors.WRONG_URL),
    (NO_INPUT | {"input": {"voice": "Cherry"}}, errors.MISSING_PARAMETER),
    (NO_INPUT | {"input": {"text": TEXT}}, errors.MISSING_PARAMETER),
    (request_for(text=""), errors.MISSING_PARAMETER),
    (request_for(voice=""), errors.MISSING_PARAMETER),
    (NO_INPUT | {"input": {"text": 7, "voice": "Cherry"}}, errors.MISSING_PARAMETER),
    (request_for(voice="longanfengyue"), errors.invalid_voice("longanfengyue")),
    (request_for(voice="cherry"), errors.invalid_voice("cherry")),
    (
        request_for(voice="Jennifer", model="qwen3-tts-instruct-flash"),
        errors.invalid_voice("Jennifer"),
    ),
    (request_for(voice="Momo", model="qwen-tts"), errors.invalid_voice("Momo")),
    (request_for("a" * 601), errors.input_too_long(600)),
    (request_for("字" * 301), errors.input_too_long(600)),
    (request_for("a" * 1281, model="qwen-tts"), errors.input_too_long(512)),
    (styled("slowly " * 572), errors.input_too_long(1600)),
    (styled("慢" * 2001), errors.input_too_long(1600)),
]


@pytest.mark.parametrize(
    ("body", "counting"),
    [
        (styled("slowly " * 571), Counting.WEIGHTED),
        (styled("slowly " * 5000), Counting.NONE),
        (styled("slowly " * 5000, model="qwen3-tts-flash"), Counting.WEIGHTED),
    ],
)
async def test_a_style_may_be_long_where_nobody_counts_it(
    body: dict[str, Any], counting: Counting
) -> None:
    async with served(QwenOptions(counting=counting, throttle=None)) as client:
        assert (await client.post(body)).status == 200


@pytest.mark.parametrize(("body", "error"), REFUSED)
async def test_an_invalid_request_is_refused_with_its_status(
    body: Any, error: errors.ServiceError
) -> None:
    async with served() as client:
        answer = await client.post(body)

    assert answer.status == error.status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "code": error.code,
        "message": error.message,
        "request_id": answer.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(("body", "error"), REFUSED)
async def test_an_invalid_request_for_a_stream_is_refused_by_an_event_under_200(
    body: Any, error: errors.ServiceError
) -> None:
    async with served() as client:
        answer = await client.post(body, stream=True)

    message = {
        "code": error.code,
        "message": error.message,
        "request_id": answer.headers["X-Request-ID"],
    }
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream;charset=UTF-8"
    frame = f"id:1\nevent:error\n:HTTP_STATUS/{error.status}\ndata:{data}\n\n"
    assert answer.body.decode() == frame


@pytest.mark.parametrize("stream", [False, True])
async def test_half_a_character_in_a_name_is_refused_like_any_other(stream: bool) -> None:
    async with served() as client:
        answer = await client.post(request_for(voice="\ud800"), stream=stream)

    assert b'"message":"Invalid voice specified: ?"' in answer.body
    assert answer.status == (200 if stream else 400)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ({}, "No API-key provided."),
        ({"Authorization": "Bearer sk-other"}, "Invalid API-key provided."),
        ({"Authorization": "Basic sk-sandbox-0000"}, "Invalid API-key provided."),
    ],
)
async def test_a_wrong_key_is_a_401_without_content_type_in_both_modes(
    authorization: dict[str, str], message: str, stream: bool
) -> None:
    async with served() as client:
        headers = client.headers(stream=stream)
        del headers["Authorization"]
        answer = await client.post(request_for(), headers=headers | authorization)

    assert answer.status == 401
    assert "Content-Type" not in answer.headers
    assert (answer.json["code"], answer.json["message"]) == ("InvalidApiKey", message)


async def test_a_key_can_be_exchanged_while_the_server_runs() -> None:
    async with served() as client:
        before = client.headers()
        client.qwen.key = "sk-new"
        old, new = await client.post(request_for(), headers=before), await client.say()

    assert (old.status, new.status) == (401, 200)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/services/aigc/multimodal-generation/generation", 405, "MethodNotAllowed"),
        ("PUT", "/api/v1/services/aigc/multimodal-generation/generation", 405, "MethodNotAllowed"),
        ("POST", "/api/v1/services/aigc/multimodal-generation", 404, "NotFound"),
        ("POST", "/compatible-mode/v1/audio/speech", 404, "NotFound"),
        ("GET", "/", 404, "NotFound"),
        ("POST", "/api/v1/services/audio/tts/SpeechSynthesizer", 400, "InvalidParameter"),
    ],
)
async def test_other_routes_answer_with_a_json_error(
    method: str, path: str, status: int, code: str
) -> None:
    async with served() as client:
        answer = await client.get(
            client.qwen.origin + path, method=method, Authorization=f"Bearer {client.qwen.key}"
        )

    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"


async def test_another_method_is_refused_with_the_allowed_one_and_head_without_a_body() -> None:
    async with served() as client:
        refused = [
            await client.get(client.url, method=method, **{"Accept-Encoding": "gzip"})
            for method in ("HEAD", "OPTIONS", "HEAD")
        ]

    assert [answer.status for answer in refused] == [405] * 3
    assert {answer.headers["Allow"] for answer in refused} == {"POST"}
    assert [bool(answer.body) for answer in refused] == [False, True, False]


async def test_a_body_beyond_16_mib_is_too_large() -> None:
    async with served() as client:
        answer = await client.post(b" " * (16 * 1024 * 1024 + 1))

    assert (answer.status, answer.json["code"]) == (413, "BadRequest.TooLarge")


async def test_the_asynchronous_task_mode_is_not_offered() -> None:
    async with served() as client:
        headers = client.headers() | {"X-DashScope-Async": "enable"}
        answer = await client.post(request_for(), headers=headers)

    assert answer.status == 403
    assert answer.json["message"] == "Current user api does not support asynchronous calls."


async def test_a_model_without_access_is_a_403_even_for_a_stream() -> None:
    options = QwenOptions(unpurchased_models=frozenset({"qwen3-tts-flash"}))
    async with served(options) as client:
        answer = await client.say(stream=True)

    assert (answer.status, answer.json["code"]) == (403, "AccessDenied.Unpurchased")


async def test_unknown_and_foreign_fields_are_ignored() -> None:
    body = request_for(stream=True, parameters={"volume": 9, "rate": 2}, extra=[1])
    body["input"] |= {"format": "mp3", "instruct": "x", "messages": []}
    async with served() as client:
        answer = await client.post(body)

    assert answer.status == 200


@pytest.mark.parametrize("place", ["input", "parameters"])
async def test_options_count_in_both_places(place: str) -> None:
    body = request_for("你好", model="qwen3-tts-instruct-flash", parameters={})
    body[place] |= {"language_type": "Chinese", "instructions": "请慢慢说"}
    async with served(QwenOptions(has_wav_header=False)) as client:
        answer = await client.post(body, stream=True)

    assert is_same_sound(b"".join(answer.pieces), speak("你好", "Cherry", "Chinese", "请慢慢说"))
    assert b"".join(answer.pieces) != speak("你好", "Cherry", "Chinese")


async def test_instructions_do_nothing_on_other_models() -> None:
    body = request_for("你好", parameters={"instructions": "请慢慢说"})
    async with served(QwenOptions(has_wav_header=False)) as client:
        answer = await client.post(body, stream=True)

    assert is_same_sound(b"".join(answer.pieces), speak("你好", "Cherry"))


@pytest.mark.parametrize(
    ("model", "count"),
    [
        ("qwen3-tts-instruct-flash", 24),
        ("qwen3-tts-flash", 48),
        ("qwen3-tts-flash-2025-09-18", 17),
        ("qwen-tts", 4),
        ("qwen-tts-latest", 7),
    ],
)
async def test_every_voice_of_a_model_speaks(model: str, count: int) -> None:
    async with served() as client:
        statuses = [
            (await client.say("a", voice=voice.id, model=model)).status
            for voice in offered().voices_of(model)
        ]

    assert statuses == [200] * count


@pytest.mark.parametrize(
    ("text", "characters"),
    [(SAMPLE, 195), ("，。！", 3), ("カナ かな", 5), ("한국어", 3), ("😀\n", 2), ("漢字", 4)],
)
def test_a_han_character_is_billed_twice(text: str, characters: int) -> None:
    assert usage(MODELS["qwen3-tts-flash"], text, 0) == {"characters": characters}


@pytest.mark.parametrize(
    ("seconds", "tokens"), [(0.5, 50), (1.0, 50), (1.001, 51), (20.9, 1045), (3, 150)]
)
def test_a_legacy_model_bills_tokens_of_text_and_audio(seconds: float, tokens: int) -> None:
    pcm_bytes = round(seconds * 24_000) * 2
    text = text_tokens(SAMPLE)

    assert usage(MODELS["qwen-tts"], SAMPLE, pcm_bytes) == {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text},
        "output_tokens": tokens,
        "output_tokens_details": {"audio_tokens": tokens, "text_tokens": 0},
        "total_tokens": text + tokens,
    }


@pytest.mark.parametrize(
    ("counting", "text", "status"),
    [
        (Counting.WEIGHTED, "字" * 300, 200),
        (Counting.CHARACTERS, "字" * 301, 200),
        (Counting.CHARACTERS, "字" * 601, 400),
        (Counting.UTF8_BYTES, "字" * 200, 200),
        (Counting.UTF8_BYTES, "字" * 201, 400),
        (Counting.NONE, "字" * 601, 200),
    ],
)
async def test_the_way_of_counting_is_a_setting(counting: Counting, text: str, status: int) -> None:
    async with served(QwenOptions(counting=counting)) as client:
        answer = await client.say(text)

    assert answer.status == status


async def enrol(client: Client, wanted: dict[str, Any], model: str) -> Any:
    url = f"{client.qwen.base_url}/services/audio/tts/customization"
    body = {"model": model, "input": wanted}
    async with client.session.post(url, json=body, headers=client.headers()) as response:
        return json.loads(await response.read())


CLONE = (
    "qwen-voice-enrollment",
    "qwen3-tts-vc-2026-01-22",
    {"audio": {"data": "data:audio/mpeg;base64,AA"}},
)
DESIGN = ("qwen-voice-design", "qwen3-tts-vd-2026-01-26", {"voice_prompt": "an old sailor"})


@pytest.mark.parametrize(("kind", "target", "source"), [CLONE, DESIGN])
async def test_a_voice_of_ones_own_lives_from_enrolment_to_deletion(
    kind: str, target: str, source: dict[str, Any]
) -> None:
    creation = {"action": "create", "target_model": target, "preferred_name": "guanyu"} | source
    async with served() as client:
        voice = (await enrol(client, creation, kind))["output"]["voice"]
        listed = await enrol(client, {"action": "list", "page_size": 5, "page_index": 0}, kind)
        spoken = await client.say(voice=voice, model=target)
        elsewhere = await client.say(voice=voice)
        await enrol(client, {"action": "delete", "voice": voice}, kind)
        afterwards = await client.say(voice=voice, model=target)

    assert "guanyu" in voice
    assert listed["output"]["voice_list"] == [
        {"voice": voice, "target_model": target, "language": "zh"}
    ]
    assert spoken.status == 200
    assert elsewhere.json["code"] == "invalid_value"
    assert afterwards.json["message"].startswith("Invalid voice specified")


async def test_a_designed_voice_comes_with_a_preview() -> None:
    kind, target, source = DESIGN
    creation = {"action": "create", "target_model": target, "preview_text": "Ahoy"} | source
    async with served() as client:
        output = (await enrol(client, creation, kind))["output"]

    assert output["preview_audio"]["data"].startswith("UklGR")


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("qwen-voice-enrollment", {"action": "create", "target_model": "qwen3-tts-flash"}),
        ("qwen-voice-enrollment", {"action": "delete", "voice": "nobody"}),
        ("qwen-voice-enrollment", {"action": "dance"}),
        ("qwen-voice-design", {"action": "create", "target_model": DESIGN[1], "voice_prompt": ""}),
        ("qwen-tts", {"action": "list"}),
        *(
            (
                CLONE[0],
                CLONE[2] | {"action": "create", "target_model": CLONE[1], "preferred_name": name},
            )
            for name in ("two words", "x" * 17, "语音", "\ud800")
        ),
    ],
)
async def test_an_enrolment_that_is_not_valid_is_refused(
    model: str, wanted: dict[str, Any]
) -> None:
    async with served() as client:
        answer = await enrol(client, wanted, model)

    assert answer["code"] == "InvalidParameter"


def admitted(limiter: RateLimiter, model: str, count: int) -> int:
    passed = 0
    for _ in range(count):
        try:
            limiter.admit(MODELS[model])
        except RefusalError:
            continue
        passed += 1
    return passed


def test_the_documented_rate_is_an_even_pace_with_a_small_burst() -> None:
    now = [0.0]
    limiter = RateLimiter(Throttle(burst=3), clock=lambda: now[0])

    at_once = admitted(limiter, "qwen3-tts-flash", 10)
    now[0] = 1.0
    a_second_later = admitted(limiter, "qwen3-tts-flash", 10)
    legacy = admitted(limiter, "qwen-tts", 10)
    now[0] = 7.0
    legacy_six_seconds_later = admitted(limiter, "qwen-tts", 10)

    # 180 a minute is one in a third of a second, 10 a minute one in six seconds.
    assert (at_once, a_second_later, legacy, legacy_six_seconds_later) == (3, 3, 3, 1)


@pytest.mark.parametrize(("is_in_stream", "status"), [(False, 429), (True, 200)])
async def test_too_many_requests_are_refused_in_the_wanted_form(
    is_in_stream: bool, status: int
) -> None:
    throttle = Throttle(requests_per_minute=1, burst=1, is_in_stream=is_in_stream)
    async with served(QwenOptions(throttle=throttle)) as client:
        first, second = await client.say(stream=True), await client.say(stream=True)

    assert (first.status, second.status) == (200, status)
    assert b'"code":"Throttling.RateQuota"' in second.body


async def test_requests_are_recorded_with_what_they_asked_and_got() -> None:
    async with served() as client:
        await client.say("Hallo", voice="Lenn", stream=True)
        await client.say("", voice="Lenn")
        first, second = await client.qwen.wait_for_answers(2)

    assert (first.text, first.voice, first.model) == ("Hallo", "Lenn", "qwen3-tts-flash")
    assert (first.is_stream, first.status, first.error_code) == (True, 200, None)
    assert first.first_audio_at is not None
    assert first.received_at < first.first_audio_at <= (first.finished_at or 0)
    assert (second.is_stream, second.status, second.error_code) == (False, 400, "InvalidParameter")
    assert "Hallo" not in repr(first)
    assert client.qwen.key not in repr(first)
