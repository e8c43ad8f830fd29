"""Cut long text where a speaker would breathe."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import regex
import sentencex

from bot.models import Language
from bot.text._iso_codes import ISO_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A border that leaves less than this share of a piece is worth less than a weaker one further on.
MIN_FILL = 1 / 3
# How far behind a cut to look in order to know whether a sentence really ends there.
LOOKAHEAD_CHARS = 16

_SPEAKABLE = regex.compile(r"[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]")
_SURROGATE = regex.compile(r"\p{Cs}")
_CLUSTER = regex.compile(r"\X")
# What belongs to the character before it, after which a word could end.
_GOES_ON = regex.compile(r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HAN = regex.compile(r"\p{Han}")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
# Marks of the Latin kind need a space behind them: 1,000 and 12:30 are one word.
_CLAUSE = regex.compile(r"(?:[,;:،؛]+[\p{Pe}\p{Pf}\"']*\s|[，；：、…—]+[\p{Pe}\p{Pf}\"']*\s?)")
# Some scripts put no spaces between words; their signs stay with the character before them.
_WORD = regex.compile(
    r"\s|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}](?![\p{P}\p{M}\s])"
)


def is_speakable(text: str) -> bool:
    """Return whether there is anything to say: a letter or digit of any script, or an emoji."""
    return _SPEAKABLE.search(text) is not None


def split(
    text: str,
    *,
    limit: int,
    first_limit: int | None,
    measure: Callable[[str], int],
    language: Language = Language.AUTO,
) -> tuple[str, ...]:
    """Return pieces that together are `text` with every run of white space made one space.

    Each is as long as `limit` allows, the first as `first_limit` does so that sound starts early,
    and ends with a sentence if it can, else with a clause, else with a word.

    Args:
        text: What to say.
        limit: What a piece may measure.
        first_limit: What the first of several pieces may measure.
        measure: The length of a text, such as its billed characters; at least 1 a character.
        language: What `text` is in, if known; abbreviations differ.
    """
    cutter = _Cutter(text, measure, language)
    pieces: list[str] = []
    start, room = 0, min(first_limit or limit, limit)
    while start < len(cutter.text):
        end = cutter.end_of_piece(start, room)
        pieces.append(cutter.text[start:end])
        start, room = end, limit
    return tuple(pieces)


class _Cutter:
    """Finds the borders of one text, a piece at a time, so that the work grows with its length."""

    def __init__(self, text: str, measure: Callable[[str], int], language: Language) -> None:
        lines = [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
        self.text = " ".join(lines)
        self._measure = measure
        self._line_ends = tuple(accumulate(len(line) + 1 for line in lines))
        self._iso_code = iso_code_of(self.text, language)

    def end_of_piece(self, start: int, room: int) -> int:
        """Return where the piece that begins at `start` is cut."""
        reach = self._reach(start, room)
        if reach == len(self.text):
            return reach
        window = self.text[start : reach + LOOKAHEAD_CHARS]
        last = 0
        for ends in self._levels(window, start):
            last = last_border(window, ends, range(reach - start + 1)) or last
            if self._measure(window[:last]) >= room * MIN_FILL:
                return start + last
        return start + (last or end_of_clusters(window, reach - start))

    def _reach(self, start: int, room: int) -> int:
        """Return how far a piece may go at most; one character is always taken."""
        furthest = min(start + room, len(self.text))
        if self._measure(self.text[start:furthest]) <= room:
            return furthest
        ends = range(start + 1, furthest)
        fitting = bisect_right(ends, room, key=lambda end: self._measure(self.text[start:end]))
        return start + max(fitting, 1)

    def _levels(self, window: str, start: int) -> Iterator[Iterable[int]]:
        """Yield the ends of sentences, of clauses and of words in `window`."""
        sentences, clauses, words = borders(window, self._iso_code)
        first = bisect_right(self._line_ends, start)
        last = bisect_right(self._line_ends, start + len(window))
        yield {*sentences, *(end - start for end in self._line_ends[first:last])}
        yield clauses
        yield words


def borders(text: str, iso_code: str) -> tuple[Iterator[int], Iterator[int], Iterator[int]]:
    """Return the ends of the sentences, of the clauses and of the words of `text`."""
    lengths = map(len, sentencex.segment(iso_code, _SURROGATE.sub("\ufffd", text)))
    return accumulate(lengths), _ends(_CLAUSE, text), _ends(_WORD, text)


def last_border(text: str, ends: Iterable[int], within: range) -> int:
    """Return the last of some ends of words where a new character begins, 0 if there is none."""
    fitting = sorted((end for end in ends if end in within), reverse=True)
    return next((end for end in fitting if not _GOES_ON.match(text, end)), 0)


def end_of_clusters(text: str, most: int) -> int:
    """Return where the last whole character within `most` ends, as people see characters."""
    if text.isascii():
        return most
    return max((end for end in _ends(_CLUSTER, text) if end <= most), default=most)


def _ends(pattern: regex.Pattern[str], text: str) -> Iterator[int]:
    return (match.end() for match in pattern.finditer(text))


def iso_code_of(text: str, language: Language) -> str:
    """Return the language whose rules of punctuation fit `text`; its script decides if unknown."""
    if known := ISO_CODES.get(language):
        return known
    guesses = ((_KANA, "ja"), (_HAN, "zh"), (_CYRILLIC, "ru"))
    return next((code for script, code in guesses if script.search(text)), "en")
