"""Emoji by name, in ten languages: one at a time, in rows, within a sentence, and not at all."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.emoji_names import name_emoji, several
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, CHINESE, AUTO = Language.RUSSIAN, Language.CHINESE, Language.AUTO
JAPANESE, KOREAN = Language.JAPANESE, Language.KOREAN

LAUGH = "face with tears of joy"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def name(text: str, language: Language = ENGLISH, most: int = 5) -> str:
    return name_emoji(text, language, most=most)


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (AUTO, "🔥", "fire"),
        (ENGLISH, "so good 😂", "so good, face with tears of joy"),
        (GERMAN, "sehr gut 😂", "sehr gut, gesicht mit freudentränen"),
        (FRENCH, "trop bien 😂", "trop bien, visage riant aux larmes"),
        (SPANISH, "qué bueno 😂", "qué bueno, cara llorando de risa"),
        (ITALIAN, "che bello 😂", "che bello, faccina con lacrime di gioia"),
        (PORTUGUESE, "muito bom 😂", "muito bom, rosto chorando de rir"),
        (RUSSIAN, "хорошо 😂", "хорошо, смеется до слез"),
        (CHINESE, "太好了😂", "太好了，笑哭了"),
        (JAPANESE, "最高😂", "最高、嬉し泣き"),
        (KOREAN, "좋아요 😂", "좋아요, 기쁨의 눈물을 흘리는 얼굴"),
    ],
)
def test_an_emoji_is_named_in_the_language_of_the_text(
    language: Language, text: str, spoken: str
) -> None:
    assert name(text, language) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ENGLISH, "3 times fire"),
        (GERMAN, "3 mal feuer"),
        (FRENCH, "3 fois feu"),
        (SPANISH, "3 veces fuego"),
        (ITALIAN, "3 volte fuoco"),
        (PORTUGUESE, "3 vezes fogo"),
        (RUSSIAN, "3 раза огонь"),
        (CHINESE, "3个火焰"),
        (JAPANESE, "火3個"),
        (KOREAN, "불 3개"),
    ],
)
def test_equal_ones_in_a_row_are_counted(language: Language, spoken: str) -> None:
    assert name("🔥🔥 🔥", language) == spoken


@pytest.mark.parametrize(
    ("count", "spoken"),
    [
        (1, "огонь"),
        (2, "2 раза огонь"),
        (5, "5 раз огонь"),
        (12, "12 раз огонь"),
        (22, "22 раза огонь"),
    ],
)
def test_russian_counts_in_two_ways(count: int, spoken: str) -> None:
    assert several("огонь", count, RUSSIAN) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("👍🏽", "thumbs up"),
        ("👍🏻👍🏿", "2 times thumbs up"),
        ("👨‍👩‍👧‍👦", "family man woman girl boy"),
        ("👩🏽‍💻", "woman technologist"),
        ("👩👩‍💻", "woman, woman technologist"),
        ("🤷🏽‍♂️", "man shrugging"),
        ("👩🏻‍🤝‍👨🏿", "woman and man holding hands"),
        ("🧑🏻‍❤️‍💋‍🧑🏿", "kiss"),
        ("🇩🇪", "flag of Germany"),
        ("🇩🇪🇫🇷🇫🇷", "flag of Germany, 2 times flag of France"),
        (ENGLAND, "flag of England"),
        ("🏳️‍🌈 🏴‍☠️ 🏴", "rainbow flag, pirate flag, black flag"),
        ("1️⃣2️⃣🔟", "1, 2, 10"),
        ("#️⃣", "keycap #"),
        ("❤️ ❤", "2 times red heart"),
        ("🅰️ 🆗", "A button, OK button"),
        ("👩‍👩", "woman woman"),
        ("🐻‍❄️", "polar bear"),
        ("🏽", ""),
    ],
)
def test_what_people_see_as_one_is_named_as_one(text: str, spoken: str) -> None:
    assert name(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("🔥 that was hot", "fire, that was hot"),
        ("that was hot 🔥", "that was hot, fire"),
        ("that was hot! 🔥", "that was hot! fire"),
        ("that was hot🔥!", "that was hot, fire!"),
        ("I ❤️ you", "I red heart you"),
        ("a🔥b", "a fire b"),
        ("(🔥)", "(fire)"),
        ("one 🔥\n🔥\n🔥 two", "one, fire\nfire\nfire, two"),
        ("🔥❤️ and 😂", f"fire, red heart, and, {LAUGH}"),
    ],
)
def test_names_are_words_of_the_sentence(text: str, spoken: str) -> None:
    assert name(text) == spoken


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (CHINESE, "我❤️你", "我红心你"),
        (CHINESE, "🔥太好了", "火焰，太好了"),
        (CHINESE, "🔥❤️🇩🇪", "火焰，红心，德国旗"),
        (CHINESE, "好🔥。走吧", "好，火焰。走吧"),
        (JAPANESE, "🔥すごい❤️", "火、すごい、赤いハート"),
    ],
)
def test_no_spaces_are_put_where_a_language_has_none(
    language: Language, text: str, spoken: str
) -> None:
    assert name(text, language) == spoken


@pytest.mark.parametrize(
    ("text", "most", "spoken"),
    [
        ("🔥❤️😂", 2, "fire, red heart"),
        ("🔥🔥🔥❤️😂", 2, "3 times fire, red heart"),
        ("🔥 a ❤️ b 😂", 1, "fire, a b"),
        ("🔥😂" * 50, 3, f"fire, {LAUGH}, fire"),
    ],
)
def test_those_beyond_the_limit_are_left_out(text: str, most: int, spoken: str) -> None:
    assert name(text, most=most) == spoken


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (ENGLISH, "🔥", ""),
        (ENGLISH, "🔥 that was 😂 hot ❤️", "that was hot"),
        (ENGLISH, "hot 🔥, hot🔥! (🔥)", "hot, hot! ()"),
        (ENGLISH, "hot🔥hot", "hot hot"),
        (ENGLISH, "a 🔥\n🔥 b", "a\nb"),
        (ENGLISH, "🇭 🇮 there 🇩🇪", "hi there"),
        (CHINESE, "我❤️你 😂", "我你"),
        (JAPANESE, "すごい 🔥 よ", "すごい よ"),
    ],
)
def test_emoji_can_be_left_out(language: Language, text: str, spoken: str) -> None:
    assert name_emoji(text, language, most=5, is_named=False) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 + 2 = 3 #4 *5*",
        "© 2026, ® and ™",
        "a → b ↔ c, 5‼",
        "m³ ½ ★ ♪ 〰",
        "<:kek:123456789012345678>",
        "你好，今天天气不错",
    ],
)
def test_what_is_no_picture_stays(text: str) -> None:
    assert name(text) == text
    assert name_emoji(text, ENGLISH, most=5, is_named=False) == text


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("🇭🇪🇱🇱🇴", "hello"),
        ("🇭 🇪 🇱 🇱 🇴", "hello"),
        ("🇭🇮 there", "hi there"),
        ("🇦: yes\n🇧: no", "A: yes\nB: no"),
        ("🇩🇪 🇫🇷", "flag of Germany, flag of France"),
    ],
)
def test_letters_that_make_no_flag_are_letters(text: str, spoken: str) -> None:
    assert name(text) == spoken


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"a.\n 好🔥❤\ufe0f👩\u200d💻🏽🇩🇪1\u20e3©🏴\U000e0067\U000e007f"]),
        max_size=60,
    ).map("".join)
    | st.text(max_size=60),
    st.sampled_from(list(Language)),
    st.integers(0, 5),
)
@example("1🔥\u20e3", CHINESE, 0)
def test_no_emoji_is_left_and_no_text_too_much(text: str, language: Language, most: int) -> None:
    named = name_emoji(text, language, most=most)
    assert regex.search(r"\p{Emoji_Presentation}", named) is None
    assert name_emoji(named, language, most=most) == named
    assert len(named) <= len(text) + most * 120


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows_beyond_its_names(text: str, language: Language) -> None:
    assert len(name(text, language)) <= len(text) + 5 * 120
