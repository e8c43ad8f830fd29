from __future__ import annotations

from dataclasses import replace

import pytest

from bot.models import Language, Origin, Sex, SpeechRequest, Voice
from bot.tts._espeak_voices import ESPEAK_MODEL
from bot.tts._voices import ALL, marked
from bot.tts.casting import Cast, Likeness, OtherAccount

QWEN = {voice.id: voice for voice in ALL}
REQUEST = SpeechRequest(
    "Good morning",
    "qwen3-tts-instruct-flash",
    QWEN["Serena"],
    Language.KOREAN,
    "whispering",
    speed=1.5,
    volume=0.5,
    origin=Origin(7, 8),
)
FLASH = Cast("qwen3-tts-flash", QWEN["Cherry"], ALL)
INSTRUCT = Cast(
    "qwen3-tts-instruct-flash",
    QWEN["Cherry"],
    tuple(voice for voice in ALL if voice.id in marked("I")),
    accepts_style=True,
)
LEGACY = Cast(
    "qwen-tts",
    QWEN["Cherry"],
    tuple(voice for voice in ALL if voice.id in marked("Q")),
    frozenset({Language.AUTO, Language.CHINESE, Language.ENGLISH}),
)
SERVER = Cast(
    "Qwen/Qwen3-TTS",
    Voice("vivian", sex=Sex.FEMALE),
    (
        Voice("aiden", sex=Sex.MALE),
        Voice("ono_anna", sex=Sex.FEMALE),
        Voice("uncle_fu", sex=Sex.MALE),
        Voice("vivian", sex=Sex.FEMALE),
    ),
)
BARE = Cast("tts", Voice("alloy"))


@pytest.mark.parametrize("stand_in", [FLASH, INSTRUCT, LEGACY, SERVER, BARE, Likeness("espeak-ng")])
def test_text_speed_volume_and_who_asked_stay(stand_in: Cast | Likeness) -> None:
    adapted = stand_in.stand_in(REQUEST)

    assert adapted.model == stand_in.model
    assert (adapted.text, adapted.speed, adapted.volume) == ("Good morning", 1.5, 0.5)
    assert adapted.origin == Origin(7, 8)


@pytest.mark.parametrize(
    ("cast", "voice", "expected"),
    [
        (FLASH, QWEN["Serena"], "Serena"),
        (INSTRUCT, QWEN["Kai"], "Kai"),
        (INSTRUCT, QWEN["Ryan"], "Ethan"),  # the first man of the model
        (INSTRUCT, QWEN["Kiki"], "Cherry"),
        (LEGACY, QWEN["Rocky"], "Ethan"),
        (FLASH, Voice("vc-anna"), "Cherry"),
        (FLASH, Voice("vc-bert", sex=Sex.MALE), "Ethan"),
        (SERVER, QWEN["Ono Anna"], "ono_anna"),
        (SERVER, QWEN["Vivian"], "vivian"),
        (SERVER, QWEN["Ethan"], "aiden"),
        (SERVER, QWEN["Cherry"], "vivian"),
        (BARE, QWEN["Cherry"], "alloy"),
        (BARE, QWEN["Ethan"], "alloy"),
    ],
)
def test_the_nearest_voice_speaks(cast: Cast, voice: Voice, expected: str) -> None:
    assert cast.stand_in(replace(REQUEST, voice=voice)).voice.id == expected


def test_a_voice_with_a_dialect_speaks_for_others_only_if_there_is_no_plain_one() -> None:
    dialects = tuple(voice for voice in ALL if voice.dialect)
    cast = Cast("m", QWEN["Cherry"], dialects)

    assert cast.nearest(QWEN["Ethan"]).id == "Dylan"


def test_a_language_the_model_does_not_speak_is_left_to_it() -> None:
    assert LEGACY.stand_in(REQUEST).language is Language.AUTO
    assert FLASH.stand_in(REQUEST).language is Language.KOREAN


def test_a_style_goes_only_where_it_is_followed() -> None:
    assert INSTRUCT.stand_in(REQUEST).style == "whispering"
    assert FLASH.stand_in(REQUEST).style is None
    assert Likeness(ESPEAK_MODEL).stand_in(REQUEST).style is None


def test_a_likeness_is_asked_for_the_voice_itself() -> None:
    assert Likeness(ESPEAK_MODEL).stand_in(REQUEST).voice == QWEN["Serena"]


def test_another_account_speaks_the_same_but_for_voices_it_does_not_have() -> None:
    second = OtherAccount(frozenset({"qwen3-tts-flash", "qwen3-tts-instruct-flash"}), FLASH)
    custom = replace(REQUEST, model="qwen3-tts-vc-2026-01-22", voice=Voice("vc-anna"))

    assert second.stand_in(REQUEST) is REQUEST
    adapted = second.stand_in(custom)
    assert (adapted.model, adapted.voice.id) == ("qwen3-tts-flash", "Cherry")
