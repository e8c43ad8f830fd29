"""The embedded voice as a speech service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from bot.errors import ProviderError
from bot.models import Language, Sex, SpeechRequest, Voice
from bot.tts._espeak_voices import ESPEAK_MODEL, ESPEAK_VOICES, language_by_script, timbre_of
from bot.tts._voices import ALL
from bot.tts.espeak import Espeak, EspeakVoice
from bot.tts.espeak_voice import EspeakSynthesizer, espeak_voice

SENTENCE = "The ferry leaves the harbour at noon."
REQUEST = SpeechRequest(SENTENCE, ESPEAK_MODEL, ESPEAK_VOICES[0])
FEMALE_VARIANTS = {"f1", "f2", "f3", "f4", "f5"}


@pytest.fixture
def synthesizer() -> Iterator[EspeakSynthesizer]:
    with Espeak(is_repeatable=True) as espeak:
        yield EspeakSynthesizer(espeak)


async def hear(synthesizer: EspeakSynthesizer, request: SpeechRequest = REQUEST) -> bytes:
    async with aclosing(synthesizer.stream(request)) as pieces:
        return b"".join([pcm async for pcm in pieces])


def test_there_are_ten_voices_of_both_sexes_and_none_is_called_like_a_providers() -> None:
    assert len({voice.id for voice in ESPEAK_VOICES}) == 10
    assert {voice.sex for voice in ESPEAK_VOICES} == set(Sex)
    assert not {voice.id.casefold() for voice in ESPEAK_VOICES} & {v.id.casefold() for v in ALL}
    assert all(voice.character for voice in ESPEAK_VOICES)


async def test_every_voice_speaks_and_no_two_sound_the_same(synthesizer: EspeakSynthesizer) -> None:
    spoken = [await hear(synthesizer, replace(REQUEST, voice=voice)) for voice in ESPEAK_VOICES]

    assert all(1 < len(pcm) / synthesizer.format.bytes_per_second < 4 for pcm in spoken)
    assert all(np.abs(np.frombuffer(pcm, "<i2").astype(int)).max() > 5_000 for pcm in spoken)
    assert not [1 for one, other in combinations(spoken, 2) if one == other]


async def test_it_says_what_the_engine_says(synthesizer: EspeakSynthesizer) -> None:
    with Espeak(is_repeatable=True) as espeak:
        expected = espeak.speak(SENTENCE, EspeakVoice("en-us", "f2", 50, 165))

    assert await hear(synthesizer) == expected


@pytest.mark.parametrize(
    ("voice", "sex"),
    [(voice, voice.sex) for voice in ALL] + [(voice, voice.sex) for voice in ESPEAK_VOICES],
    ids=lambda value: value.id if isinstance(value, Voice) else "",
)
def test_a_likeness_has_the_sex_of_the_voice(voice: Voice, sex: Sex) -> None:
    assert (timbre_of(voice.id).variant in FEMALE_VARIANTS) is (sex is Sex.FEMALE)


def test_no_two_voices_of_the_provider_have_the_same_likeness() -> None:
    assert len({timbre_of(voice.id) for voice in ALL}) == len(ALL) == 48


def test_a_custom_voice_keeps_its_likeness() -> None:
    assert timbre_of("vc-anna-01") == timbre_of("vc-anna-01") != timbre_of("vc-bert-02")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好，今天天气很好", "cmn"),
        ("こんにちは、元気", "ja"),
        ("日本語です", "ja"),
        ("안녕하세요", "ko"),
        ("Привет", "ru"),
        ("Привіт, як справи?", "uk"),
        ("Καλημέρα", "el"),
        ("שלום", "he"),
        ("مرحبا", "ar"),
        ("नमस्ते", "hi"),
        ("สวัสดี", "th"),
        ("Hello", "en-us"),
        ("123", "en-us"),
        ("", "en-us"),
        ("say 你好", "cmn"),
    ],
)
async def test_a_language_is_guessed_by_its_script_and_the_engine_has_it(
    synthesizer: EspeakSynthesizer, text: str, language: str
) -> None:
    assert language_by_script(text) == language
    # A language the engine does not have would be an error.
    await hear(synthesizer, replace(REQUEST, text=text))


@pytest.mark.parametrize("language", list(Language))
async def test_the_engine_has_every_language(
    synthesizer: EspeakSynthesizer, language: Language
) -> None:
    assert await hear(synthesizer, replace(REQUEST, text="Ola 123", language=language))


@pytest.mark.parametrize(
    ("voice_id", "language", "name"),
    [
        ("Rocky", "Auto", "yue"),
        ("Kiki", "Chinese", "yue"),
        ("Cherry", "Auto", "cmn"),
        ("Wren", "Auto", "cmn"),
        ("Kiki", "German", "de"),
        ("Dylan", "no such language", "cmn"),
    ],
)
def test_a_cantonese_voice_speaks_cantonese_for_chinese(
    voice_id: str, language: str, name: str
) -> None:
    assert espeak_voice("你好", voice_id, language).language == name


async def test_speech_that_is_left_early_frees_the_engine(synthesizer: EspeakSynthesizer) -> None:
    stream = synthesizer.stream(replace(REQUEST, text=SENTENCE * 15))
    await anext(stream)
    await stream.aclose()

    assert len(await hear(synthesizer)) > 10_000


async def test_an_engine_without_the_voice_says_so(
    synthesizer: EspeakSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.tts.espeak_voice.espeak_language", lambda _text, _voice, _language: "xx-none"
    )
    with pytest.raises(ProviderError, match="xx-none"):
        await hear(synthesizer)
