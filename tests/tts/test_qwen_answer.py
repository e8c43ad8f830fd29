from __future__ import annotations

import base64
import json
import random
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderError, ProviderFault
from bot.models import Usage
from bot.tts._qwen_answer import Answer
from tests.tts.test_wav import STREAMED

MODEL = "qwen3-tts-flash"
REQUEST_ID = "66356352-0000-4000-8000-000000000001"
URL = "http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1d/x.wav?Signature=NOrq%2Fxx%3D"
PCM = random.Random(7).randbytes(600)
SLICINGS = 500
FUZZED = 5_000

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


def payload(audio: bytes = b"", *, reason: str = "null", **more: Any) -> dict[str, Any]:
    sound = {"data": base64.b64encode(audio).decode(), "id": f"audio_{REQUEST_ID}", **more}
    output = {"audio": sound, "finish_reason": reason}
    return {
        "output": output,
        "usage": {"characters": 53},
        "request_id": REQUEST_ID,
        "note": "你好😀",
    }


def event(said: object, *, name: str = "result", status: int = 200) -> bytes:
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return f"id:1\nevent:{name}\n:HTTP_STATUS/{status}\ndata:{text}\n\n".encode()


def stream(*pieces: bytes, url: str = URL) -> bytes:
    return b"".join([*(event(payload(p)) for p in pieces), event(payload(reason="stop", url=url))])


def cut(body: bytes, *at: int) -> list[bytes]:
    return [body[a:b] for a, b in pairwise([0, *sorted(at), len(body)])]


def hear(*slices: bytes, is_stream: bool = True) -> bytes:
    answer = Answer(MODEL, is_stream=is_stream)
    heard = [pcm for piece in slices for pcm in answer.feed(piece)]
    return b"".join([*heard, *answer.close()])


def failure_of(*slices: bytes, is_stream: bool = True) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        hear(*slices, is_stream=is_stream)
    return caught.value


def spread(body: bytes) -> bytes:
    return body.replace(b', "', b',\ndata:"')


PLAIN = stream(PCM[:200], PCM[200:400], PCM[400:])
ODD = stream(PCM[:1], PCM[1:4], PCM[4:205], PCM[205:400], PCM[400:])
HEADED = stream(STREAMED + PCM[:200], PCM[200:])
SPLIT = stream(STREAMED[:7], STREAMED[7:9] + b"", STREAMED[9:43], STREAMED[43:] + PCM[:3], PCM[3:])
SHAPES = {"bare": PLAIN, "odd": ODD, "header": HEADED, "split header": SPLIT}
DIALECTS = {
    "LF": lambda body: body,
    "CRLF": lambda body: body.replace(b"\n", b"\r\n"),
    "CR": lambda body: body.replace(b"\n", b"\r"),
    "several data lines": spread,
    "heartbeats": lambda body: b"\xef\xbb\xbf:hi\n\n" + body.replace(b"\n\n", b"\n:ping\n\n:\n\n"),
}
STREAMS = {
    f"{shape}, {dialect}": respell(body)
    for shape, body in SHAPES.items()
    for dialect, respell in DIALECTS.items()
}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
def test_the_sound_is_the_same_for_every_random_slicing(body: bytes) -> None:
    chance = random.Random(len(body))
    slicings = (chance.choices(range(len(body)), k=chance.randint(1, 40)) for _ in range(SLICINGS))
    assert {hear(*cut(body, *at)) for at in slicings} == {PCM}


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_sound_is_the_same_for_even_slices(body: bytes, size: int) -> None:
    assert hear(*cut(body, *range(size, len(body), size))) == PCM


def test_ten_thousand_slicings_are_tried() -> None:
    assert len(STREAMS) * SLICINGS == 10_000


@given(st.lists(st.binary(max_size=9), max_size=9).filter(lambda ps: len(b"".join(ps)) % 2 == 0))
def test_samples_cut_in_two_are_joined(pieces: list[bytes]) -> None:
    start = bytes(12)
    assert hear(stream(start, *pieces)) == start + b"".join(pieces)


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


MALFORMED: dict[str, object] = {
    "nothing": "",
    "space": " ",
    "no JSON": "hello",
    "cut JSON": '{"output":',
    "HTML": "<html></html>",
    "two objects": "{}{}",
    "single quotes": "{'output':1}",
    "trailing comma": '{"output":{},}',
    "bare null": None,
    "bare number": 1,
    "huge number": "1" * 5000,
    "infinity": "Infinity",
    "bare text": '"audio"',
    "bare list": [],
    "list of objects": [payload(PCM)],
    "deep list": "[" * 100_000,
    "deep object": '{"output":' * 100_000,
    "empty object": {},
    "no output": {"request_id": REQUEST_ID},
    "null output": {"output": None},
    "text output": {"output": "x"},
    "list output": {"output": []},
    "number output": {"output": 1},
    "empty output": {"output": {}},
    "no audio": {"output": {"finish_reason": "null"}},
    "null audio": {"output": {"audio": None, "finish_reason": "null"}},
    "text audio": {"output": {"audio": "UklG", "finish_reason": "stop"}},
    "list audio": {"output": {"audio": [], "finish_reason": "stop"}},
    "false audio": {"output": {"audio": False, "finish_reason": "stop"}},
    "number data": {"output": {"audio": {"data": 1}, "finish_reason": "stop"}},
    "list data": {"output": {"audio": {"data": ["AQA="]}, "finish_reason": "stop"}},
    "object data": {"output": {"audio": {"data": {}}, "finish_reason": "stop"}},
    "true data": {"output": {"audio": {"data": True}, "finish_reason": "stop"}},
    "number url": {"output": {"audio": {"data": "", "url": 1}, "finish_reason": "stop"}},
    "list url": {"output": {"audio": {"url": [URL]}, "finish_reason": "stop"}},
    "number reason": {"output": {"audio": {"data": "AQA="}, "finish_reason": 1}},
    "list reason": {"output": {"audio": {"data": "AQA="}, "finish_reason": ["stop"]}},
    "nothing to hear": payload(reason="stop"),
    "empty url": payload(reason="stop", url=""),
    "null url": payload(reason="stop", url=None),
    "half a sample": payload(b"\1", reason="stop"),
    "an empty WAV": payload(STREAMED, reason="stop"),
    "half a header": payload(STREAMED[:20], reason="stop"),
    "MP3": payload(b"ID3\3" + bytes(40), reason="stop"),
    "HTML as sound": payload(b"<!DOCTYPE html><html>", reason="stop"),
    "JSON as sound": payload(b'{"code":"InternalError"}', reason="stop"),
    "nothing but a code": {"code": ["x"]},
    "a true error": {"error": True},
    "an error list": {"error": ["x"]},
    "a success code": {"status_code": 200},
}
BAD_BASE64 = [
    "!!!!",
    "A",
    "AA",
    "AAA",
    "AAA==",
    "AA=",
    "A===",
    "====",
    "=AAA",
    "AA==AA==",
    "AAAA=",
    "AAAA====",
    "AQ A",
    "AQAC\n",
    " AQAC",
    "AQ\tC",
    "AQ-_",
    "AQ%3D",
    "ÄÄÄÄ",
    "你好",
    "\ud800AAA",
    "data:audio/wav;base64,AQAC",
    "AQ\0C",
]


def test_there_are_fifty_malformed_answers() -> None:
    assert len(MALFORMED) == 50


def wire(said: object) -> bytes:
    return (said if isinstance(said, str) else json.dumps(said)).encode()


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_answer_is_a_protocol_error(said: object) -> None:
    error = failure_of(wire(said), is_stream=False)
    assert error.fault in {ProviderFault.PROTOCOL, ProviderFault.TRUNCATED}
    assert error.retryable


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_event_is_a_protocol_error(said: object) -> None:
    error = failure_of(b"data:" + wire(said) + b"\n\n")
    assert error.fault in {ProviderFault.PROTOCOL, ProviderFault.TRUNCATED}


@pytest.mark.parametrize("encoded", BAD_BASE64)
@pytest.mark.parametrize("reason", ["null", "stop"])
def test_what_is_not_base64_is_a_protocol_error(encoded: str, reason: str) -> None:
    said = payload(reason=reason)
    said["output"]["audio"]["data"] = encoded
    error = failure_of(b"data:" + json.dumps(said).encode() + b"\n\n")
    assert error.fault is ProviderFault.PROTOCOL


@pytest.mark.parametrize(("encoded", "pcm"), [("AQA=", b"\1\0"), ("AQACAA==", b"\1\0\2\0")])
def test_what_is_base64_is_heard(encoded: str, pcm: bytes) -> None:
    said = payload(reason="stop")
    said["output"]["audio"]["data"] = encoded
    assert hear(event(said)) == pcm


@pytest.mark.parametrize("body", [ODD, HEADED, b"event:error\n" + PLAIN, spread(SPLIT)])
def test_a_spoiled_stream_fails_by_typed_errors_only(body: bytes) -> None:
    chance = random.Random(1)
    small = body[-1200:]
    for _ in range(FUZZED):
        spoiled = bytearray(small)
        start = chance.randrange(len(small))
        spoiled[start : start + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        with suppress(ProviderError):
            hear(bytes(spoiled), is_stream=chance.random() < 0.8)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["output", "audio", "data", "url", "finish_reason", "code", "error"]),
            inner | st.sampled_from(["stop", "null", "AQA="]),
        )
    ),
)


@given(JSON, st.booleans())
def test_any_json_is_sound_or_a_typed_error(said: object, is_stream: bool) -> None:
    body = json.dumps(said).encode()
    with suppress(ProviderError):
        hear(b"data:" + body if is_stream else body, is_stream=is_stream)


def test_no_error_quotes_the_answer() -> None:
    canary = "CANARY"
    said = {"code": f"x {canary}", "message": canary, "request_id": f"{canary}?sig"}
    error = failure_of(event(said, name="error", status=400))
    assert canary not in f"{error} {error.code} {error.request_id}"
