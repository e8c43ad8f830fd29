from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderError, ProviderFault
from tests.tts.answers import (
    PCM,
    REQUEST_ID,
    STREAMED,
    URL,
    event,
    failure_of,
    hear,
    payload,
)
from tests.tts.test_qwen_slicing import STREAMS

FUZZED = 5_000

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


@pytest.mark.parametrize(
    "name", ["odd, LF", "header, CRLF", "bare, heartbeats", "split header, several data lines"]
)
def test_a_spoiled_stream_fails_by_typed_errors_only(name: str) -> None:
    chance = random.Random(1)
    small = STREAMS[name][-1200:]
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
