"""Text as words are looked for in it: no case, no width, and a sign where a word begins or ends.

A word that must stand alone is then found by comparing signs alone, since the border is one of
them: whatever finds literals in one pass (Aho-Corasick) finds whole words.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Kind(IntEnum):
    """How a character belongs to its neighbours."""

    APART = 0
    """A sign, or a letter of a script that puts no spaces between words."""
    WORD = 1
    HANGUL = 2
    """Korean puts spaces between words, but particles stick to their ends."""


# Signs of ours are private characters and one that is none; what people write never becomes one.
BEGIN: Final = "\ue000"
END: Final = "\ue001"
_ANY_BORDER: Final = (BEGIN, END)
SEAL: Final = "\ue002"
_CLOSE: Final = "\ue003"
_NOTHING: Final = "\uffff"

_LONGEST_CLUSTER: Final = 32
"""In code points: the longest emoji has 15, and what is longer is a heap of accents."""

_CACHED_CLUSTERS: Final = 8_192

_CLUSTER: Final = regex.compile(r"\X")
# What most texts are made of: a sign each, in runs of one kind. The rest goes one by one.
_PART: Final = regex.compile(
    r"""
    (?: ([A-Za-z0-9À-ÖØ-Þà-öø-ÿА-яЁё]+)
      | ([가-힣]+)
      | ([!-/:-@\[-_{-~ぁ-ゖァ-ヺ\u3400-\u4dbf\u4e00-\u9fff]+)
    ) (?! [\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}\p{GCB=V}\p{GCB=T}] )
    | (\X)
    """,
    regex.VERBOSE,
)
# By the kinds before and after it.
_BORDERS: Final = [[END * bool(before) + BEGIN * bool(after) for after in Kind] for before in Kind]
UNSPACED: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
)
"""The scripts that put no spaces between words, for a class of characters."""

_UNSPACED: Final = regex.compile(f"[{UNSPACED}]")
_HANGUL: Final = regex.compile(r"\p{Hangul}")
_LETTER: Final = regex.compile(r"[\p{L}\p{N}]")
_EMOJI: Final = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")
_SELECTOR: Final = regex.compile(r"\p{Variation_Selector}")
_UNSEEN: Final = regex.compile(r"[\p{Cc}\p{Cf}\p{Variation_Selector}]")
_UNKNOWN: Final = regex.compile(r"[\p{Cs}\p{Co}\p{Cn}]")
_PLANE: Final = 0x10000
_FIRST_PLANE: Final = 15 * _PLANE
# Not of flags: they are two letters, each of which says nothing.
_SEALED: Final = regex.compile(f"{SEAL}([^\U0010f1e6-\U0010f1ff])[^{_CLOSE}]*{_CLOSE}")
_APOSTROPHES: Final = dict.fromkeys("’ʼ＇`´", "'")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in signs; the one at `place` stands for what begins at `origins[place]` of the text.

    `origins` has one entry more than there are signs: the end of the text.
    """

    signs: str
    origins: Sequence[int]


def fold(text: str) -> Folded:
    """Return `text` in signs, where every run of white space is one."""
    signs: list[str] = []
    origins: list[int] = []
    before, last, at = Kind.APART, "", 0
    for word, hangul, apart, cluster in _PART.findall(text):
        if cluster:
            folded, kind = _fold(cluster)
            end = at + len(cluster)
            places: Iterable[int] = [at] * len(folded)
        else:
            folded = word.casefold() or hangul or apart
            kind = Kind.WORD if word else Kind.HANGUL if hangul else Kind.APART
            end = at + len(folded)
            places = range(at, end)
        if kind is not before and folded:
            border = _BORDERS[before][kind]
            signs.append(border)
            origins += [at] * len(border)
            before = kind
        if folded and not folded == last == " ":
            signs.append(folded)
            origins += places
            last = folded
        at = end
    border = _BORDERS[before][Kind.APART]
    signs.append(border)
    origins += [at] * (len(border) + 1)
    return Folded("".join(signs), origins)


def pattern(signs: str) -> str:
    """Return what finds a word: its signs, but for most Korean words without their end."""
    ends_in_two_syllables = all(kind_of(sign) is Kind.HANGUL for sign in signs[-3:-1])
    return signs.removesuffix(END) if ends_in_two_syllables else signs


def unseal(folded: Folded) -> Folded:
    """Return `folded` with the first point of every character for the whole of it.

    That is the letter without what is drawn across it, and the gesture without its colour.
    """
    if SEAL not in folded.signs:
        return folded
    return substitute(folded, _SEALED, lambda match: chr(ord(match[1]) - _FIRST_PLANE))


def unbordered(folded: Folded) -> Folded:
    """Return `folded` without the borders of words."""
    kept = [place for place, sign in enumerate(folded.signs) if sign not in _ANY_BORDER]
    places = (*kept, len(folded.signs))
    return Folded(
        "".join([folded.signs[place] for place in kept]),
        [folded.origins[place] for place in places],
    )


def substitute(
    folded: Folded, found: regex.Pattern[str], put: Callable[[regex.Match[str]], str]
) -> Folded:
    """Return `folded` with one sign or none in every place that is found."""
    signs: list[str] = []
    origins: list[int] = []
    at = 0
    for match in found.finditer(folded.signs):
        start, end = match.span()
        sign = put(match)
        signs += (folded.signs[at:start], sign)
        origins += folded.origins[at:start]
        origins += folded.origins[start : start + len(sign)]
        at = end
    signs.append(folded.signs[at:])
    origins += folded.origins[at:]
    return Folded("".join(signs), origins)


def clusters(text: str) -> Sequence[str]:
    """Return what people see as the characters of `text`."""
    return text if text.isascii() else _CLUSTER.findall(text)


def kind_of(cluster: str) -> Kind:
    """Return how a character, as people see it, belongs to its neighbours."""
    return _fold(cluster)[1]


def _fold(cluster: str) -> tuple[str, Kind]:
    """Return the signs of one character, none if nobody sees it, and its kind."""
    return _fold_short(cluster[:_LONGEST_CLUSTER])


@lru_cache(maxsize=_CACHED_CLUSTERS)
def _fold_short(cluster: str) -> tuple[str, Kind]:
    if cluster.isspace():
        return " ", Kind.APART
    is_emoji = _EMOJI.search(cluster) is not None
    seen = _SELECTOR.sub("", cluster) if is_emoji else _UNSEEN.sub("", cluster)
    folded = _without_case(_APOSTROPHES.get(seen, seen))
    signs = "".join(map(_sign, clusters(folded) if len(folded) > 1 else folded))
    return signs, Kind.APART if is_emoji else _kind(folded[:1])


def _without_case(character: str) -> str:
    """Return `character` without case; of a wide, narrow or fancy one the plain form."""
    plain = unicodedata.normalize("NFKC", character)
    # Where the plain form is several ("㍿", "ﬁ"), no part of it could be replaced on its own.
    if len(plain) > 1:
        plain = unicodedata.normalize("NFC", character)
    folded = unicodedata.normalize("NFC", plain.casefold())
    return folded.replace("i\u0307", "i")  # what Turkish has above its capital


def _kind(letter: str) -> Kind:
    if _UNSPACED.match(letter) or not _LETTER.match(letter):
        return Kind.APART
    return Kind.HANGUL if _HANGUL.match(letter) else Kind.WORD


def _sign(character: str) -> str:
    """Return a sign for a character of one code point, and a sealed row of signs for others.

    A sealed one matches as a whole or not at all: neither "か" in "か゚", nor "👩" in a family.
    """
    if _UNKNOWN.search(character):
        return _NOTHING
    if len(character) == 1:
        return character
    return f"{SEAL}{''.join(map(_elsewhere, character))}{_CLOSE}"


def _elsewhere(point: str) -> str:
    """Return a private character that stands for `point` and for no other that text has."""
    return chr(
        (_FIRST_PLANE if ord(point) < _PLANE else _FIRST_PLANE + _PLANE) + ord(point) % _PLANE
    )
