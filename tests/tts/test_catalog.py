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
    is_custom_voice_id,
    weighted_characters,
)

FLASH = "qwen3-tts-flash"

# The example of the Chinese reference page, whose documented answer counts 195.
DOCUMENTED_195 = (
    "那我来给大家推荐一款T恤，这款呢真的是超级好看，这个颜色呢很显气质，而且呢也是搭配的绝佳单品，"
    "大家可以闭眼入，真的是非常好看，对身材的包容性也很好，不管啥身材的宝宝呢，"
    "穿上去都是很好看的。推荐宝宝们下单哦。"
)


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


def test_elias_is_a_woman_in_spite_of_the_name() -> None:
    assert VOICES["Elias"].sex is Sex.FEMALE


@pytest.mark.parametrize("written", ["qwen-tts-vc-guanyu-voice-20260122", "a", "My voice 1"])
def test_a_custom_voice_has_an_id_the_system_does_not_know(written: str) -> None:
    assert is_custom_voice_id(written)


@pytest.mark.parametrize(
    "written",
    ["Cherry", "cherry", "", " a", "../../x", "x\0", "a\nb", "a" * 129, "<@1>", "名字", "Ａ"],
)
def test_what_else_is_written_is_no_id_of_a_custom_voice(written: str) -> None:
    assert not is_custom_voice_id(written)


def test_an_unknown_model_is_not_found() -> None:
    with pytest.raises(UserError, match="no such speech model"):
        find_model("qwen3-tts-flash-realtime")
