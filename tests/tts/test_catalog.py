from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.models import Language, Sex
from bot.tts.catalog import (
    DEFAULT_MODEL,
    DEFAULT_VOICE,
    MODELS,
    VOICES,
    find_model,
    find_voice,
    search_voices,
    voices_of,
    weighted_characters,
)

FLASH = "qwen3-tts-flash"
INSTRUCT = "qwen3-tts-instruct-flash"
CLONE = "qwen3-tts-vc-2026-01-22"
DESIGN = "qwen3-tts-vd-2026-01-26"

# The example of the Chinese reference page, whose documented answer counts 195.
DOCUMENTED_195 = (
    "那我来给大家推荐一款T恤，这款呢真的是超级好看，这个颜色呢很显气质，而且呢也是搭配的绝佳单品，"
    "大家可以闭眼入，真的是非常好看，对身材的包容性也很好，不管啥身材的宝宝呢，"
    "穿上去都是很好看的。推荐宝宝们下单哦。"
)


def ids(query: str, model: str = FLASH) -> list[str]:
    return [voice.id for voice in search_voices(query, model)]


@pytest.mark.parametrize(
    ("model", "count"),
    [
        ("qwen3-tts-instruct-flash", 24),
        ("qwen3-tts-instruct-flash-2026-01-26", 24),
        ("qwen3-tts-flash", 48),
        ("qwen3-tts-flash-2025-11-27", 48),
        ("qwen3-tts-flash-2025-09-18", 17),
        ("qwen-tts", 4),
        ("qwen-tts-2025-04-10", 4),
        ("qwen-tts-latest", 7),
        ("qwen-tts-2025-05-22", 7),
        (CLONE, 0),
        (DESIGN, 0),
    ],
)
def test_every_model_has_as_many_voices_as_documented(model: str, count: int) -> None:
    assert len(voices_of(model)) == count


def test_the_catalogue_is_whole() -> None:
    assert len(MODELS) == 11
    assert len(VOICES) == 48
    assert DEFAULT_VOICE in MODELS[DEFAULT_MODEL].voices


def test_every_voice_has_a_chinese_name_a_sex_and_something_to_say_about_it() -> None:
    assert all(voice.name and voice.sex for voice in VOICES.values())
    assert all(bool(voice.character) != bool(voice.dialect) for voice in VOICES.values())


def test_ten_voices_speak_a_dialect() -> None:
    dialects = [voice.dialect for voice in VOICES.values() if voice.dialect]
    assert len(dialects) == 10
    assert dialects.count("Sichuan") == 2


def test_only_instruct_models_take_a_style() -> None:
    assert {model.id for model in MODELS.values() if model.accepts_style} == {
        "qwen3-tts-instruct-flash",
        "qwen3-tts-instruct-flash-2026-01-26",
    }


def test_legacy_models_are_slow_and_speak_two_languages() -> None:
    legacy = [model for model in MODELS.values() if model.is_legacy]
    assert len(legacy) == 4
    assert {model.requests_per_minute for model in legacy} == {10}
    assert {len(model.languages) for model in legacy} == {3}


def test_other_models_speak_ten_languages_and_find_out_by_themselves() -> None:
    assert MODELS[FLASH].languages == frozenset(Language)
    assert len(MODELS[FLASH].languages) == 11


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (DOCUMENTED_195, 195),
        ("Today is a wonderful day to build something people love!", 56),
        ("你好 hi", 7),
        ("", 0),
        ("，。！", 3),
        ("ひらがな", 4),
        ("漢字", 4),
        ("한국어", 3),
        ("😀\n", 2),
        ("\u3400\u4dbf\u4e00\u9fff\uf900\ufaff\U00020000\U0003ffff", 16),
        ("\u33ff\u4dc0\u4dff\ua000\uf8ff\ufb00\U0001ffff\U00040000", 8),
    ],
)
def test_a_han_character_counts_two_and_any_other_one(text: str, count: int) -> None:
    assert weighted_characters(text) == count


@pytest.mark.parametrize("written", ["Ono Anna", "ono anna", " ONO ANNA "])
def test_a_voice_is_found_in_any_case(written: str) -> None:
    assert find_voice(FLASH, written).id == "Ono Anna"


def test_elias_is_a_woman_in_spite_of_the_name() -> None:
    assert VOICES["Elias"].sex is Sex.FEMALE


@pytest.mark.parametrize(
    ("model", "voice", "sentence"),
    [
        (
            INSTRUCT,
            "Jennifer",
            "Jennifer does not speak with qwen3-tts-instruct-flash. Pick one of its 24 voices.",
        ),
        ("qwen-tts", "Li", "Li does not speak with qwen-tts. Pick one of its 4 voices."),
        (FLASH, "Ebona", "qwen3-tts-flash has no such voice. Pick one of its 48 voices."),
        (FLASH, "@everyone", "qwen3-tts-flash has no such voice. Pick one of its 48 voices."),
        (FLASH, "Cherry\0", "qwen3-tts-flash has no such voice. Did you mean Cherry?"),
        (FLASH, "jenifer", "qwen3-tts-flash has no such voice. Did you mean Jennifer?"),
        (FLASH, "芊悦", "qwen3-tts-flash has no such voice. Did you mean Cherry?"),
        (
            "gpt-4o-mini-tts",
            "Cherry",
            "There is no such speech model. Pick one from the list, such as qwen3-tts-flash.",
        ),
    ],
)
def test_a_wrong_choice_is_answered_by_what_to_do(model: str, voice: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        find_voice(model, voice)
    assert str(caught.value) == sentence


def test_models_for_custom_voices_take_ids_the_catalogue_does_not_know() -> None:
    assert find_voice(CLONE, "qwen-tts-vc-guanyu-voice-20260122").id.startswith("qwen-tts-vc")


@pytest.mark.parametrize("voice", ["Cherry", "", "../../x", "x\0", "a" * 10_000, "<@1>", "名字"])
def test_models_for_custom_voices_refuse_what_is_none(voice: str) -> None:
    with pytest.raises(UserError, match="voices of your own"):
        find_voice(DESIGN, voice)


def test_an_unknown_model_is_not_found() -> None:
    with pytest.raises(UserError, match="no such speech model"):
        find_model("qwen3-tts-flash-realtime")


def test_an_empty_search_lists_the_voices_in_order() -> None:
    assert ids("  ") == list(VOICES)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("cherry", ["Cherry"]),
        ("che", ["Cherry", "Chelsie"]),
        ("chery", ["Cherry"]),
        ("jenifer", ["Jennifer"]),
        ("anna", ["Ono Anna"]),
        ("芊悦", ["Cherry"]),
        ("粤", ["Rocky", "Kiki"]),
        ("cantonese", ["Rocky", "Kiki"]),
        ("sichaun", ["Sunny", "Eric"]),
        ("gentle woman", ["Serena"]),
        ("news", ["Neil"]),
        ("zzzz", []),
    ],
)
def test_a_search_understands_names_characters_dialects_and_slips(
    query: str, best: list[str]
) -> None:
    assert ids(query) == best


def test_a_search_puts_the_start_of_a_name_before_the_middle() -> None:
    assert ids("an")[:2] == ["Andre", "Ono Anna"]


def test_a_search_for_men_finds_no_women() -> None:
    assert {voice.sex for voice in search_voices("male", FLASH)} == {Sex.MALE}


def test_a_search_stays_within_the_model() -> None:
    assert ids("jennifer", INSTRUCT) == []
