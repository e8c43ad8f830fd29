"""Plain characters: what is plain stays, what is for the looks goes, and nothing is slow."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.normalize import MAX_CHARACTERS, normalize
from tests.text.hostile_words import HOSTILE_WORDS

ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, world! It's 5 €: (fine) [a] {b} <c> ~d~ `e` *f* _g_ |h|",
        "zwei\nZeilen",
        "Straße, Ärger, Łódź, ñandú, ç, œuvre, İstanbul",
        "Tiếng Việt được viết như thế này",
        "Привет, ёжик и йод",
        "你好，今天的天气很好！“真的？”（是的）",
        "ガンバレ、東京タワー！「はい」〜♪ ｱ以外",
        "안녕하세요 ㅋㅋㅋ ㅠㅠ ㅇㅇ",
        "สวัสดีครับ ที่นี่ น้ำ ก็",
        "नमस्ते, क्षत्रिय, ज़िंदगी",
        "مَرْحَبًا بِكَ، مُحَمَّدٌ",
        "שָׁלוֹם",
        "မြန်မာဘာသာ ကျွန်ုပ်",
        "x² + ½ = ™ © ® № ㈱ 5 ℃ ª º",
        "a ≠ b",
        "ˈlɪtl",
        "👨‍👩‍👧‍👦 ❤️ 👍🏽 1️⃣ #️⃣ 🇩🇪 🏳️‍🌈 👩🏽‍💻",
        ENGLAND,
        "می‌خواهم",
        "क्‍ष",
    ],
)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    text = text.replace("ｱ", "ア")
    assert normalize(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝓗𝓮𝓵𝓵𝓸 𝔀𝓸𝓻𝓵𝓭", "Hello world"),
        ("𝐇𝐞𝐥𝐥𝐨 𝘁𝗵𝗲𝗿𝗲 𝙰𝚋𝚌 𝟏𝟚𝟛", "Hello there Abc 123"),
        ("ℌ𝔢𝔩𝔩𝔬 ℋℯ𝓎", "Hello Hey"),
        ("Ｈｅｌｌｏ　１２３！", "Hello 123！"),
        ("ｗｗｗ", "www"),
        ("ｶﾞﾝﾊﾞﾚ ｱｲｳ", "ガンバレ アイウ"),
        ("か\u3099は\u309a", "がぱ"),
        ("Ⓗⓔⓛⓛⓞ", "Hello"),
        ("⒣⒤ 🄗🄘 🅗🅘 🄷🄸 🅷🅸", "hi HI HI HI HI"),
        ("🅱️ruh", "Bruh"),
        (r"No idea ¯\_(ツ)_/¯", "No idea 🤷"),
        (r"¯\\_(ツ)\_/¯", "🤷"),
        ("Enough (╯°□°)╯︵ ┻━┻", "Enough "),
        ("(╯°□°）╯︵ ┻━┻", ""),
        ("Sorry ┬─┬ノ( º _ ºノ)", "Sorry "),
        ("ʜᴇʟʟᴏ ᴛʜᴇʀᴇ", "hello there"),
        ("Hᴇʏ ꜰᴏxʏ", "Hey foxy"),
        ("ᵗʰⁱˢ 1ˢᵗ", "this 1st"),
        ("ﬁne ﬂow", "fine flow"),
        ("Ⅷ ⅳ", "VIII iv"),
        ("①买菜②做饭", "1 买菜 2 做饭"),
        ("①②⑳❸", "1 2 20 3"),
        ("㎏ ㎞ ㌔", "kg km キロ"),
        ("⼈⼝", "人口"),
        ("ﷺ", "صلى الله عليه وسلم"),
        ("ﻣﺮﺣﺒﺎ", "مرحبا"),
        ("Å Ω", "Å Ω"),
        ("각", "각"),
        ("ế ệ", "ế ệ"),
    ],
)
def test_fancy_characters_are_made_plain(text: str, plain: str) -> None:
    assert normalize(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Z" + "\u0301" * 2_000, "Z"),
        ("H̸̡̪̯ͨ͊̽̅̾e̸̢̧̧͔ẏ", "Heẏ"),
        ("h̷e̷l̷l̷o̷", "hello"),
        ("u\u0332n\u0332d\u0332er", "under"),
        ("a\u20dd b\u20e0 c\u20e3", "a b c"),
        ("a҉b҈", "ab"),
        ("ก็็็็็็็", "ก็"),
        ("e\u0301\u034f\u0301\u034f\u0301\u034f\u0301", "e"),
        ("a = \u0338b", "a = b"),
    ],
)
def test_a_letter_keeps_no_more_marks_than_languages_give_it(text: str, plain: str) -> None:
    assert normalize(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u202eevil\u202c", "evil"),
        ("\u2066a\u2067b\u2068c\u2069", "abc"),
        ("a\u200bb\u200cc\u200dd\u200ee\u200ff", "abcdef"),
        ("\ufeffso\u00adft\u2060", "soft"),
        ("a\U000e0001\U000e0041\U000e007fb", "ab"),
        (f"🏴\U000e0067{ENGLAND}\U000e0067", f"🏴{ENGLAND}"),
        ("\ufff9base\ufffaruby\ufffb", "baseruby"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("\x1b[31mred\x1b[0m \x1b[1;4;31mbold", "red bold"),
        ("a\x1bb\x1b[", "ab"),
        ("a\ud800b\udfffc", "abc"),
        ("a\U0010ffffb\ufdd0c\uffffd", "abcd"),
        ("a\ue000b\U000f0000c", "abc"),
        ("a\u3164b\u115fc\uffa0d", "abcd"),
        ("葛\U000e0100城", "葛城"),
        ("❤︎ a\ufe0fb", "❤ ab"),
        ("a\u200d👍", "a👍"),
        (
            "one\r\ntwo\rthree\u2028four\u2029five\x85six\vseven",
            "one\ntwo\nthree\nfour\nfive\nsix\nseven",
        ),
        ("a\u00a0b\u3000c\u202fd\te\u2800f", "a b c d e f"),
    ],
)
def test_what_nobody_sees_goes(text: str, plain: str) -> None:
    assert normalize(text) == plain


def test_the_limit_holds_after_one_character_became_many() -> None:
    assert len(normalize("ﷺ" * 600)) == MAX_CHARACTERS
    assert normalize("ﷺ" * 600, most=10) == "صلى الله ع"


CHARACTERS = st.characters() | st.sampled_from(
    "\ud800\U0010ffff\u200d\u200c\ufe0f\u0301\u0323\u0338\u20e3\u034f🏴\U000e0067\U000e007f"
    "🅱🏽👩1aᴀʜᴇ𝓗ﷺ①ﾞｶ\u3099क\u094d\x1b[31m\r\n "
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CHARACTERS, max_size=60).map("".join), st.integers(0, 100))
def test_no_text_is_too_much_and_a_plain_one_stays(text: str, most: int) -> None:
    plain = normalize(text)
    assert normalize(plain) == plain
    assert normalize(text, most=most) == plain[:most]
    assert regex.search(r"[\p{Cc}\p{Cs}--\n]", plain, regex.VERSION1) is None


@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows_beyond_a_message(text: str) -> None:
    assert len(normalize(text)) <= MAX_CHARACTERS
