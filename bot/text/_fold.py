"""Text as words are looked for in it: no case, no width, and a sign where a word begins or ends.

A word that must stand alone is then found by comparing signs alone, since the border is one of
them: whatever finds literals in one pass (Aho-Corasick) finds whole words.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    _Piece: TypeAlias = tuple[str, int, int]
    """Signs next to each other, how much of the text each of them stands for, and all of them."""


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
_BORDER: Final = (BEGIN, END)
SEAL: Final = "\ue002"
_CLOSE: Final = "\ue003"
_NOTHING: Final = "\uffff"

_LONGEST_CLUSTER: Final = 32
"""In code points: the longest emoji has 15, and what is longer is a heap of accents."""

_CACHED_CLUSTERS: Final = 8_192

_CLUSTER: Final = regex.compile(r"\X")
# What most texts are made of: letters, syllables and signs that are a sign each and lose nothing
# but their case.
_LETTERS: Final = (
    "0-9A-Za-zÀ-ÖØ-Þà-öø-įĴ-ľŁ-ňŊ-žΑ-ΡΣ-Ωα-ωА-яЁё"
    "\u05d0-\u05ea\u0627-\u063a\u0641-\u064a\u1ea0-\u1ef9"
)
_SYLLABLES: Final = "가-힣"
_SIGNS: Final = (
    r"!-/:-@\[-_{-~¡«»¿–—“”„…€£、。「」ぁ-ゖァ-ー\u3400-\u4dbf\u4e00-\u9fff"
    r"\p{Emoji_Presentation}--[\p{RI}\p{Emoji_Modifier}\U0001f18e-\U0001f2ff]"
)
_PLAIN: Final = f"[{_LETTERS}{_SYLLABLES}{_SIGNS}]+"
# As much of that as there is with a space between, else one character. Flags are pairs: to see
# where one of many ends, `\X` would begin at the first of them.
_PART: Final = regex.compile(
    rf"""
    ({_PLAIN}(?:[ ]{_PLAIN})*)
    (?![\p{{GCB=Extend}}\p{{GCB=ZWJ}}\p{{GCB=SpacingMark}}\p{{GCB=V}}\p{{GCB=T}}])
    | (\p{{RI}}{{2}}[\p{{GCB=Extend}}\p{{GCB=ZWJ}}\p{{GCB=SpacingMark}}]* | \X)
    """,
    regex.VERBOSE | regex.VERSION1,
)
_WORD: Final = re.compile(f"([{_LETTERS}]+|[{_SYLLABLES}]+)")
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


class Folded:
    """A text in signs, and where they come from, which is found out when somebody asks.

    Args:
        signs: What is looked at.
        locate: Returns `origins`.
    """

    def __init__(self, signs: str, locate: Callable[[], Sequence[int]]) -> None:
        self.signs = signs
        self._locate = locate

    @cached_property
    def origins(self) -> Sequence[int]:
        """Where in the text each sign begins, and behind the last one the end of the text."""
        return self._locate()


def fold(text: str) -> Folded:
    """Return `text` in signs, where every run of white space is one."""
    pieces: list[_Piece] = []
    before, last = Kind.APART, ""
    for plain, cluster in _PART.findall(text):
        if plain:
            signs, kind, piece = plain, _fold_short(plain[0])[1], (_bordered(plain), 1, 0)
        else:
            signs, kind = _fold(cluster)
            piece = ("" if signs == last == " " else signs, 0, len(cluster))
        if signs:
            if kind is not before:
                pieces.append((_BORDERS[before][kind], 0, 0))
            before, last = _fold_short(plain[-1])[1] if plain else kind, signs
        pieces.append(piece)
    pieces.append((_BORDERS[before][Kind.APART], 0, 0))
    return Folded("".join([signs for signs, _, _ in pieces]), partial(_origins, pieces))


def _bordered(plain: str) -> str:
    """Return the signs of a plain text with borders between them, but none around them."""
    parts = _WORD.split(plain.casefold())
    parts[1::2] = [f"{BEGIN}{word}{END}" for word in parts[1::2]]
    return "".join(parts).removeprefix(BEGIN).removesuffix(END)


def _origins(pieces: Iterable[_Piece]) -> Sequence[int]:
    """Return where the signs of each piece begin, and where the last one ends."""
    origins: list[int] = []
    at = 0
    for signs, each, whole in pieces:
        for sign in signs:
            origins.append(at)
            at += 0 if sign in _BORDER else each
        at += whole
    return [*origins, at]


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
    signs = folded.signs.replace(BEGIN, "").replace(END, "")
    return Folded(signs, lambda: list(_unbordered_origins(folded)))


def _unbordered_origins(folded: Folded) -> Iterator[int]:
    for sign, origin in zip(folded.signs, folded.origins, strict=False):
        if sign not in _BORDER:
            yield origin
    yield folded.origins[-1]


def substitute(
    folded: Folded, found: regex.Pattern[str], put: Callable[[regex.Match[str]], str]
) -> Folded:
    """Return `folded` with one sign or none in every place that is found."""

    def locate() -> Sequence[int]:
        origins: list[int] = []
        at = 0
        for match in found.finditer(folded.signs):
            start, end = match.span()
            sign = put(match)
            origins += folded.origins[at:start]
            origins += folded.origins[start : start + len(sign)]
            at = end
        return [*origins, *folded.origins[at:]]

    return Folded(found.sub(put, folded.signs), locate)


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
