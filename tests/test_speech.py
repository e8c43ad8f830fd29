"""From text to requests: what every model is given, and what it takes."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from bot.errors import UserError
from bot.models import Language, Origin, Source, VoiceSettings
from bot.sandbox.qwen import QwenOptions, SandboxQwen
from bot.speech import SpeechService
from bot.tts.catalog import weighted_characters
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session
from tests.cogs.fakes import AttentiveSynthesizer

INSTRUCT = "qwen3-tts-instruct-flash"
MIXED = "今天天气很好，我们去公园散步吧。" * 40 + "The harbour is open. " * 40


def service(**defaults: str) -> SpeechService:
    return SpeechService(synthesizer=AttentiveSynthesizer(), defaults=VoiceSettings(**defaults))


@pytest.mark.parametrize("model", ["qwen-tts", "qwen3-tts-flash", INSTRUCT])
async def test_a_long_text_is_cut_into_what_the_model_takes(model: str) -> None:
    async with SandboxQwen(QwenOptions(throttle=None)) as qwen:
        endpoint = QwenEndpoint(qwen.key, qwen.base_url)
        async with open_session(endpoint) as http:
            synthesizer = QwenSynthesizer(http, endpoint, on_usage=lambda _: None)
            speech = SpeechService(synthesizer=synthesizer, defaults=VoiceSettings(model))
            utterance = await speech.prepare(MIXED, Source(1))
            async with aclosing(speech.stream(utterance)) as stream:
                assert [pcm async for pcm in stream]
        assert len(qwen.requests) > 2
        assert {record.status for record in qwen.requests} == {200}


async def test_numbers_are_written_out_before_the_text_is_cut() -> None:
    utterance = await service(model=INSTRUCT, language="English").prepare(
        "We counted 123456 of them. " * 60, Source(1)
    )
    pieces = [request.text for request in utterance.requests]
    assert len(pieces) > 2
    assert all(weighted_characters(piece) <= 600 for piece in pieces)
    assert "one hundred and twenty-three thousand four hundred and fifty-six" in pieces[0]
    assert sum(map(len, pieces)) <= 4_000


@pytest.mark.parametrize("text", ["9" * 4_000, "1e999 " * 600, "$1.50 " * 600])
async def test_a_text_of_nothing_but_numbers_stays_within_a_message(text: str) -> None:
    utterance = await service(model=INSTRUCT).prepare(f"a {text}"[:4_000], Source(1))
    assert sum(len(request.text) for request in utterance.requests) <= 4_000


@pytest.mark.parametrize(
    ("model", "language", "spoken"),
    [
        ("qwen3-tts-flash", Language.ENGLISH, "5 cats"),
        (INSTRUCT, Language.ENGLISH, "five cats"),
        (INSTRUCT, Language.AUTO, "five cats"),
        (INSTRUCT, Language.GERMAN, "fünf cats"),
        (INSTRUCT, Language.CHINESE, "5 cats"),
    ],
)
async def test_digits_become_words_only_where_the_model_misreads_them(
    model: str, language: Language, spoken: str
) -> None:
    utterance = await service(model=model).prepare(
        "5 cats", Source(1), choice=VoiceSettings(language=language)
    )
    assert [request.text for request in utterance.requests] == [spoken]


async def test_every_request_says_who_asked_for_it() -> None:
    utterance = await service().prepare(MIXED, Source(7, 8))
    assert {request.origin for request in utterance.requests} == {Origin(8, 7)}


async def test_a_member_describes_a_style_in_few_words() -> None:
    speech = service(model=INSTRUCT)
    assert (await speech.speaker(Source(), VoiceSettings(style="a" * 200))).style == "a" * 200
    with pytest.raises(UserError) as refused:
        await speech.speaker(Source(), VoiceSettings(style="a" * 201))
    assert str(refused.value) == "The style is too long. Describe it in 200 characters."
    saved = await speech.check(VoiceSettings(style="a" * 1600), guild_id=1, saved=VoiceSettings())
    assert saved.style == "a" * 1600
