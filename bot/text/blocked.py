"""Words that are never spoken, however they are written."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from bot.models import Language
from bot.text._disguise import SPELLED, WORD, guises, is_suspicious, joined
from bot.text._fold import BEGIN, END, Kind, fold, kind_of, pattern, substitute, unbordered, unseal
from bot.text._rewrite import Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.text._fold import Folded

BLEEPS: Final = {
    Language.AUTO: "beep",
    Language.CHINESE: "哔",
    Language.ENGLISH: "beep",
    Language.GERMAN: "Piep",
    Language.ITALIAN: "bip",
    Language.PORTUGUESE: "bip",
    Language.SPANISH: "pip",
    Language.JAPANESE: "ピー",
    Language.KOREAN: "삐",
    Language.FRENCH: "bip",
    Language.RUSSIAN: "пип",
}

LISTS_IN_MEMORY: Final = 1_000

MAX_ROUNDS: Final = 3
"""A beep parts what stood together, and so can lay a word bare; it may also be blocked itself."""

_LEAST_SPELLED_LETTERS: Final = 3
"""Fewer are abbreviations; of Han, kana and Hangul two are enough."""

_BORDER: Final = regex.compile(f"[{BEGIN}{END}]+")
_NO_GAP: Final = rf"\p{{L}}\p{{N}}\p{{Extended_Pictographic}}{BEGIN}-\ue003\U000f0000-\U0010ffff"
# Everything that is neither a letter nor a picture: what stands between two words (the group), or
# within one. A single space is what it should be.
_GAP: Final = regex.compile(
    rf"""
    (?! [ ][{_NO_GAP}] | [ ]\Z )
    (?: ((?<={END})[^{_NO_GAP}]++(?={BEGIN}) | [^ {_NO_GAP}]*+[ ][^{_NO_GAP}]*+) | [^{_NO_GAP}]++ )
    """,
    regex.VERBOSE,
)


class BlockedWords:
    """The words a server never wants to hear; compiled once.

    They are found in any case and width, with other signs for their letters, letter by letter and
    with letters repeated; and only as whole words where their script puts spaces between words.
    """

    def __init__(self, words: Iterable[str]) -> None:
        found = dict.fromkeys(
            filter(None, (_gapless(unseal(fold(word))).signs.strip() for word in words))
        )
        self._words = frozenset(_BORDER.sub("", word) for word in found)
        self._whole = _finder(map(pattern, found))
        letters = (word.replace(" ", "") for word in self._words)
        self._spelled = _finder(filter(_may_be_spelled, letters))

    def is_in(self, text: str) -> bool:
        """Return whether any of the words is in `text`."""
        return next(self._find(text), None) is not None

    def bleep(self, text: str, language: Language) -> str:
        """Return `text` with a beep in `language` for each of the words in it.

        The result may be longer than `text`: it is to be cut after this, and not before.
        """
        beep = BLEEPS[language]
        for _round in range(MAX_ROUNDS):
            if not (parts := list(_merged(self._find(text)))):
                break
            rewriter = Rewriter(text, most=len(text) * (len(beep) + 2))
            for start, end in parts:
                rewriter.replace(start, end, beep)
            text = rewriter.finish()
        return text

    def _find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the parts of `text` that are one of the words, in no order."""
        if not self._words:
            return
        folded = fold(text)
        plain = unseal(folded)
        whole = _gapless(plain)
        for _number, first, last in self._whole.find_matches_as_indexes(whole.signs):
            yield _part(folded, whole, first, last)
        letters = unbordered(plain)
        yield from self._find_disguised(folded, letters, SPELLED, self._is_spelled)
        if is_suspicious(folded.signs):
            yield from self._find_disguised(folded, letters, WORD, self._is_meant)

    def _find_disguised(
        self,
        folded: Folded,
        letters: Folded,
        kind: regex.Pattern[str],
        is_one: Callable[[str], bool],
    ) -> Iterator[tuple[int, int]]:
        meant = set(filter(is_one, set(kind.findall(letters.signs))))
        # Where they are is looked for only if there are any, which is rare.
        for match in kind.finditer(letters.signs) if meant else ():
            if match[0] in meant:
                yield _part(folded, letters, *match.span())

    def _is_meant(self, word: str) -> bool:
        return not self._words.isdisjoint(guises(word))

    def _is_spelled(self, word: str) -> bool:
        """Return whether a word is anywhere in it: where each begins is not to be seen."""
        letters = joined(word)
        written = (letters, *guises(letters))
        return any(self._spelled.find_matches_as_indexes(each) for each in written)


@lru_cache(maxsize=LISTS_IN_MEMORY)
def blocked_words(words: tuple[str, ...]) -> BlockedWords:
    """Return the words of a list, compiled at its first use."""
    return BlockedWords(words)


def _finder(words: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(words, matchkind=MatchKind.LeftmostLongest, store_patterns=False)


def _part(folded: Folded, looked_at: Folded, first: int, last: int) -> tuple[int, int]:
    """Return which part of the text those signs stand for, without the gap behind them."""
    if looked_at.signs[last - 1] == END:
        last -= 1
    begin_of_last = looked_at.origins[last - 1]
    end = folded.origins[bisect_right(folded.origins, begin_of_last)]
    return looked_at.origins[first], end


def _gapless(folded: Folded) -> Folded:
    """Return what is looked at: one space between words, and nothing within what has no spaces."""
    return substitute(folded, _GAP, lambda match: " " if match[1] else "")


def _may_be_spelled(word: str) -> bool:
    return len(word) >= (
        _LEAST_SPELLED_LETTERS if kind_of(word[0]) is Kind.WORD else _LEAST_SPELLED_LETTERS - 1
    )


def _merged(parts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the parts in their order, those that overlap as one."""
    last: tuple[int, int] | None = None
    for start, end in sorted(parts):
        if last and start < last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last:
            yield last
        last = (start, end)
    if last:
        yield last
