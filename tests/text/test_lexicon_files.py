"""Dictionaries as files: what is written is read back, and no upload is trusted."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.text.lexicon import MAX_ENTRIES, LexiconEntry, checked_entry
from bot.text.lexicon_files import (
    MAX_BYTES,
    LexiconFile,
    read_file,
    write_csv,
    write_json,
)

BRB = LexiconEntry("brb", "be right back")
UH = LexiconEntry("uh", "")
TWO = LexiconFile((BRB, UH))

SIGNS = st.sampled_from([*"aéß東=+-@'\";,|\t\n%_\\ ＝1", "👩‍👧"])
WORDS = st.lists(SIGNS, min_size=1, max_size=8).map("".join)


def entry_or_none(pair: tuple[str, str]) -> LexiconEntry | None:
    try:
        return checked_entry(*pair)
    except UserError:
        return None


ENTRIES = (
    st.lists(st.tuples(WORDS, st.one_of(st.just(""), WORDS)), max_size=6)
    .map(lambda pairs: list(filter(None, map(entry_or_none, pairs))))
    .map(lambda entries: tuple({entry.key: entry for entry in entries}.values()))
)


@settings(deadline=None)
@given(ENTRIES)
def test_what_is_written_is_read_back(entries: tuple[LexiconEntry, ...]) -> None:
    assert read_file(write_csv(entries)) == LexiconFile(entries)
    assert read_file(write_json(entries)) == LexiconFile(entries)


@pytest.mark.parametrize(
    "text",
    [
        "word,reading\nbrb,be right back\nuh,\n",
        "brb,be right back\r\nuh,\r\n",
        "brb,be right back\ruh,",
        "\ufeffWord;Reading\nbrb;be right back\nuh;\n",
        "brb\tbe right back\nuh\t\n",
        '"brb","be right back"\n"uh",""\n',
        "\n  brb , be  right back ,,\n,,\n\nuh,,,\n",
        '[{"word": "brb", "reading": "be right back"}, {"word": "uh", "reading": "", "at": 5}]',
        '\n{"brb": "be right back", "uh": ""}',
    ],
)
def test_people_write_their_lists_in_many_ways(text: str) -> None:
    assert read_file(text.encode()) == TWO


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_says_how_a_file_is_encoded(encoding: str) -> None:
    entry = LexiconEntry("東京", "とうきょう")
    assert read_file("東京,とうきょう\n".encode(encoding)) == LexiconFile((entry,))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_other_separators_may_stand_in_the_words(separator: str) -> None:
    text = f'w/{separator}with\n":;,"{separator}"a; b, c"\nb/c{separator}because\n'
    words = [(entry.word, entry.reading) for entry in read_file(text.encode()).entries]
    assert words == [("w/", "with"), (":;,", "a; b, c"), ("b/c", "because")]


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"\xef\xbb\xbf", b"[]", b"{}", b"word,reading\n"]
)
def test_an_empty_file_is_an_empty_dictionary(content: bytes) -> None:
    assert read_file(content) == LexiconFile(())


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("word,reading\nbrb,x\nalone\nuh,", ["Row 3: It needs two texts"]),
        ("a,b,c\nbrb,x\nuh,y", ["Row 1: It needs two texts"]),
        ("brb,x\n\n,nothing\nuh,...", ["Row 3: There is no word", "Row 4: I could not pronounce"]),
        (
            "brb,x\nBRB,y\nuh,z\nbrb,w",
            ["Row 2: The word is in row 1 already", "Row 4: The word is"],
        ),
        (
            f"{'a' * 51},x\nuh,{'y' * 101}",
            ["Row 1: The word is too long", "Row 2: What I should say"],
        ),
        ('"a\0b",x\nuh,y', ["Row 1: There are characters in it that nobody can see"]),
        (
            '{"brb": "x", "BRB": "y", "brb": "z"}',
            ["Row 2: The word is in row 1", "Row 3: The word"],
        ),
        ('{"brb": 5, "uh": null, "ok": {"a": 1}}', ["Row 1: It needs", "Row 2: It", "Row 3: It"]),
        (
            '[{"word": "a"}, {"reading": "b"}, "c", 5, []]',
            [f"Row {row}: It" for row in range(1, 6)],
        ),
        ('[{"word": "a", "word": "b", "reading": "c"}]', ["Row 1: It needs two texts"]),
        (
            '[{"word": "\\ud800", "reading": "c"}]',
            ["Row 1: There are characters in it that nobody"],
        ),
    ],
)
def test_bad_rows_are_named(text: str, faults: list[str]) -> None:
    found = read_file(text.encode()).faults
    begun = [str(fault)[: len(begin)] for fault, begin in zip(found, faults, strict=True)]
    assert begun == faults


def test_good_rows_are_read_beside_bad_ones() -> None:
    file = read_file(b"brb,be right back\nalone\nuh,")
    assert file.entries == (BRB, UH)
    assert [fault.row for fault in file.faults] == [2]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "＝1", "＠SUM", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_runs_nothing_of_what_is_written(formula: str) -> None:
    entries = (LexiconEntry(formula, formula),)
    content = write_csv(entries)
    _header, cells = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert cells == [f"'{formula}"] * 2
    assert read_file(content) == LexiconFile(entries)


@pytest.mark.parametrize("word", ["'tis", "rock 'n' roll", "a=b", "''"])
def test_other_words_are_written_as_they_are(word: str) -> None:
    assert f'"{word}"'.encode() in write_csv([LexiconEntry(word, "x")])


def filled(piece: str, start: str = "", end: str = "") -> bytes:
    room = MAX_BYTES - len(start) - len(end)
    return f"{start}{piece * (room // len(piece))}{end}".encode()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a" * (MAX_BYTES + 1), "The file is too large. A dictionary may have 256 kilobytes."),
        (filled("a"), "I cannot read that file. Save it as CSV"),
        (filled(","), "I cannot read that file. Save it as CSV"),
        (filled(";"), "I cannot read that file. Save it as CSV"),
        (filled("a,b\n"), "may have 2000 words"),
        (filled("x\n"), "may have 2000 words"),
        (filled("["), "may have 2000 words"),
        (filled("[],", "[", "[]]"), "may have 2000 words"),
        (filled("{},", "[", "{}]"), "may have 2000 words"),
        (filled("1,", "[", "1]"), "may have 2000 words"),
        (filled('"a",', "[", '"a"]'), "may have 2000 words"),
        (filled('"":"",', "{", '"":""}'), "may have 2000 words"),
        (filled('\\"', '["'), "I cannot read that file as JSON"),
        (filled("9", "[", "]"), "I cannot read that file as JSON"),
        (b"[[[[[]]]]]", "I cannot read that file as JSON"),
        (b'[{"a": ', "I cannot read that file as JSON"),
        (b"[1] [2]", "I cannot read that file as JSON"),
        (b"{brb: 1}", "I cannot read that file as JSON"),
        (b"PK\x03\x04\xff\xff", "Save it as a text in UTF-8"),
        (b"\xff\xfea", "Save it as a text in UTF-8"),
        ("münchen,x".encode("latin-1"), "Save it as a text in UTF-8"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_a_bomb_is_refused_in_words(content: bytes, what: str) -> None:
    with pytest.raises(UserError, match=what):
        read_file(content)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.text('[]{}",:\\word\n;', max_size=40).map(str.encode)))
def test_whatever_is_uploaded_is_read_or_refused(content: bytes) -> None:
    try:
        file = read_file(content)
    except UserError:
        return
    assert len({entry.key for entry in file.entries}) == len(file.entries)


def test_the_largest_dictionary_is_read_whole_and_one_word_more_is_not() -> None:
    entries = tuple(LexiconEntry(f"word {number}", "x" * 60) for number in range(MAX_ENTRIES))
    more = (*entries, UH)
    for write in (write_csv, write_json):
        assert read_file(write(entries)) == LexiconFile(entries)
        with pytest.raises(UserError, match="may have 2000 words"):
            read_file(write(more))


def test_json_is_for_people_too() -> None:
    assert json.loads(write_json([LexiconEntry("東京", "x")])) == [{"word": "東京", "reading": "x"}]
    assert "東京".encode() in write_json([LexiconEntry("東京", "x")])
