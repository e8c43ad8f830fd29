from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import Language, SpeechRequest, Voice
from bot.tts._qwen_request import encode_request
from bot.tts.catalog import VOICES

FLASH = SpeechRequest("你好 hi", "qwen3-tts-flash", VOICES["Cherry"])
INSTRUCT = replace(FLASH, model="qwen3-tts-instruct-flash", style=" slow ")


def body_of(request: SpeechRequest, *, optimize_style: bool = False) -> str:
    return encode_request(request, optimize_style=optimize_style).decode()


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (FLASH, '{"model":"qwen3-tts-flash","input":{"text":"你好 hi","voice":"Cherry"}}'),
        (
            replace(FLASH, language=Language.CHINESE),
            (
                '{"model":"qwen3-tts-flash","input":'
                '{"text":"你好 hi","voice":"Cherry","language_type":"Chinese"}}'
            ),
        ),
        (
            INSTRUCT,
            (
                '{"model":"qwen3-tts-instruct-flash","input":'
                '{"text":"你好 hi","voice":"Cherry","instructions":"slow"}}'
            ),
        ),
        (
            replace(FLASH, style="slow"),
            '{"model":"qwen3-tts-flash","input":{"text":"你好 hi","voice":"Cherry"}}',
        ),
        (
            replace(FLASH, voice=Voice("Ono Anna"), text=" a\n"),
            '{"model":"qwen3-tts-flash","input":{"text":"a","voice":"Ono Anna"}}',
        ),
        (
            replace(FLASH, model="qwen3-tts-vc-2026-01-22", voice=Voice("guanyu-1")),
            '{"model":"qwen3-tts-vc-2026-01-22","input":{"text":"你好 hi","voice":"guanyu-1"}}',
        ),
    ],
)
def test_the_body_is_that_of_the_rest_reference(request_: SpeechRequest, body: str) -> None:
    assert body_of(request_) == body


@pytest.mark.parametrize(
    ("request_", "is_sent"),
    [(INSTRUCT, True), (replace(INSTRUCT, style=" "), False), (replace(FLASH, style="x"), False)],
)
def test_a_style_is_optimised_only_where_there_is_one(
    request_: SpeechRequest, *, is_sent: bool
) -> None:
    fields = json.loads(body_of(request_, optimize_style=True))["input"]
    assert fields.get("optimize_instructions", False) is is_sent
    assert ("instructions" in fields) is is_sent


@pytest.mark.parametrize(
    "text", ['"}],"instructions":"shout"', "\\", "a\tb\x00c", "</speak>", "a\u2028b", "👨‍👩‍👧‍👦"]
)
def test_a_text_cannot_leave_its_place(text: str) -> None:
    assert json.loads(body_of(replace(FLASH, text=text)))["input"]["text"] == text


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": " \n\t "},
        {"text": "a" * 601},
        {"text": "你" * 301},
        {"text": "a" * 513, "model": "qwen-tts"},
        {"text": "CANARY \ud800"},
        {"model": "qwen3-tts-flash-realtime"},
        {"model": "qwen-tts", "language": Language.GERMAN},
        {"voice": Voice("Ebona")},
        {"voice": Voice("Jennifer"), "model": "qwen3-tts-instruct-flash"},
        {"voice": Voice("Cherry"), "model": "qwen3-tts-vd-2026-01-26"},
        {"language": cast("Language", "zh")},
        {"model": "qwen3-tts-instruct-flash", "style": "a" * 1601},
    ],
)
def test_what_the_service_would_refuse_is_not_sent(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        body_of(replace(FLASH, **changes))
    assert (caught.value.fault, caught.value.retryable) == (ProviderFault.INVALID_REQUEST, False)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["a" * 600, "你" * 300, " " * 500 + "a" * 600])
def test_a_text_of_the_full_length_is_sent(text: str) -> None:
    assert json.loads(body_of(replace(FLASH, text=text)))["input"]["text"] == text.strip()
