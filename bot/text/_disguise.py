"""What people write a word as so that no filter finds it, and what it is meant as."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from bot.text._fold import BEGIN, END, SEAL, UNSPACED

_LEET: Final = dict(zip("034578@$€+", "oeastbaset", strict=True))
_CYRILLIC_LEET: Final = dict(zip("0346@$", "озчбас", strict=True))
# Letters of other scripts that look the same.
_AS_LATIN: Final = dict(
    zip("асеорхукмтнвіѕјαβεικνορτυχ", "aceopxykmthbisjabeikvoptux", strict=True)
)
_AS_CYRILLIC: Final = dict(zip("aceopxykmthb", "асеорхукмтнв", strict=True))
_TABLES: Final = tuple(
    map(
        str.maketrans,
        (
            _AS_LATIN | _LEET | dict.fromkeys("1!|", "i"),
            _AS_LATIN | _LEET | dict.fromkeys("1!|", "l"),
            _AS_CYRILLIC | _CYRILLIC_LEET,
        ),
    )
)

_ACCENTED_LENGTH: Final = 4
"""Shorter words differ by an accent alone: "año" is a year."""

# "ø" and its like are letters of their own, and have no base.
_UNACCENTED: Final = {
    code: base
    for block in (range(0xC0, 0x250), range(0x1E00, 0x1F00))
    for code in block
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii()
}

_LETTER: Final = rf"[[\p{{L}}\p{{N}}]--[\p{{Hangul}}{UNSPACED}]]"
_LATIN: Final = "a-z"
_CYRILLIC: Final = "а-яё"
_USUAL: Final = _LATIN + _CYRILLIC
_SCRIPTS: Final = r"\p{Latin}\p{Cyrillic}\p{Greek}"

WORD: Final = regex.compile(
    rf"[@$€]?{_LETTER}(?:[{_LETTER}@$€!|+]*[{_LETTER}@$€])?", regex.VERSION1
)
"""A word that may have signs in it for letters; a "!" behind it is none."""

SPELLED: Final = regex.compile(
    r"(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[^\p{L}\p{N}]{1,3}[\p{L}\p{N}])+(?![\p{L}\p{N}])"
)
"""A word letter by letter, such as "w.o.r.d"."""

_BETWEEN: Final = regex.compile(r"[^\p{L}\p{N}]+")
_PLAIN: Final = regex.compile(rf"[{_LATIN}]+|[{_CYRILLIC}]+|[^{_SCRIPTS}@$€!|+]+")
_STRETCHED: Final = regex.compile(r"(\p{L})\1{2,}")
# A letter of Latin, Cyrillic or Greek that is no usual one, or something else next to a usual one.
_ODD: Final = regex.compile(
    rf"""
    [[{SEAL}\p{{L}}\p{{N}}{_SCRIPTS}]--[{_USUAL}]]
    (?: (?<={SEAL}) | (?<=[{_SCRIPTS}])
      | (?<=[{_USUAL}][\p{{L}}\p{{N}}]) | (?<=[\p{{L}}\p{{N}}])(?=[{_USUAL}])
    )
    """,
    regex.VERBOSE | regex.VERSION1,
)
_SIGNED: Final = regex.compile(rf"[@$€]{BEGIN}|{END}[!|+]*+(?:[@$€]|(?<=[!|+]){BEGIN})")
_MIXED: Final = regex.compile(
    rf"[{_CYRILLIC}](?: (?<=[{_LATIN}].) | (?=[{_LATIN}]) )", regex.VERBOSE
)


def is_suspicious(signs: str) -> bool:
    """Return whether any of the words is disguised in a text with their borders.

    Not those that are spelled.
    """
    return any(each.search(signs) for each in (_ODD, _SIGNED, _MIXED, _STRETCHED))


def guises(word: str) -> set[str]:
    """Return what a word without case may be meant as, if that is not just what it says."""
    is_stretched = _STRETCHED.search(word) is not None
    if _PLAIN.fullmatch(word) and not is_stretched:
        return set()
    bare = word.translate(_UNACCENTED) if len(word) >= _ACCENTED_LENGTH else word
    meant = {word, *(bare.translate(table) for table in _TABLES)}
    if is_stretched:
        meant |= {_STRETCHED.sub(times, each) for each in meant for times in (r"\1", r"\1\1")}
    return meant


def joined(spelled: str) -> str:
    """Return the letters of a word that was spelled."""
    return _BETWEEN.sub("", spelled)
