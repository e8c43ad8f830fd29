"""The dictionary: whole words, the longest first, once, and never too much."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.text.lexicon import (
    MAX_READING_CHARACTERS,
    MAX_WORD_CHARACTERS,
    Lexicon,
    LexiconEntry,
    Reading,
    checked_entry,
)

ROOM = 10_000


def lexicon(**readings: str) -> Lexicon:
    return Lexicon(LexiconEntry(word, reading) for word, reading in readings.items())


def said(text: str, readings: dict[str, str], room: int = ROOM) -> str:
    return lexicon(**readings).read(text, max_characters=room).text


@pytest.mark.parametrize(
    ("text", "readings", "spoken"),
    [
        # Whole words, in any case and width.
        ("lol, LOL and ＬＯＬ: lollipop", {"lol": "ha"}, "ha, ha and ha: lollipop"),
        ("brb!", {"BRB": "be right back"}, "be right back!"),
        ("Anna's l'ami", {"anna": "Ana", "ami": "ahmee"}, "Ana's l'ahmee"),
        ("foo_bar foo-bar", {"bar": "pub"}, "foo_pub foo-pub"),
        ("mp3 3 33", {"3": "three"}, "mp3 three 33"),
        ("STRASSE, Straße", {"straße": "street"}, "street, street"),
        ("ИМХО имхо имхоо", {"Имхо": "по-моему"}, "по-моему по-моему имхоо"),
        ("ΟΔΟΣ οδός", {"οδος": "road"}, "road οδός"),
        ("İstanbul", {"istanbul": "X"}, "X"),
        ("cafe\u0301 cafe", {"café": "bar"}, "bar cafe"),
        ("I don’t", {"don't": "do not"}, "I do not"),
        ("C++, c# and C", {"c++": "see plus plus", "c": "see"}, "see plus plus, see# and see"),
        # The longest, from the left.
        ("New York, new", {"new york": "NY", "new": "neu"}, "NY, neu"),
        ("new  yorkers", {"new york": "NY", "new": "neu"}, "neu  yorkers"),
        ("new\n york", {"new york": "NY"}, "NY"),
        (
            "東京都 東京",
            {"東京": "とうきょう", "東京都": "とうきょうと"},
            "とうきょうと とうきょう",
        ),
        ("abc ab", {"ab": "1", "abc": "2"}, "2 1"),
        ("一二三四", {"一二": "甲", "二三四": "乙", "三四": "丙"}, "甲丙"),
        # Han and kana stand in the middle of others, Korean words before their particles.
        ("私は東京にいる", {"東京": "とうきょう"}, "私はとうきょうにいる"),
        ("か゚ か\u3099 か", {"か": "x"}, "か゚ か\u3099 x"),
        ("디코에서 디코", {"디코": "디스코드"}, "디스코드에서 디스코드"),
        ("나무 나", {"나": "저"}, "나무 저"),
        ("오디코", {"디코": "디스코드"}, "오디코"),
        ("LOL은", {"lol": "웃음"}, "웃음 은"),
        ("ภาษาไทย", {"ไทย": "thai"}, "ภาษาthai"),
        # Emoji are whole or not there.
        ("👩‍👧 👩", {"👩": "woman"}, "👩‍👧 woman"),
        ("❤️❤", {"❤": "love"}, "love love"),
        ("1️⃣ 1", {"1": "one"}, "1️⃣ one"),
        # What was apart stays apart.
        ("hi👍you", {"👍": "like"}, "hi like you"),
        ("hi👍👍you", {"👍": "like"}, "hi like like you"),
        ("hi👍you", {"👍": ""}, "hi you"),
        ("abc東京def", {"東京": "Tokyo"}, "abc Tokyo def"),
        ("東京é", {"東京": "Tokyo"}, "Tokyo é"),
        # Nothing is looked at twice.
        ("a b a", {"a": "b", "b": "a"}, "b a b"),
        ("a", {"a": "a a a"}, "a a a"),
        ("ab", {"a": "x"}, "ab"),
        # Left out.
        ("so uh yes", {"uh": ""}, "so  yes"),
        ("uh", {"uh": ""}, ""),
        ("", {"uh": "x"}, ""),
        ("nothing of it", {}, "nothing of it"),
        ("half a \ud800 pair", {"half": "x"}, "x a \ud800 pair"),
    ],
)
def test_words_are_said_as_the_dictionary_has_them(
    text: str, readings: dict[str, str], spoken: str
) -> None:
    assert said(text, readings) == spoken


def test_a_members_own_word_comes_before_that_of_the_server() -> None:
    server = [LexiconEntry("LOL", "server"), LexiconEntry("gg", "good game")]
    personal = [LexiconEntry("lol", "mine")]
    reading = Lexicon(server, personal).read("lol gg Lol", max_characters=ROOM)
    assert reading == Reading("mine good game mine", (personal[0], server[1]))


def test_what_was_used_is_told_once_in_its_order() -> None:
    reading = lexicon(a="1", b="2", c="3").read("c a c a", max_characters=ROOM)
    assert [entry.word for entry in reading.used] == ["c", "a"]


@pytest.mark.parametrize(
    ("text", "room", "spoken"),
    [
        ("a a", 6, "bbbb a"),
        ("a a", 5, "a a"),
        ("a a", 9, "bbbb bbbb"),
        ("a a", 0, "a a"),
        ("xx a", 7, "1 bbbb"),
        ("xx a", 6, "1 bbbb"),
        ("xx a", 5, "1 a"),
        ("👍xx", 3, "👍1"),
        ("👍xx", 5, "👍1"),
        ("👍xx", 6, "👍1"),
        ("👍xx", 7, "like 1"),
        ("xx👍xx", 6, "1👍1"),
    ],
)
def test_a_word_that_has_no_room_stays_as_it_is(text: str, room: int, spoken: str) -> None:
    assert said(text, {"a": "bbbb", "xx": "1", "👍": "like"}, room) == spoken


LETTERS = "abAéß東かカ.! 👍"
WORDS = st.text(LETTERS, min_size=1, max_size=4).map(str.strip).filter(bool)
READINGS = st.text("abx東 ", max_size=6).map(str.strip)


def is_letter(text: str) -> bool:
    return text.isalpha() and text not in "東かカ"


def stands_alone(text: str, start: int, end: int) -> bool:
    begins = not (start and is_letter(text[start - 1]) and is_letter(text[start]))
    return begins and not (end < len(text) and is_letter(text[end - 1]) and is_letter(text[end]))


def found_at(text: str, start: int, entries: dict[str, str]) -> int:
    """Return where the longest word that stands at `start` ends."""
    ends = range(len(text), start, -1)
    fits = (
        end
        for end in ends
        if text[start:end].casefold() in entries and stands_alone(text, start, end)
    )
    return next(fits, start)


def slowly_read(text: str, entries: dict[str, str]) -> str:
    """Do the same as the lexicon in the most obvious way."""
    written, start, was_replaced = "", 0, False
    while start < len(text):
        end = found_at(text, start, entries)
        is_replaced = end > start
        spoken = entries[text[start:end].casefold()] if is_replaced else text[start]
        is_new_joint = is_replaced or was_replaced
        would_be_a_word = is_letter(written[-1:]) and is_letter(spoken[:1])
        written += " " * (is_new_joint and would_be_a_word) + spoken
        start, was_replaced = max(end, start + 1), is_replaced
    return written


@settings(deadline=None)
@given(
    text=st.text(LETTERS, max_size=30),
    entries=st.dictionaries(WORDS.map(str.casefold), READINGS, max_size=8),
)
def test_it_does_what_the_slow_and_obvious_way_does(text: str, entries: dict[str, str]) -> None:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    assert said(text, entries) == slowly_read(text, entries)


@settings(deadline=None)
@given(
    text=st.one_of(st.text(), st.text(LETTERS)),
    entries=st.dictionaries(st.one_of(WORDS, st.text(min_size=1)), st.text(max_size=20)),
    room=st.integers(min_value=0, max_value=60),
)
def test_no_text_becomes_longer_than_there_is_room(
    text: str, entries: dict[str, str], room: int
) -> None:
    reading = Lexicon(LexiconEntry(*pair) for pair in entries.items()).read(
        text, max_characters=room
    )
    assert len(reading.text) <= max(room, len(text))


@given(st.text(LETTERS), st.lists(WORDS, max_size=5))
def test_a_dictionary_that_changes_nothing_changes_nothing(text: str, words: list[str]) -> None:
    entries = [LexiconEntry(word, word) for word in words]
    read = Lexicon(entries).read(text, max_characters=ROOM).text
    assert read.replace(" ", "").casefold() == text.replace(" ", "").casefold()


@pytest.mark.parametrize(
    ("word", "reading", "entry"),
    [
        ("  brb ", " be  right back", LexiconEntry("brb", "be right back")),
        ("->", "arrow", LexiconEntry("->", "arrow")),
        ("👩‍👧", "mother", LexiconEntry("👩‍👧", "mother")),
        (
            "🏴\U000e0067\U000e0062\U000e007f",
            "flag",
            LexiconEntry("🏴\U000e0067\U000e0062\U000e007f", "flag"),
        ),
        ("uh", "", LexiconEntry("uh", "")),
        (
            "a" * MAX_WORD_CHARACTERS,
            "b" * MAX_READING_CHARACTERS,
            LexiconEntry("a" * 50, "b" * 100),
        ),
        ("new\nyork", "NY", LexiconEntry("new york", "NY")),
        ("%_'\";--\\", "x", LexiconEntry("%_'\";--\\", "x")),
    ],
)
def test_an_entry_is_kept_without_the_spaces_around_it(
    word: str, reading: str, entry: LexiconEntry
) -> None:
    assert checked_entry(word, reading) == entry


@pytest.mark.parametrize(
    ("word", "reading", "what"),
    [
        ("", "x", "There is no word"),
        (" \n", "x", "There is no word"),
        ("\u200d", "x", "There is no word"),
        ("\u0301", "x", "There is no word"),
        ("a" * (MAX_WORD_CHARACTERS + 1), "x", "The word is too long. It may have 50 characters."),
        ("a", "x" * (MAX_READING_CHARACTERS + 1), "too long. It may have 100 characters."),
        ("a\0", "x", "nobody can see"),
        ("a", "x\x1b[0m", "nobody can see"),
        ("a\u202eb", "x", "nobody can see"),
        ("a", "\ud800", "nobody can see"),
        ("\ue000", "x", "nobody can see"),
        ("a", "...", "I could not pronounce that"),
    ],
)
def test_what_cannot_be_an_entry_is_refused_in_words(word: str, reading: str, what: str) -> None:
    with pytest.raises(UserError, match=what):
        checked_entry(word, reading)


@given(st.text(max_size=60), st.text(max_size=110))
def test_an_entry_that_was_checked_is_one_again(word: str, reading: str) -> None:
    try:
        entry = checked_entry(word, reading)
    except UserError:
        return
    assert checked_entry(entry.word, entry.reading) == entry
    assert entry.key


def test_words_that_differ_in_case_alone_have_one_key() -> None:
    assert LexiconEntry("Straße", "a").key == LexiconEntry("STRASSE", "b").key
