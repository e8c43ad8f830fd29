"""Dates in numbers, with their months by name, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.dates import MAX_DATES, name_dates
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, CHINESE, AUTO = Language.RUSSIAN, Language.CHINESE, Language.AUTO
JAPANESE, KOREAN = Language.JAPANESE, Language.KOREAN


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ENGLISH, "November 29th, 2026"),
        (GERMAN, "29. November 2026"),
        (FRENCH, "29 novembre 2026"),
        (SPANISH, "29 de noviembre de 2026"),
        (ITALIAN, "29 novembre 2026"),
        (PORTUGUESE, "29 de novembro de 2026"),
        (RUSSIAN, "двадцать девятого ноября две тысячи двадцать шестого года"),
        (CHINESE, "2026年11月29日"),
        (JAPANESE, "2026年11月29日"),
        (KOREAN, "2026년 11월 29일"),
        (AUTO, "2026-11-29"),
    ],
)
def test_a_date_is_said_as_the_language_says_it(language: Language, spoken: str) -> None:
    assert name_dates("2026-11-29", language) == spoken


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ENGLISH, "2026/1/5, 2026.01.05", "January 5th, 2026, January 5th, 2026"),
        (ENGLISH, "29.11.2026", "November 29th, 2026"),
        (ENGLISH, "11/29/2026 and 29/11/2026", "November 29th, 2026 and November 29th, 2026"),
        (ENGLISH, "5/4/2026", "May 4th, 2026"),
        (ENGLISH, "on 11/29 or 25/12.", "on November 29th or December 25th."),
        (ENGLISH, "5/4/26", "May 4th, 2026"),
        (GERMAN, "am 3.5.2026 und 29.11.", "am 3. Mai 2026 und 29. November"),
        (GERMAN, "01.02.99", "1. Februar 1999"),
        (GERMAN, "5/4/2026", "5. April 2026"),
        (FRENCH, "1/5/2026 et 25/12", "1er mai 2026 et 25 décembre"),
        (SPANISH, "el 25/12", "el 25 de diciembre"),
        (ITALIAN, "1/8/2026", "1º agosto 2026"),
        (PORTUGUESE, "1/9/2026", "1º de setembro de 2026"),
        (RUSSIAN, "1.5.2026", "первого мая две тысячи двадцать шестого года"),
        (CHINESE, "11/29见", "11/29见"),
        (CHINESE, "11/29 见", "11月29日 见"),
        (JAPANESE, "5-10-2026", "2026年10月5日"),
        (KOREAN, "11/29/2026", "2026년 11월 29일"),
    ],
)
def test_days_and_months_come_in_the_order_of_the_language(
    language: Language, written: str, spoken: str
) -> None:
    assert name_dates(written, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (ENGLISH, "24/7, 1/2, 3/4, 9/11, 20/20, 5/0"),
        (ENGLISH, "31.02.2026, 2026-13-01, 2026-00-10, 9999-01-01, 0/13/2026"),
        (ENGLISH, "v1.2.2026, 1.2.3.2026, 192.168.1.1, 1.2.10, 29.11."),
        (ENGLISH, "2026-11-29-5, x2026-11-29, 2026-11-29T10:00, $5/25"),
        (GERMAN, "24/7, 3.5, 1.2.10, 32.1."),
        (RUSSIAN, "29.11, 1/2"),
    ],
)
def test_what_is_no_date_for_sure_stays(language: Language, text: str) -> None:
    assert name_dates(text, language) == text


def test_a_table_of_dates_stays_from_some_point_on() -> None:
    named = name_dates("2026-11-29 " * 50, CHINESE)
    assert (named.count("年"), named.count("-")) == (MAX_DATES, 2 * (50 - MAX_DATES))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*"0123459./-: ", "29", "11", "2026"]), max_size=12).map("".join),
    st.sampled_from(list(Language)),
)
def test_a_named_date_is_no_other_date(text: str, language: Language) -> None:
    named = name_dates(text, language)
    assert name_dates(named, language) == named


@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows_much(text: str) -> None:
    assert len(name_dates(text, RUSSIAN)) <= len(text) + MAX_DATES * 80
