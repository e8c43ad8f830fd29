"""Cutting long text: nothing lost, nothing too long, at natural borders."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.segment import is_speakable, split
from bot.tts.catalog import weighted_characters

LIMIT = 600
FIRST = 120

ENGLISH = (
    "Dr. Smith went to Washington, D.C. on Jan. 5th at 3.30 p.m., and paid $1,000.50 for it. "
    '"Really?" she asked; nobody knew. The quick brown fox jumps over the lazy dog near the '
    "river bank. "
)
CHINESE = "今天天气不错，我们去公园走走吧！你觉得怎么样？“好啊。”她说；然后我们就出发了。"


def cut(text: str, limit: int = LIMIT, first: int | None = FIRST) -> tuple[str, ...]:
    return split(text, limit=limit, first_limit=first, measure=weighted_characters)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_short_text_is_one_piece() -> None:
    assert cut("Hello there. How are you?") == ("Hello there. How are you?",)


@pytest.mark.parametrize("text", ["", "  ", "\n\n\t"])
def test_nothing_has_no_pieces(text: str) -> None:
    assert cut(text) == ()


@pytest.mark.parametrize("text", [ENGLISH * 8, CHINESE * 16], ids=["English", "Chinese"])
def test_long_text_is_cut_at_ends_of_sentences(text: str) -> None:
    pieces = cut(text)
    assert "".join(pieces) == in_one_line(text)
    assert weighted_characters(pieces[0]) <= FIRST
    assert all(LIMIT / 3 <= weighted_characters(piece) <= LIMIT for piece in pieces[1:])
    assert all(piece.rstrip()[-1] in ".?!。！？”" for piece in pieces)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("One is here. Two is there.", 20, ("One is here. ", "Two is there.")),
        ("Mr. Fox is in. He eats.", 16, ("Mr. Fox is in. ", "He eats.")),
        ("It costs 3.50 now. Buy.", 20, ("It costs 3.50 now. ", "Buy.")),
        ("a list\nof things\nto say", 12, ("a list ", "of things ", "to say")),
        ("first this, then that and more", 16, ("first this, ", "then that and ", "more")),
        ("it was 1,000,000 and more", 16, ("it was ", "1,000,000 and ", "more")),
        ("no punctuation at all here", 15, ("no punctuation ", "at all here")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("你好。今天天气不错。走吧。", 14, ("你好。", "今天天气不错。", "走吧。")),
        ("今天天气，我们去公园走走吧", 18, ("今天天气，", "我们去公园走走吧")),
        ("今天天气不错我们走吧", 8, ("今天天气", "不错我们", "走吧")),
        ("そうですね。行きましょう。", 12, ("そうですね。", "行きましょう。")),
        ("Привет, это т.е. мы. Да.", 22, ("Привет, это т.е. мы. ", "Да.")),
        ("안녕하세요. 반갑습니다.", 9, ("안녕하세요. ", "반갑습니다.")),
        ("नमस्ते। कैसे हो?", 9, ("नमस्ते। ", "कैसे हो?")),
    ],
)
def test_a_cut_is_where_a_speaker_would_breathe(
    text: str, limit: int, pieces: tuple[str, ...]
) -> None:
    assert cut(text, limit, None) == pieces


def test_a_tiny_sentence_joins_the_next() -> None:
    text = "Hi. " + "This is a sentence that goes on, with a clause or two, for a while longer."
    assert cut(text, 40, None)[0] == "Hi. This is a sentence that goes on, "


def test_no_first_limit_means_the_limit() -> None:
    assert weighted_characters(cut(ENGLISH * 8, first=None)[0]) > FIRST


def test_a_first_limit_above_the_limit_does_not_raise_it() -> None:
    assert all(len(piece) <= 50 for piece in cut(ENGLISH, limit=50, first=500))


def test_abbreviations_follow_the_language_of_the_text() -> None:
    text = "Das ist z. B. gut. Ja."
    pieces = split(text, limit=20, first_limit=None, measure=len, language=Language.GERMAN)
    assert pieces == ("Das ist z. B. gut. ", "Ja.")


@pytest.mark.parametrize(
    "cluster",
    ["👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301\u0323", "नि", "각", "🏴\U000e0067\U000e0062\U000e007f"],
)
def test_what_people_see_as_one_character_is_never_cut(cluster: str) -> None:
    pieces = cut(cluster * 40, limit=30, first=17)
    assert "".join(pieces) == cluster * 40
    assert all(len(piece) % len(cluster) == 0 for piece in pieces)


SIGNS = st.sampled_from(
    [
        *"aZ9é。，！？.,;:!?…“”\"'()（）—- \n\t",
        "你",
        "好",
        "カ",
        "한",
        "я",
        "ก",
        "नि",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "e\u0301",
    ]
)


@settings(deadline=None)
@given(
    text=st.one_of(
        st.text(),
        st.lists(SIGNS, max_size=300).map("".join),
        st.lists(st.sampled_from(["word", "Mr.", "好。", "well, ", "end. "])).map(" ".join),
    ),
    limit=st.integers(min_value=12, max_value=80),
    first=st.one_of(st.none(), st.integers(min_value=12, max_value=80)),
)
def test_no_text_loses_anything_or_exceeds_the_limit(
    text: str, limit: int, first: int | None
) -> None:
    pieces = cut(text, limit, first)
    assert "".join(pieces) == in_one_line(text)
    assert all(pieces)
    assert all(weighted_characters(piece) <= limit for piece in pieces)
    assert all(weighted_characters(piece) <= (first or limit) for piece in pieces[:1])


@settings(deadline=None)
@given(st.lists(SIGNS, max_size=200).map("".join), st.integers(min_value=12, max_value=40))
def test_borders_are_borders_of_characters_as_people_see_them(text: str, limit: int) -> None:
    whole = regex.findall(r"\X", in_one_line(text))
    parts = [cluster for piece in cut(text, limit) for cluster in regex.findall(r"\X", piece)]
    assert parts == whole


def test_a_limit_below_one_character_still_ends() -> None:
    assert cut("好好", limit=1, first=None) == ("好", "好")


@pytest.mark.parametrize(
    "hostile",
    [
        "a",
        "Z\u0301",
        "\u202e",
        ".",
        "“",
        "(a ",
        "你好。",
        "a\n",
        "Mr. ",
        "a\ud800. ",
        "👨‍👩‍👧‍👦",
        "ﷺ",
    ],
)
def test_the_work_grows_with_the_length_and_not_with_its_square(hostile: str) -> None:
    measured = 0

    def measure(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return weighted_characters(text)

    text = hostile * (60_000 // len(hostile))
    split(text, limit=LIMIT, first_limit=FIRST, measure=measure)
    # A piece is searched for by halves within the limit, wherever in the text it is.
    assert measured < 16 * len(text)


@pytest.mark.parametrize("text", ["a", "7", "١", "好", "カ", "한", "👍", "🇩🇪", "...a", "é", "½"])
def test_letters_digits_and_emoji_are_speakable(text: str) -> None:
    assert is_speakable(text)


@pytest.mark.parametrize("text", ["", " \n", "...!?", "||||", "```", "。，", "\u200b\u202e", "—"])
def test_punctuation_and_nothing_are_not_speakable(text: str) -> None:
    assert not is_speakable(text)
