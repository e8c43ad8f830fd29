"""How many short chat lines are taken for what they are (tests/data/languages/README.md)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.models import Language
from bot.text.language import LanguageDetector

LINES = Path(__file__).parents[1] / "data" / "languages"
LANGUAGES = [each for each in Language if each is not Language.AUTO]
LEAST_LINES = 50
LEAST_SHARE = 0.95


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    detector = LanguageDetector()
    detector.load()
    return detector


def lines(language: Language) -> list[str]:
    written = (LINES / f"{language.value.lower()}.txt").read_text("utf-8").splitlines()
    return [line for line in written if not line.startswith("#")]


def held_out(language: Language) -> list[str]:
    return lines(language)[1::2]


def share(found: Iterable[Language], language: Language) -> float:
    taken = [each is language for each in found]
    return sum(taken) / len(taken)


def as_a_member(detector: LanguageDetector, written: list[str]) -> Iterable[Language]:
    """Yield the languages of lines of one member, each known when the next is written."""
    last = None
    for line in written:
        last = detector.detect(line, last=last)
        yield last


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_lines_and_none_twice(language: Language) -> None:
    written = lines(language)
    assert len(written) == len(set(written)) >= LEAST_LINES


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_on_their_own_are_known(detector: LanguageDetector, language: Language) -> None:
    assert share(map(detector.detect, held_out(language)), language) >= LEAST_SHARE


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_one_member_are_known(detector: LanguageDetector, language: Language) -> None:
    assert share(as_a_member(detector, held_out(language)), language) >= LEAST_SHARE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_member_may_change_the_language(detector: LanguageDetector, language: Language) -> None:
    others = [each for each in LANGUAGES if each is not language]
    found = (detector.detect(line, last=other) for line in held_out(language) for other in others)
    assert share(found, language) >= LEAST_SHARE


def test_where_most_write_english_the_others_are_known_too(detector: LanguageDetector) -> None:
    found = [
        detector.detect(line, hint=Language.ENGLISH) is language
        for language in LANGUAGES
        for line in held_out(language)
    ]
    assert sum(found) / len(found) >= LEAST_SHARE
