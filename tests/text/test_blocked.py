"""Blocked words: found however they are written, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.settings.pages.filters import MAX_BLOCKED_WORDS
from bot.text._disguise import WORD, guises, is_suspicious
from bot.text._fold import BEGIN, END, fold
from bot.text.blocked import BLEEPS, BlockedWords
from bot.text.segment import is_speakable

# Mild ones; what matters is how they are written.
BLOCKED = BlockedWords(
    [
        "Darn",
        "hell",
        "ass",
        "ano",
        "shut up",
        "mother-in-law",
        "1488",
        "тупой",
        "笨蛋",
        "ばか",
        "바보",
        "🖕",
        "🇩🇪",
        ":)",
        "",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "darn",
        "Oh DARN!",
        "ｄａｒｎ",
        "𝓭𝓪𝓻𝓷",
        "ⓓⓐⓡⓝ",
        "da\u00adr\u200bn",
        "d̶a̶r̶n̶",
        "d\u0336\u0335\u0334arn",
        "dárn",
        "ɗarn darn",
        "d4rn",
        "d@rn",
        "h3ll",
        "he1l",
        "he!1",
        "@ss",
        "a$$",
        "a$$!",
        "a55",
        "dаrn",  # with a Cyrillic letter
        "dαrn",  # with a Greek one
        "daaaarn",
        "darnnnn",
        "hellllll",
        "assss",
        "d.a.r.n",
        "d a r n",
        "oh d-a-r-n it",
        "D _ A _ R _ N",
        "d 4 r n",
        "i d a r n e d",
        "shut  up",
        "SHUT-UP now",
        "s.h.u.t.u.p",
        "shut, up",
        "mother in law",
        "1488",
        "Тупой",
        "туп0й",
        "tупой",
        "т у п о й",
        "大笨蛋啊",
        "笨.蛋",
        "笨 蛋",
        "ばかだね",
        "바보야",
        "바 보",
        "🖕🏽",
        "no🖕no",
        "🇩🇪",
    ],
)
def test_a_word_is_found_however_it_is_written(text: str) -> None:
    assert BLOCKED.is_in(text)
    assert not BLOCKED.is_in(BLOCKED.bleep(text, Language.ENGLISH))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "darned",
        "dar n",
        "hello, shell",
        "class assess",
        "as",
        "a s",
        "455",
        "años",
        "año",
        "shut the door up",
        "mother law",
        "14880",
        "14 88",
        "тупо",
        "他太笨 蛋糕",
        "바람 보리",
        "개바보",
        "🖐️",
        "🇩🇰",
        ":)",
        "I'm a b",
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert not BLOCKED.is_in(text)
    assert BLOCKED.bleep(text, Language.ENGLISH) == text


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("Oh darn, what a day", Language.ENGLISH, "Oh beep, what a day"),
        ("Oh d a r n, darn!", Language.GERMAN, "Oh Piep, Piep!"),
        ("so f...darn", Language.FRENCH, "so f...bip"),
        ("ты тупой", Language.RUSSIAN, "ты пип"),
        ("大笨蛋啊", Language.CHINESE, "大哔啊"),
        ("大笨蛋啊", Language.AUTO, "大beep啊"),
        ("a笨蛋b", Language.ENGLISH, "a beep b"),
        ("ばかだね", Language.JAPANESE, "ピーだね"),
        ("바보야", Language.KOREAN, "삐야"),
        ("shut up up", Language.SPANISH, "pip up"),
        ("daaarn", Language.ITALIAN, "bip"),
        ("hell hell", Language.PORTUGUESE, "bip bip"),
    ],
)
def test_what_is_found_is_bleeped_in_the_language_of_the_text(
    text: str, language: Language, spoken: str
) -> None:
    assert BLOCKED.bleep(text, language) == spoken


def test_there_is_a_beep_in_every_language() -> None:
    assert set(BLEEPS) == set(Language)
    assert all(map(is_speakable, BLEEPS.values()))


def test_nothing_is_blocked_unless_somebody_says_so() -> None:
    assert not BlockedWords([]).is_in("darn")
    assert BlockedWords([":)", " "]).bleep("a :) b", Language.ENGLISH) == "a :) b"


TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [
                *"darnDARN4@$!1s. ,-_",
                "darn",
                "á",
                "а",
                "f\u0336",
                "笨",
                "蛋",
                "ば",
                "바",
                "보",
                "👍",
                "ddd",
            ]
        ),
        max_size=20,
    ).map("".join),
)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_of_a_word_is_left_behind_a_beep(text: str) -> None:
    bleeped = BLOCKED.bleep(text, Language.ENGLISH)
    assert (bleeped == text) is not BLOCKED.is_in(text)
    assert len(bleeped) <= (len("beep") + 2) * len(text)


@settings(deadline=None)
@given(TEXTS)
def test_only_what_is_suspicious_is_in_disguise(text: str) -> None:
    """A look at the whole decides whether its words are looked at one by one."""
    signs = fold(text).signs
    words = [match[0] for match in WORD.finditer(signs.replace(BEGIN, "").replace(END, ""))]
    is_disguised = any(guises(word) - {word} for word in words)
    assert not is_disguised or is_suspicious(signs)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=50), max_size=MAX_BLOCKED_WORDS), TEXTS)
def test_any_words_can_be_blocked(words: list[str], text: str) -> None:
    BlockedWords(words).bleep(text, Language.ENGLISH)
