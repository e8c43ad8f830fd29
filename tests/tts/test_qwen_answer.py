from __future__ import annotations

import json

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import Usage
from bot.tts._qwen_answer import Answer
from tests.tts.answers import (
    MODEL,
    PCM,
    REQUEST_ID,
    STREAMED,
    URL,
    event,
    failure_of,
    hear,
    payload,
    stream,
)

# The example of the reference, whole; its sound is 01 00 02 00 03 00 04 00.
DOCUMENTED = b"""\
id:1
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"UklGRr///39XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YZv//38BAAIA",\
"expires_at":1769158890,"id":"audio_66356352-0000-4000-8000-000000000001"},"finish_reason":"null"},\
"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

id:2
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"AwAEAA==","expires_at":1769158890,"id":"audio_66356352"},\
"finish_reason":"null"},"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

id:3
event:result
:HTTP_STATUS/200
data:{"output":{"audio":{"data":"","expires_at":1769158890,"id":"audio_66356352",\
"url":"http://127.0.0.1:8899/1d/66356352.wav?Expires=1769158890&Signature=NOrq%2Fxx%3D"},\
"finish_reason":"stop"},"usage":{"characters":53},"request_id":"66356352-0000-4000-8000-000000000001"}

"""


def test_the_documented_example_sounds_as_documented() -> None:
    answer = Answer(MODEL)
    heard = b"".join([*answer.feed(DOCUMENTED), *answer.close()])
    assert heard == bytes([1, 0, 2, 0, 3, 0, 4, 0])
    assert answer.url is not None
    assert answer.url.endswith("Signature=NOrq%2Fxx%3D")
    assert answer.usage == Usage(REQUEST_ID, MODEL, characters=53)


def test_each_piece_is_handed_on_as_it_arrives() -> None:
    answer = Answer(MODEL)
    heard = [b"".join(answer.feed(event(payload(PCM[i : i + 100])))) for i in range(0, 600, 100)]
    assert b"".join(heard) == PCM
    assert {len(pcm) for pcm in heard} == {100}


def test_legacy_models_count_tokens() -> None:
    said = payload(PCM, reason="stop") | {"usage": {"input_tokens": 76, "output_tokens": 1045}}
    answer = Answer("qwen-tts")
    assert b"".join([*answer.feed(event(said)), *answer.close()]) == PCM
    assert answer.usage == Usage(REQUEST_ID, "qwen-tts", input_tokens=76, output_tokens=1045)


@pytest.mark.parametrize(
    "usage", [None, [], "53", {}, {"characters": "53"}, {"characters": -1}, {"characters": True}]
)
def test_a_count_that_makes_no_sense_is_no_reason_to_fall_silent(usage: object) -> None:
    answer = Answer(MODEL)
    said = payload(PCM, reason="stop") | {"usage": usage}
    assert b"".join([*answer.feed(event(said)), *answer.close()]) == PCM
    assert answer.usage is None


@pytest.mark.parametrize(
    "body",
    [
        event(payload(PCM, reason="stop")),
        event(payload(PCM[:300], reason="stop")) + event(payload(PCM[300:], reason="stop")),
        event(payload(PCM)) + event(payload(reason="stop")) * 2,
        event(payload(PCM[:300])) + event(payload(reason="stop")) + event(payload(PCM[300:])),
        event(payload(PCM)) + event({"output": {"finish_reason": "stop"}}),
        event(payload(PCM)) + event({"output": {"audio": None, "finish_reason": "stop"}}),
        stream(PCM, url=""),
        stream(PCM)[:-1],
        stream(PCM)[:-2],
        stream(PCM) + b"data:[DONE]\n\n",
        stream(PCM) + event({"code": "InternalError"}, name="error", status=500),
        stream(PCM) + b"data:{\n\ndata:[]",
        b"data:[DONE]\n\n" + stream(PCM),
        event(payload(PCM, reason="stop") | {"code": "", "message": "", "status_code": 200}),
        event(payload(PCM, reason="stop") | {"code": None, "error": None}),
    ],
)
def test_a_stream_with_oddities_is_heard_whole(body: bytes) -> None:
    assert hear(body) == PCM


@pytest.mark.parametrize("sound", [PCM, STREAMED + PCM])
def test_a_whole_answer_may_hold_its_sound(sound: bytes) -> None:
    body = json.dumps(payload(sound, reason="stop")).encode()
    assert hear(body[:50], body[50:], is_stream=False) == PCM


def test_a_whole_answer_names_its_file() -> None:
    answer = Answer(MODEL, is_stream=False)
    body = json.dumps(payload(reason="stop", url=URL)).encode()
    assert [*answer.feed(body[:50]), *answer.feed(body[50:]), *answer.close()] == []
    assert (answer.url, answer.has_audio, answer.is_complete) == (URL, False, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        event(payload(PCM)),
        stream(PCM)[: len(stream(PCM)) // 2],
        stream(PCM)[:-40],
        event(payload(PCM, reason="length")),
        event(payload(PCM, reason="")),
    ],
)
def test_a_stream_without_its_stop_is_truncated(body: bytes) -> None:
    error = failure_of(body)
    assert (error.fault, error.retryable) == (ProviderFault.TRUNCATED, True)


def test_what_was_heard_before_a_failure_was_handed_on() -> None:
    feed = Answer(MODEL).feed(event(payload(PCM)) + event({"code": "InternalError"}, name="error"))
    assert next(feed) == PCM
    with pytest.raises(ProviderError):
        next(feed)


@pytest.mark.parametrize(
    ("body", "status", "code", "fault"),
    [
        (
            event({"code": "InvalidParameter", "message": "x"}, name="error", status=400),
            400,
            "InvalidParameter",
            ProviderFault.INVALID_REQUEST,
        ),
        (
            event({"code": "Throttling.RateQuota"}, name="error", status=429),
            429,
            "Throttling.RateQuota",
            ProviderFault.THROTTLED,
        ),
        (
            b'event: error\ndata: {"code":"Throttling.RateQuota"}\n\n',
            429,
            "Throttling.RateQuota",
            ProviderFault.THROTTLED,
        ),
        (event({"code": "Arrearage"}), 400, "Arrearage", ProviderFault.OUT_OF_CREDIT),
        (event({}, name="error", status=503), 503, None, ProviderFault.UNAVAILABLE),
        (event("<html>", name="error", status=502), 502, None, ProviderFault.UNAVAILABLE),
        (event("", name="error", status=401), 401, None, ProviderFault.BAD_KEY),
        (event("{", name="error"), None, None, ProviderFault.PROTOCOL),
        (b"event:error\n:HTTP_STATUS/429", 429, None, ProviderFault.THROTTLED),
        (event({}, status=500), 500, None, ProviderFault.UNAVAILABLE),
        (
            event({"error": {"message": "m", "type": "x", "code": "invalid_api_key"}}),
            401,
            "invalid_api_key",
            ProviderFault.BAD_KEY,
        ),
        (
            event({"error": {"message": "m", "type": "BadRequestError", "code": 400}}),
            400,
            "BadRequestError",
            ProviderFault.INVALID_REQUEST,
        ),
        (event({"error": {}}), None, None, ProviderFault.PROTOCOL),
        (event({"error": "overloaded"}), None, None, ProviderFault.PROTOCOL),
        (event({"status_code": 429, "output": None}), 429, None, ProviderFault.THROTTLED),
    ],
)
def test_an_error_inside_a_stream_is_the_same_as_over_http(
    body: bytes, status: int | None, code: str | None, fault: ProviderFault
) -> None:
    error = failure_of(body)
    assert (error.status, error.code, error.fault) == (status, code, fault)


def test_no_error_quotes_the_answer() -> None:
    canary = "CANARY"
    said = {"code": f"x {canary}", "message": canary, "request_id": f"{canary}?sig"}
    error = failure_of(event(said, name="error", status=400))
    assert canary not in f"{error} {error.code} {error.request_id}"
