"""All rules one after the other: what becomes of what people write in ten languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.models import Language
from bot.settings.choices import EmojiReading
from bot.settings.guild import GuildSettings
from bot.settings.pages.limits import MAX_CHARACTERS
from bot.text.language import LanguageDetector
from bot.text.lexicon import Lexicon, LexiconEntry
from bot.text.message import ChatMessage
from bot.text.pipeline import Words, put_into_words

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SETTINGS = GuildSettings()
NO_LEXICON = Lexicon([])
ENGLISH = Language.ENGLISH


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    detector = LanguageDetector()
    detector.load()
    return detector


def words_for(
    text: str,
    detector: LanguageDetector,
    *,
    language: Language | None = None,
    settings: GuildSettings = SETTINGS,
    lexicon: Lexicon = NO_LEXICON,
    most: int = MAX_CHARACTERS,
) -> Words:
    return put_into_words(
        ChatMessage(text, users={42: "Bob"}),
        settings=settings,
        lexicon=lexicon,
        detector=detector,
        now=NOW,
        language=language,
        max_characters=most,
    )


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (
            ENGLISH,
            "brb <@42>, looooool 😂😂😂",
            "be right back Bob, lol, 3 times face with tears of joy",
        ),
        (ENGLISH, "**𝓱𝓮𝔂** ||secret|| https://example.com/x", "hey spoiler example.com"),
        (ENGLISH, "no no no no no no!!!!!!", "no no no no!"),
        (ENGLISH, "<:kappa:1><:kappa:1> ❤️", "2 times kappa, red heart"),
        (Language.GERMAN, "vllt morgen hahahahaha 🔥", "vielleicht morgen hahaha, feuer"),
        (Language.FRENCH, "jsp mdr 🔥", "je sais pas mort de rire, feu"),
        (Language.SPANISH, "q risa jajajajaja", "que risa jajaja"),
        (Language.ITALIAN, "cmq ahahahah 🔥", "comunque ahahah, fuoco"),
        (Language.PORTUGUESE, "vc viu kkkkkkk", "você viu haha"),
        (Language.RUSSIAN, "спс ахахаха 🔥🔥", "спасибо хахаха, 2 раза огонь"),
        (Language.CHINESE, "yyds哈哈哈哈哈😂", "永远的神哈哈哈，笑哭了"),
        (Language.JAPANESE, "すごいwww😂", "すごい、わらわら、嬉し泣き"),
        (Language.KOREAN, "ㅇㅋ ㅋㅋㅋㅋㅋ 🔥", "오케이 크크크, 불"),
    ],
)
def test_a_message_becomes_what_people_would_say(
    detector: LanguageDetector, language: Language, text: str, spoken: str
) -> None:
    assert words_for(text, detector, language=language).text == spoken


def test_the_dictionary_goes_before_what_is_known_of_chats(detector: LanguageDetector) -> None:
    lexicon = Lexicon([LexiconEntry("gg", "well done"), LexiconEntry("🔥", "lit")])
    assert words_for("gg 🔥", detector, language=ENGLISH, lexicon=lexicon).text == "well done lit"


def test_custom_and_other_emoji_share_one_limit(detector: LanguageDetector) -> None:
    two = replace(SETTINGS, max_emoji=2)
    spoken = words_for("<:kappa:1> 🔥 😂", detector, language=ENGLISH, settings=two)
    assert spoken.text == "kappa, fire"


def test_no_emoji_is_said_where_they_are_off(detector: LanguageDetector) -> None:
    off = replace(SETTINGS, emoji=EmojiReading.OFF)
    assert words_for("<:kappa:1> hi 🔥", detector, settings=off, language=ENGLISH).text == "hi"
    assert words_for("🔥🔥", detector, settings=off).text == ""


def test_a_long_message_ends_within_the_limit(detector: LanguageDetector) -> None:
    text = "This is the first sentence. This is the second one, and it is longer than the first."
    spoken = words_for(text, detector, language=ENGLISH, most=72).text
    assert spoken == "This is the first sentence. This is the second one, and so on"
