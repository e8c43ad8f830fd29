"""Say a few times what people wrote again and again."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import eq
from typing import Final, NamedTuple

import numpy as np
import regex

MIN_REPEATS: Final = 2
"""Words have double letters and Chinese has double words, whatever the setting."""

MAX_WORD: Final = 45
"""Letters. German has the longest words, and none longer that anybody uses."""

# Where somebody hit the keyboard, it is enough to hear that they did.
_LETTERS_OF_SMASH: Final = 5
_LETTERS_OF_LONG_WORD: Final = 20
# How many letters or words together people write again and again.
_MOST_LETTERS: Final = 4
_MOST_WORDS: Final = 3
# More equal digits than these are no number.
_EQUAL_DIGITS: Final = 12

_IN_WORD: Final = r"[\p{L}\p{M}\p{N}_]"
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_CONSONANTS: Final = "bcdfghjklmnpqrstvwxz"
_RUSSIAN_CONSONANTS: Final = "бвгджзйклмнпрстфхцчшщъь"

# Emoji are no marks: whoever names them counts them.
_MARKS: Final = regex.compile(
    r"""
    (?P<asked>[!?！？]{2,}+)
    | (?P<dots>\.{4,}+ | […。・･·]{2,}+)
    | (?P<mark>[[\p{P}\p{S}]--[.!?！？\p{Extended_Pictographic}\p{RI}\U0001f3fb-\U0001f3ff]])
      (?P=mark){2,}+
    """,
    regex.VERBOSE | regex.VERSION1,
)
_DIGITS: Final = regex.compile(rf"(\d)\1{{{_EQUAL_DIGITS},}}+")
_SMASH: Final = regex.compile(
    rf"""
    [{_CONSONANTS}]{{9,}}+ | [{_RUSSIAN_CONSONANTS}]{{9,}}+
    | (?<!{_IN_WORD})(?:
        [{_CONSONANTS}]{{7,}}+
        | (?=[asdfghjkl]{{7}})(?=[asdfghjkl]{{0,20}}?[sdfghjkl]{{5}})[asdfghjkl]++
      )(?!{_IN_WORD})
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_LONG: Final = regex.compile(
    rf"[\p{{L}}\p{{M}}\p{{N}}_--{_UNSPACED}]{{{MAX_WORD + 1},}}+", regex.VERSION1
)


# What all of those have, and few other texts.
_MAYBE_SIGNS: Final = re.compile(
    rf"([^\w\s\U0001f000-\U0001ffff])\1\1|[!?！？]{{2}}|[…。・･·]{{2}}|(\d)\2{{{_EQUAL_DIGITS}}}"
)
_MAYBE_SMASH: Final = re.compile(rf"[{_CONSONANTS}{_RUSSIAN_CONSONANTS}]{{5}}")
_MAYBE_LONG: Final = re.compile(rf"\S{{{MAX_WORD + 1}}}")
_WORDS: Final = re.compile(r"\w+")


class _Patterns(NamedTuple):
    letters: regex.Pattern[str]
    syllables: regex.Pattern[str]
    words: regex.Pattern[str]


def tame_repeats(text: str, *, most: int) -> str:
    """Return `text` with nothing in it more than `most` times in a row.

    That goes for a letter, a syllable, a word and a few words; a mark is written once. Words that
    nobody could say are cut.

    Args:
        text: What somebody wrote.
        most: How often; less than `MIN_REPEATS` means that.
    """
    most = max(most, MIN_REPEATS)
    patterns = _patterns(most)
    # Few texts have anything to tame, and to know that takes a tenth of the time of taming.
    if _MAYBE_SIGNS.search(text):
        text = _DIGITS.sub(lambda match: match.group(1) * most, _MARKS.sub(_mark, text))
    if _characters_recur(text, times=most + 1):
        text = patterns.letters.sub(lambda match: match.group(1) * most, text)
        text = patterns.syllables.sub(lambda match: match.group(1) * most, text)
    if _MAYBE_SMASH.search(text.lower()):
        text = _SMASH.sub(lambda match: match.group()[:_LETTERS_OF_SMASH], text)
    if _MAYBE_LONG.search(text):
        text = _LONG.sub(lambda match: match.group()[:_LETTERS_OF_LONG_WORD], text)
    if _words_recur(text, times=most + 1):
        text = patterns.words.sub(lambda match: _words(match, most), text)
    return text


def _characters_recur(text: str, *, times: int) -> bool:
    codes = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return any(
        b"\1" * period * (times - 1) in (codes[period:] == codes[:-period]).tobytes()
        for period in range(1, _MOST_LETTERS + 1)
    )


def _words_recur(text: str, *, times: int) -> bool:
    words = _WORDS.findall(text.lower())
    return any(
        b"\1" * period * (times - 1) in bytes(map(eq, words, words[period:]))
        for period in range(1, _MOST_WORDS + 1)
    )


@lru_cache(maxsize=32)
def _patterns(most: int) -> _Patterns:
    starts = rf"(?:(?<!{_IN_WORD})|(?<=[{_UNSPACED}]))"
    return _Patterns(
        letters=regex.compile(rf"([\p{{L}}\p{{M}}])\1{{{most},}}+", regex.IGNORECASE),
        syllables=regex.compile(
            rf"{starts}((?:\p{{L}}\p{{M}}*+){{1,{_MOST_LETTERS}}}?)\1{{{most},}}+", regex.IGNORECASE
        ),
        words=regex.compile(
            rf"""
            (?<!{_IN_WORD})({_IN_WORD}{{1,30}}+(?:[ ]{_IN_WORD}{{1,30}}+){{0,{_MOST_WORDS - 1}}}?)
            (?:(?P<between>[\s,.;!?…，。、！？~-]{{1,3}}+)\1(?!{_IN_WORD})){{{most},}}+
            """,
            regex.IGNORECASE | regex.VERBOSE,
        ),
    )


def _mark(match: regex.Match[str]) -> str:
    if match["asked"]:
        return "".join(dict.fromkeys(match["asked"]))
    if match["dots"]:
        return "..." if match["dots"][0] == "." else "……"
    mark: str = match["mark"]
    return mark


def _words(match: regex.Match[str], most: int) -> str:
    """Return the words as often as they may be said, with what was between them."""
    between = match.captures("between")[: most - 1]
    return match.group(1) + "".join(f"{each}{match.group(1)}" for each in between)
