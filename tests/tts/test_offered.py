"""What an operator offers, and what one server may choose of it."""

from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.models import Language, Sex, Voice
from bot.tts.catalog import MODELS, VOICES, Provider, Region
from bot.tts.offered import CustomVoice, UnknownVoiceError, offered, region_of

FLASH = "qwen3-tts-flash"
INSTRUCT = "qwen3-tts-instruct-flash"
CLONE = "qwen3-tts-vc-2026-01-22"
DESIGN = "qwen3-tts-vd-2026-01-26"

ALL = offered()
GRANDPA = CustomVoice(CLONE, Voice("vc-guanyu-1", "Grandpa"), Language.CHINESE)
ROBOT = CustomVoice(DESIGN, Voice("vd-robot-1", "Robot"))


def ids(query: str, model: str = FLASH) -> list[str]:
    return [voice.id for voice in ALL.search_voices(query, model)]


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
    assert len(ALL.voices_of(model)) == count


def test_nobody_chooses_a_voice_of_ones_own_where_none_was_added() -> None:
    with pytest.raises(UnknownVoiceError, match="speaks only with voices of your own"):
        ALL.find_voice(CLONE, GRANDPA.voice.id)
    assert ALL.voices_of(CLONE) == ()


@pytest.mark.parametrize("written", ["vc-guanyu-1", " VC-Guanyu-1 ", "grandpa"])
def test_a_voice_of_ones_own_is_found_by_its_id_and_by_its_name(written: str) -> None:
    catalog = ALL.with_voices([GRANDPA, ROBOT])
    assert catalog.find_voice(CLONE, written) == GRANDPA.voice
    assert catalog.language_of(CLONE, GRANDPA.voice) is Language.CHINESE
    assert catalog.language_of(DESIGN, ROBOT.voice) is None


@pytest.mark.parametrize(
    ("model", "written"), [(DESIGN, "vc-guanyu-1"), (FLASH, "vc-guanyu-1"), (CLONE, "Robot")]
)
def test_a_voice_of_ones_own_speaks_with_its_model_only(model: str, written: str) -> None:
    catalog = ALL.with_voices([GRANDPA, ROBOT])
    assert catalog.get_voice(model, written) is None
    assert written not in {voice.id for voice in catalog.search_voices("", model)}


def test_added_voices_are_known_to_the_new_catalogue_only() -> None:
    ALL.with_voices([GRANDPA])
    assert ALL.get_voice(CLONE, GRANDPA.voice.id) is None
    assert ALL.with_voices([ROBOT]).get_voice(CLONE, GRANDPA.voice.id) is None


def test_a_voice_of_ones_own_whose_model_is_not_offered_is_not_either() -> None:
    assert CLONE not in offered([Provider.ESPEAK]).with_voices([GRANDPA]).models


def test_a_system_model_takes_no_voice_of_ones_own() -> None:
    catalog = ALL.with_voices([CustomVoice(FLASH, Voice("vc-guanyu-1"))])
    assert catalog.get_voice(FLASH, "vc-guanyu-1") is None


@pytest.mark.parametrize(
    ("providers", "models"),
    [
        ([Provider.QWEN], set(MODELS)),
        ([Provider.ESPEAK], {"espeak-ng"}),
        ([Provider.OPENAI], {"orator-1"}),
        ([Provider.QWEN, Provider.ESPEAK], {*MODELS, "espeak-ng"}),
    ],
)
def test_only_models_of_the_operators_providers_are_offered(
    providers: list[Provider], models: set[str]
) -> None:
    catalog = offered(providers, openai_model="orator-1", openai_voices=(Voice("alloy"),))
    assert set(catalog.models) == models
    assert all(model.provider in providers for model in catalog.models.values())


def test_models_of_two_providers_may_have_voices_of_one_name() -> None:
    catalog = offered(Provider, openai_model="orator-1", openai_voices=(Voice("Vivian"),))
    assert catalog.find_voice("orator-1", "vivian") == Voice("Vivian")
    assert catalog.find_voice(FLASH, "vivian") == VOICES["Vivian"]


def test_what_is_not_offered_is_named_as_little_as_what_does_not_exist() -> None:
    with pytest.raises(UserError) as caught:
        offered([Provider.ESPEAK]).find_model(FLASH)
    assert str(caught.value) == (
        "There is no such speech model. Pick one from the list, such as espeak-ng."
    )


def test_singapore_has_no_legacy_models() -> None:
    models = offered(region=Region.SINGAPORE).models.values()
    assert len(models) == 7
    assert not any(model.is_legacy for model in models)


@pytest.mark.parametrize(
    ("base_url", "region"),
    [
        ("https://dashscope.aliyuncs.com/api/v1", Region.BEIJING),
        ("https://ws-1.cn-beijing.maas.aliyuncs.com/api/v1", Region.BEIJING),
        ("https://dashscope-intl.aliyuncs.com/api/v1", Region.SINGAPORE),
        ("https://WS-1.ap-southeast-1.maas.aliyuncs.com/api/v1", Region.SINGAPORE),
        ("https://dashscope-us.aliyuncs.com/api/v1", None),
        ("http://127.0.0.1:8080/api/v1", None),
        ("https://dashscope.aliyuncs.com.example.com/api/v1", None),
    ],
)
def test_the_region_is_told_by_the_host(base_url: str, region: Region | None) -> None:
    assert region_of(base_url) is region


@pytest.mark.parametrize(
    ("query", "models"),
    [
        ("INSTRUCT", [INSTRUCT, f"{INSTRUCT}-2026-01-26"]),
        ("instruct 2026", [f"{INSTRUCT}-2026-01-26"]),
        ("qwen-tts-l", ["qwen-tts-latest"]),
        ("zzz", []),
    ],
)
def test_a_model_is_found_by_parts_of_its_id(query: str, models: list[str]) -> None:
    assert [model.id for model in ALL.search_models(query)] == models


def test_an_empty_search_lists_every_model() -> None:
    assert [model.id for model in ALL.search_models(" ")] == list(MODELS)


@pytest.mark.parametrize("written", ["Ono Anna", "ono anna", " ONO ANNA "])
def test_a_voice_is_found_in_any_case(written: str) -> None:
    assert ALL.find_voice(FLASH, written).id == "Ono Anna"


def test_a_voice_is_found_by_its_chinese_name() -> None:
    assert ALL.find_voice(FLASH, "芊悦").id == "Cherry"


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
        (
            "gpt-4o-mini-tts",
            "Cherry",
            "There is no such speech model. Pick one from the list, such as qwen3-tts-flash.",
        ),
    ],
)
def test_a_wrong_choice_is_answered_by_what_to_do(model: str, voice: str, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        ALL.find_voice(model, voice)
    assert str(caught.value) == sentence


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
        ("french", ["Emilien"]),
        ("spanish", ["Bodega", "Sonrisa"]),
        ("portugese", ["Radio Gol"]),
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
    assert {voice.sex for voice in ALL.search_voices("male", FLASH)} == {Sex.MALE}


def test_a_search_stays_within_the_model() -> None:
    assert ids("jennifer", INSTRUCT) == []
