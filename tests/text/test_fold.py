"""Text in signs: equal where people see the same word, and never out of step with the text."""

from __future__ import annotations

import sys

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text._fold import BEGIN, END, Kind, fold, kind_of

CLUSTERS = [
    *"aBÉяЁ가ㅋかアー好กำς1'’.` \n",
    "e\u0301",
    "\u1100\u1161\u11a8",
    "ｶﾞ",
    "ﾞ",
    "\u0301",
    "\u200d",
    "👩",
    "👩‍👧",
    "1️⃣",
    "🇩🇪",
    "ß",
    "İ",
    "ﬁ",
    "㍿",
    "\u0600",
    "\ud800",
    BEGIN,
    "\u00ad",
    "नि",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(CLUSTERS), max_size=30).map("".join))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LOL", "lol"),
        ("ＬＯＬ", "lol"),
        ("𝓵𝓸𝓵", "lol"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("café", "cafe\u0301"),
        ("don’t", "don't"),
        ("new \n york", "new york"),
        ("so\u00adft", "soft"),
        ("ガ", "ｶﾞ"),
        ("각", "\u1100\u1161\u11a8"),
        ("❤️", "❤"),
    ],
)
def test_what_people_take_for_the_same_is_the_same(one: str, other: str) -> None:
    assert fold(one).signs == fold(other).signs


@pytest.mark.parametrize(
    ("one", "other"),
    [("cafe", "café"), ("か", "が"), ("か", "か゚"), ("👩", "👩‍👧"), ("a", "a."), ("b", "\ue001b")],
)
def test_what_people_tell_apart_is_not_the_same(one: str, other: str) -> None:
    assert fold(one).signs != fold(other).signs


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        *((letter, Kind.WORD) for letter in "aßяλ7½אع"),
        *((letter, Kind.HANGUL) for letter in "가ㅋ"),
        *(
            (letter, Kind.APART)
            for letter in ["好", "か", "ア", "ー", "ก", ".", " ", "👍", "1️⃣", "\ud800"]
        ),
    ],
)
def test_some_scripts_part_their_words(character: str, kind: Kind) -> None:
    assert kind_of(character) is kind


def test_a_word_stands_between_its_borders() -> None:
    assert fold("ok, 好!").signs == f"{BEGIN}ok{END}, 好!"
    assert fold("LOL은").signs == f"{BEGIN}lol{END}{BEGIN}은{END}"


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_text_is_folded_as_its_characters_are(one: str, other: str) -> None:
    """Runs are folded at once, which must not be seen: cut a text anywhere, it is the same."""
    text = f"{one} | {other}"
    parts = [fold(cluster) for cluster in regex.findall(r"\X", text)]
    unbordered = "".join(part.signs for part in parts).replace(BEGIN, "").replace(END, "")
    folded = fold(text)
    assert folded.signs.replace(BEGIN, "").replace(END, "") == regex.sub(" +", " ", unbordered)


def test_a_plain_character_is_folded_as_any_other() -> None:
    """What nobody sees behind it keeps it from being folded in a row."""
    codes = (*range(0x3400), *range(0x1F000, 0x1FB00))
    seen = [each for each in map(chr, codes) if regex.match(r"[\p{L}\p{N}\p{P}\p{S}]", each)]
    assert len(seen) > 10_000
    for each in seen:
        assert fold(each).signs == fold(f"{each}\ufe0f").signs, ascii(each)


@settings(deadline=None)
@given(TEXTS)
def test_every_sign_has_its_place_at_the_border_of_a_character(text: str) -> None:
    folded = fold(text)
    borders = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    assert len(folded.origins) == len(folded.signs) + 1
    assert list(folded.origins) == sorted(folded.origins)
    assert folded.origins[-1] == len(text)
    assert set(folded.origins) <= borders


def test_what_becomes_several_signs_is_in_the_middle_of_a_word() -> None:
    """So that no match ends within a character: a border would have to be there."""
    longer = [chr(code) for code in range(sys.maxunicode + 1) if len(chr(code).casefold()) > 1]
    assert len(longer) > 100
    assert all(kind_of(character) is Kind.WORD for character in longer)
