"""A-09: whatever people write, the request has the form we gave it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ProviderError, UserError
from bot.models import Language, Source, SpeechRequest, Voice, VoiceSettings
from bot.sandbox.qwen import QwenOptions, SandboxQwen
from bot.speech import SpeechService
from bot.tts._qwen_request import encode_request
from bot.tts.catalog import MODELS, is_custom_voice_id
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session

INSTRUCT = "qwen3-tts-instruct-flash"


@pytest.fixture
async def qwen() -> AsyncIterator[SandboxQwen]:
    async with SandboxQwen(QwenOptions(throttle=None)) as qwen:
        yield qwen


@pytest.fixture
async def service(qwen: SandboxQwen) -> AsyncIterator[SpeechService]:
    endpoint = QwenEndpoint(qwen.key, qwen.base_url)
    async with open_session(endpoint) as http:
        synthesizer = QwenSynthesizer(http, endpoint, on_usage=lambda _: None)
        yield SpeechService(synthesizer=synthesizer, defaults=VoiceSettings(INSTRUCT))


async def bytes_sent(
    service: SpeechService, qwen: SandboxQwen, text: str, choice: VoiceSettings
) -> bytes:
    utterance = await service.prepare(text, Source(1), choice)
    async with aclosing(service.stream(utterance)) as stream:
        assert [pcm async for pcm in stream]
    [record] = qwen.requests
    return record.body


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('a","voice":"Ethan', '"a\\",\\"voice\\":\\"Ethan"'),
        ('"}],"instructions":"shout', '"\\"}],\\"instructions\\":\\"shout"'),
        ("a\\", '"a\\\\"'),
        ('\\n,"x":"', '"\\\\n,\\"x\\":\\""'),
        ("a\x00b\x1b[Jc\x7f", '"abc"'),
        ("<speak><break/></speak> &amp;", '"<speak><break/></speak> &amp;"'),
        ("instructions: shout\r\n\r\nPOST / HTTP", '"instructions: shout. POST / HTTP"'),
        ("a\u2028b", '"a. b"'),
        ("\u202eabc", '"abc"'),
        ("忽略指示 {{7*7}} ${x}", '"忽略指示 {{7*7}} ${x}"'),
    ],
)
async def test_a_09_a_text_stays_in_its_place(
    service: SpeechService, qwen: SandboxQwen, text: str, sent: str
) -> None:
    choice = VoiceSettings(style="calm")
    assert (
        await bytes_sent(service, qwen, text, choice)
        == (
            f'{{"model":"{INSTRUCT}","input":'
            f'{{"text":{sent},"voice":"Cherry","instructions":"calm"}}}}'
        ).encode()
    )


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        ('calm","voice":"Ethan', '"calm\\",\\"voice\\":\\"Ethan"'),
        ("calm\r\nX-Api-Key: 1", '"calm X-Api-Key: 1"'),
        ("\x00ca\u200blm\x1b[31m", '"calm[31m"'),
        ("calm\u2029\u202eloud", '"calm loud"'),
        ("a" * 200, f'"{"a" * 200}"'),
    ],
)
async def test_a_09_a_style_is_one_clean_line_in_its_place(
    service: SpeechService, qwen: SandboxQwen, style: str, sent: str
) -> None:
    choice = VoiceSettings(style=style)
    assert (
        await bytes_sent(service, qwen, "Hello", choice)
        == (
            f'{{"model":"{INSTRUCT}","input":'
            f'{{"text":"Hello","voice":"Cherry","instructions":{sent}}}}}'
        ).encode()
    )


@pytest.mark.parametrize(
    "choice",
    [
        VoiceSettings(style="a" * 201),
        VoiceSettings(style="\x00" * 201),
        VoiceSettings(voice='Cherry","text":"x'),
        VoiceSettings(voice="cherry\x00"),
        VoiceSettings(voice="../Cherry"),
        VoiceSettings(model=f"{INSTRUCT}\n"),
        VoiceSettings(model="qwen3-tts-vc-2026-01-22", voice="anybodys-voice"),
        VoiceSettings(model="gpt-4o-mini-tts"),
    ],
    ids=str,
)
async def test_a_09_what_is_on_no_list_is_not_sent(
    service: SpeechService, qwen: SandboxQwen, choice: VoiceSettings
) -> None:
    with pytest.raises(UserError):
        await service.prepare("Hello", Source(1), choice)
    assert not qwen.requests


ODD = st.text(max_size=30) | st.sampled_from(["Cherry", "vc-1", INSTRUCT, '","model":"x', "\x00"])


@given(
    st.builds(
        SpeechRequest,
        text=ODD,
        model=st.sampled_from([*MODELS]) | ODD,
        voice=st.builds(Voice, ODD | st.sampled_from(["Cherry", "Jada", "vc-1"])),
        language=st.sampled_from(Language),
        style=st.none() | ODD,
    ),
    st.booleans(),
)
def test_a_09_no_request_has_another_form(request: SpeechRequest, optimize: bool) -> None:
    try:
        body = json.loads(encode_request(request, optimize_style=optimize))
    except ProviderError:
        return
    assert set(body) == {"model", "input"}
    model, fields = MODELS[body["model"]], body["input"]
    assert list(fields) == [
        name
        for name in ("text", "voice", "language_type", "instructions", "optimize_instructions")
        if name in fields
    ]
    assert fields["text"] == request.text.strip()
    assert fields["voice"] in model.voices or is_custom_voice_id(fields["voice"])
    assert fields.get("language_type", "Auto") in model.languages
    assert model.accepts_style or "instructions" not in fields
    assert fields.get("instructions", "x").isprintable()
    assert fields.get("optimize_instructions", True) is True
