"""Laughter: recognised in every language, said as the voice's language does, and short."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.laughter import tame_laughter
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, CHINESE, AUTO = Language.RUSSIAN, Language.CHINESE, Language.AUTO
JAPANESE, KOREAN = Language.JAPANESE, Language.KOREAN


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (ENGLISH, "haha hahahahaha", "haha hahaha"),
        (ENGLISH, "HAHAHA ahahahah haahahaha", "hahaha hahaha hahaha"),
        (ENGLISH, "hehe hihihihi hohoho", "hehe hihihi hohoho"),
        (ENGLISH, "muahahaha bwahahaha", "hahaha hahaha"),
        (ENGLISH, "lol LOOOOL lolololol lolz", "lol lol lol lol"),
        (ENGLISH, "lmao LMAOOOO lmfao roflmao rofl", "haha haha haha haha haha"),
        (ENGLISH, "xD XDDDD xd", "haha haha haha"),
        (ENGLISH, "that is wwwwwww", "that is haha"),
        (GERMAN, "hahahahaha hihi xD", "hahaha hihi haha"),
        (FRENCH, "mdr MDRRR ptdr xptdr", "mort de rire mort de rire pété de rire pété de rire"),
        (FRENCH, "hahahaha héhé", "hahaha hehe"),
        (SPANISH, "jaja JAJAJAJAJA ajaja", "jaja jajaja jaja"),
        (SPANISH, "jajsjajsjs jejeje jijiji jojojojo", "jajaja jejeje jijiji jojojo"),
        (SPANISH, "hahaha xD", "jajaja jaja"),
        (ITALIAN, "ahahahahah eheh hahaha", "ahahah eheh ahahah"),
        (PORTUGUESE, "kkk kkkkkkkk", "haha haha"),
        (PORTUGUESE, "rs rsrsrs", "risos risos"),
        (PORTUGUESE, "huehuehue hauhauhau", "haha haha"),
        (RUSSIAN, "хах хахахаха АХАХАХ ахаха", "хаха хахаха хахаха хаха"),
        (RUSSIAN, "хехе хихихихи хохохо", "хехе хихихи хохохо"),
        (RUSSIAN, "АХВХАХАХАХВХ лол lol xD", "хахаха лол лол хаха"),
        (CHINESE, "太好了哈哈哈哈哈哈！", "太好了哈哈哈！"),
        (CHINESE, "笑死我了2333333", "笑死我了哈哈哈"),
        (CHINESE, "233", "哈哈哈"),
        (CHINESE, "好吧hhhhh", "好吧哈哈哈"),
        (CHINESE, "lol hahaha", "哈哈 哈哈哈"),
        (CHINESE, "来玩LOL吗", "来玩LOL吗"),
        (JAPANESE, "すごいw", "すごい、わら"),
        (JAPANESE, "すごいwwwww", "すごい、わらわら"),
        (JAPANESE, "やばいWWW！", "やばい、わらわら！"),
        (JAPANESE, "www", "わらわら"),
        (JAPANESE, "それな笑", "それな、わら"),
        (JAPANESE, "それな（笑）", "それな、わら"),
        (JAPANESE, "lol ㅋㅋㅋ", "わら ははは"),
        (KOREAN, "ㅋㅋㅋㅋㅋㅋ", "크크크"),
        (KOREAN, "아니ㅋㅋㅋㅋ진짜", "아니 크크크 진짜"),
        (KOREAN, "ㅎㅎ 네 ㅋ", "하하 네 크"),
        (KOREAN, "ㅠㅠ ㅜㅜ", "흑흑 흑흑"),
        (KOREAN, "ㅋㅋㅠㅠ", "크크 흑흑"),
        (KOREAN, "lol hahaha", "크크 하하하"),
        (ENGLISH, "哈哈哈 ㅋㅋㅋ хахаха jajaja", "hahaha hahaha hahaha hahaha"),
        (ENGLISH, "ㅠㅠ", "sniff"),
        (AUTO, "hahahaha jajajaja", "hahaha jajaja"),
        (AUTO, "хахахаха 哈哈哈哈 ㅋㅋㅋㅋ lol", "хахаха 哈哈哈 크크크 lol"),
    ],
)
def test_a_laugh_is_a_short_one_of_the_language(language: Language, text: str, spoken: str) -> None:
    assert tame_laughter(text, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ENGLISH, "aha! ahh, ahhhh, oh, hah, ha, huh, ohh"),
        (ENGLISH, "lolly lollipop loyal xdr kkk www www.example.com"),
        (ENGLISH, "the jar, Java, ajar, jaja"),
        (GERMAN, "jaja, jajaja, Haha-Effekt".replace("Haha", "Aha")),
        (SPANISH, "hija baja caja jabón"),
        (PORTUGUESE, "o RS e os rsync"),
        (ITALIAN, "ah! eh, oh"),
        (RUSSIAN, "запах взмах страх ах ха аха эхо ухо"),
        (CHINESE, "一共233块钱，1233，2.33，23"),
        (CHINESE, "哈尔滨 哈"),
        (JAPANESE, "爆笑 苦笑い 草 笑う w杯 Wii wi-fi"),
        (KOREAN, "ㅇㅋ ㅊㅋ ㄱㅅ 하하"),
    ],
)
def test_what_is_no_laugh_stays(language: Language, text: str) -> None:
    assert tame_laughter(text, language) == text


@pytest.mark.parametrize("language", Language)
def test_a_tamed_laugh_stays_as_it_is(language: Language) -> None:
    tamed = tame_laughter(
        "hahahaha, hehe, jajaja, хахаха, 哈哈哈哈, ㅋㅋㅋ, ㅠㅠ, lol, xD", language
    )
    assert tame_laughter(tamed, language) == tamed


PARTS = ["ha", "ja", "lol", "rs", "23", "な", *"aхаwkdx哈ㅋㅎㅠ笑3.,! "]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PARTS)).map("".join), st.sampled_from(list(Language)))
def test_no_laugh_has_more_than_three_syllables(text: str, language: Language) -> None:
    tamed = tame_laughter(text, language)
    assert regex.search(r"\b(?:ha){4}\b|\b(?:ja){4}\b|(?:크|하){7}|(?:わら){7}", tamed) is None


@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
@pytest.mark.parametrize("language", [AUTO, SPANISH, JAPANESE, KOREAN])
def test_no_hostile_text_grows_much(text: str, language: Language) -> None:
    assert len(tame_laughter(text, language)) <= len(text) + 400
