"""Say a few times what people wrote again and again."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from operator import eq
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_PAIRS: Final = ("!!", "??", "!?", "?!", "！！", "？？", "！？", "？！", "……", "。。", "・・", "··")
_MAYBE_SMASH: Final = re.compile(rf"[{_CONSONANTS}{_RUSSIAN_CONSONANTS}]{{5}}")
_MAYBE_LONG: Final = re.compile(rf"[^\s!-/:-@\[-^`{{-~]{{{MAX_WORD + 1}}}")
_WORDS: Final = re.compile(r"\w+")


_KEPT: Final = r"\g<kept>"


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
    # Few texts have anything to tame, and few places of those: to find them takes less time.
    has_pairs = any(pair in text for pair in _PAIRS)
    if place := range(len(text)) if has_pairs else _recurring(text, range(1, 2), times=3):
        text = _MARKS.sub(_mark, text, pos=place.start, endpos=place.stop)
        text = _DIGITS.sub(lambda match: match.group(1) * most, text)
    for pattern, longest in ((patterns.letters, 1), (patterns.syllables, _MOST_LETTERS)):
        if place := _recurring(text, range(1, longest + 1), times=most + 1):
            text = pattern.sub(_KEPT, text, pos=place.start, endpos=place.stop)
    if smash := _MAYBE_SMASH.search(text.lower()):
        text = _SMASH.sub(
            lambda match: match.group()[:_LETTERS_OF_SMASH],
            text,
            pos=max(0, smash.start() - MAX_WORD),
        )
    if _MAYBE_LONG.search(text):
        text = _LONG.sub(lambda match: match.group()[:_LETTERS_OF_LONG_WORD], text)
    if place := _recurring_words(text, times=most + 1):
        text = patterns.words.sub(_KEPT, text, pos=place.start, endpos=place.stop)
    return text


def _recurring(text: str, periods: range, *, times: int) -> range | None:
    """Return where as many signs as one of `periods` are so many times in a row, if anywhere."""
    small = text.lower()
    codes = np.frombuffer(small.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    are_signs = codes != ord(" ")
    equals = (
        ((codes[period:] == codes[:-period]) & are_signs[period:]).tobytes() for period in periods
    )
    place = _place_of_runs(equals, periods, times)
    # A few small letters are two where the capital is one.
    return range(len(text)) if place and len(small) != len(text) else place


def _recurring_words(text: str, *, times: int) -> range | None:
    periods = range(1, _MOST_WORDS + 1)
    words = _WORDS.findall(text.lower())
    equals = (bytes(map(eq, words, words[period:])) for period in periods)
    place = _place_of_runs(equals, periods, times)
    if place is None:
        return None
    found = list(islice(_WORDS.finditer(text), place.start, place.stop))
    return range(found[0].start(), found[-1].end()) if found else None


def _place_of_runs(equals: Iterable[bytes], periods: range, times: int) -> range | None:
    """Return from where to where anything is followed by as many equals as `times` takes.

    Args:
        equals: For each of `periods` and each item, whether it is that of a period later.
        periods: How many items there are in what may recur.
        times: How often it recurs.
    """
    places: list[int] = []
    for period, equal in zip(periods, equals, strict=True):
        run = b"\1" * period * (times - 1)
        if (start := equal.find(run)) >= 0:
            places += (start, equal.rfind(run) + len(run) + period)
    return range(min(places), max(places)) if places else None


@lru_cache(maxsize=32)
def _patterns(most: int) -> _Patterns:
    starts = rf"(?:(?<!{_IN_WORD})|(?<=[{_UNSPACED}]))"
    syllables = rf"(?:\p{{L}}\p{{M}}*+){{1,{_MOST_LETTERS}}}?"
    words = rf"{_IN_WORD}{{1,30}}+(?:[ ]{_IN_WORD}{{1,30}}+){{0,{_MOST_WORDS - 1}}}?"
    again = rf"[\s,.;!?…，。、！？~-]{{1,3}}+(?P=one)(?!{_IN_WORD})"
    rest = most - 1
    return _Patterns(
        *(
            regex.compile(pattern, regex.IGNORECASE)
            for pattern in (
                rf"(?P<kept>(?P<one>[\p{{L}}\p{{M}}])(?P=one){{{rest}}})(?P=one)++",
                rf"{starts}(?P<kept>(?P<one>{syllables})(?P=one){{{rest}}})(?P=one)++",
                rf"(?<!{_IN_WORD})(?P<kept>(?P<one>{words})(?:{again}){{{rest}}})(?:{again})++",
            )
        )
    )


def _mark(match: regex.Match[str]) -> str:
    if match["asked"]:
        return "".join(dict.fromkeys(match["asked"]))
    if match["dots"]:
        return "..." if match["dots"][0] == "." else "……"
    mark: str = match["mark"]
    return mark
