"""Repeats: letters, syllables, words, marks, and what is no word at all."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.repeats import tame_repeats
from tests.text.hostile_words import HOSTILE_WORDS


def tame(text: str, most: int = 4) -> str:
    return tame_repeats(text, most=most)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("sooooooooo", "soooo"),
        ("NOOOOoooo", "NOOOO"),
        ("приииииивет", "приииивет"),
        ("あああああああ", "ああああ"),
        ("すごーーーーーい", "すごーーーーい"),
        ("好好好好好好好", "好好好好"),
        ("네네네네네네", "네네네네"),
        ("blablablablablabla", "blablablabla"),
        ("加油加油加油加油加油加油", "加油加油加油加油"),
        ("हाहाहाहाहाहा", "हाहाहाहा"),
        ("ก็ก็ก็ก็ก็ก็", "ก็ก็ก็ก็"),
        ("no no no no no no no", "no no no no"),
        ("No, no! NO, no, no, no", "No, no! NO, no"),
        ("да да да да да да", "да да да да"),
        ("no\nno\nno\nno\nno\nno", "no\nno\nno\nno"),
        ("ха-ха-ха-ха-ха-ха", "ха-ха-ха-ха"),
        ("buy now buy now buy now buy now buy now", "buy now buy now buy now buy now"),
        ("I say so I say so I say so I say so I say so", "I say so I say so I say so I say so"),
    ],
)
def test_nothing_is_said_more_often_than_the_limit(text: str, spoken: str) -> None:
    assert tame(text) == spoken


@pytest.mark.parametrize(
    ("most", "spoken"),
    [(1, "aa no no"), (2, "aa no no"), (3, "aaa no no no"), (9, "aaaaaa no no no no no")],
)
def test_the_limit_is_chosen_and_two_are_always_allowed(most: int, spoken: str) -> None:
    assert tame("aaaaaa no no no no no", most) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("what!!!!!", "what!"),
        ("what?????", "what?"),
        ("what?!?!?!?!", "what?!"),
        ("什么？！？！", "什么？！"),
        ("真的！！！！", "真的！"),
        ("hmm........", "hmm..."),
        ("嗯…………", "嗯……"),
        ("え。。。。", "え……"),
        ("そう・・・", "そう……"),
        ("~~~~~ ===== -----", "~ = -"),
        ("(((((", "("),
        ("“““““", "“"),
    ],
)
def test_marks_are_written_once(text: str, spoken: str) -> None:
    assert tame(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("asdfghjkl", "asdfg"),
        ("SDKJFHSKDJFH!", "SDKJF!"),
        ("zxcvbnm", "zxcvb"),
        ("ok dfkgjhdkfjgh ok", "ok dfkgj ok"),
        ("йцкнгшщзхъ", "йцкнгшщзхъ"[:5]),
        ("qwe" + "rtyuiopaeö" * 10, "qwertyuiopaeörtyuiop"),
        ("9" * 600, "9999"),
        ("1234567890" * 60, "12345678901234567890"),
    ],
)
def test_what_nobody_can_say_is_cut(text: str, spoken: str) -> None:
    assert tame(text) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, book, committee: it's all good... really? Yes!",
        "flasks salads alaska alfalfa haggadah",
        "Angstschweiß Rechtsschutz Geschichtsschreibung Schifffahrt",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "HTML HTTPS rhythms strengths",
        "взгляд контрвстреча длинношеее",
        "谢谢 妈妈 天天 高高兴兴",
        "ままま いいね",
        "嗯…… 他说——好",
        "😂😂😂😂😂😂 👍🏽👍🏽👍🏽👍🏽👍🏽 🇩🇪🇩🇪🇩🇪🇩🇪🇩🇪",
        "C++ and 100000000 and 1111 and 1.5",
        "the cat and the dog and the bird and the fish",
        "สวัสดีครับ ต่างๆ นานา",
    ],
)
def test_what_people_write_in_good_faith_stays(text: str) -> None:
    assert tame(text) == text


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*"aabn!?.…。 \n好 9-", "no ", "ab", "ก็", "हा"]), max_size=80).map(
        "".join
    )
    | st.text(max_size=40),
    st.integers(1, 20),
)
def test_no_text_grows_and_a_tamed_one_stays(text: str, most: int) -> None:
    tamed = tame(text, most)
    assert len(tamed) <= len(text)
    assert tame(tamed, most) == tamed
    assert regex.search(rf"(\p{{L}})\1{{{max(most, 2)}}}", tamed) is None
    assert regex.search(r"([!?。])\1", tamed) is None


@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows(text: str) -> None:
    assert len(tame(text)) <= len(text)
