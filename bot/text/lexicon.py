"""The dictionary: how words are said that a voice would misread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from bot.errors import UserError
from bot.i18n import _
from bot.text._fold import END, Kind, clusters, fold, kind_of
from bot.text.segment import is_speakable

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRIES: Final = 2_000
"""Of a server."""

MAX_PERSONAL_ENTRIES: Final = 200
MAX_WORD_CHARACTERS: Final = 50
MAX_READING_CHARACTERS: Final = 100

_EDGE: Final = 8
"""How many code points of a text are looked at for its first or last character."""

# Joiners and tags hold emoji together; the other characters nobody sees are there by accident, or
# so that nobody sees them.
_SEEN: Final = regex.compile(r"[^\p{C}\p{M}\s]")
_UNSEEN: Final = regex.compile(r"[\p{C}--[\u200c\u200d\U000e0020-\U000e007f]]", regex.VERSION1)


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """How one word is said; an empty `reading` means that it is left out."""

    word: str
    reading: str

    @property
    def key(self) -> str:
        """What two entries for the same word share, whatever their case."""
        return fold(self.word).signs


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text will be read, and the entries that made it so, in the order of their first use."""

    text: str
    used: tuple[LexiconEntry, ...] = ()


def checked_entry(word: str, reading: str) -> LexiconEntry:
    """Return the entry that somebody typed, without the spaces around its words.

    Raises:
        UserError: It cannot be one.
    """
    entry = LexiconEntry(" ".join(word.split()), " ".join(reading.split()))
    if len(entry.word) > MAX_WORD_CHARACTERS:
        raise UserError(
            _("The word is too long. It may have {most} characters.").format(
                most=MAX_WORD_CHARACTERS
            )
        )
    if len(entry.reading) > MAX_READING_CHARACTERS:
        raise UserError(
            _("What I should say is too long. It may have {most} characters.").format(
                most=MAX_READING_CHARACTERS
            )
        )
    if _UNSEEN.search(entry.word + entry.reading):
        raise UserError(
            _("There are characters in it that nobody can see. Type it again without them.")
        )
    if not _SEEN.search(entry.word):
        raise UserError(_("There is no word. Write the one that I should say in another way."))
    if entry.reading and not is_speakable(entry.reading):
        raise UserError(
            _(
                "I could not pronounce that. Write how the word is said in letters, "
                "or nothing to leave the word out."
            )
        )
    return entry


class Lexicon:
    """The entries of a server and, before them, those of one member; compiled once.

    Words are found in any case and width, and only whole where their script puts spaces between
    words; a Korean word of two syllables or more may have a particle at its end.
    """

    def __init__(
        self, server: Iterable[LexiconEntry] = (), personal: Iterable[LexiconEntry] = ()
    ) -> None:
        by_key = {entry.key: entry for entry in (*server, *personal)}
        by_key.pop("", None)
        self.entries = tuple(by_key.values())
        self._finder = AhoCorasick(
            map(_pattern, by_key), matchkind=MatchKind.LeftmostLongest, store_patterns=False
        )

    def read(self, text: str, *, max_characters: int) -> Reading:
        """Return `text` with every word of the dictionary as it is said.

        From left to right, at every place the longest word counts, and what was put in place of it
        is not looked at again. Words that would make the text too long stay as they are.

        Args:
            text: What will be said.
            max_characters: How long the result may become; a longer `text` does not grow.
        """
        if not self.entries:
            return Reading(text)
        folded = fold(text)
        writer = _Writer(text, max(max_characters, len(text)))
        used: dict[LexiconEntry, None] = {}
        for number, first, last in self._finder.find_matches_as_indexes(folded.signs):
            entry = self.entries[number]
            if writer.replace(folded.origins[first], folded.origins[last], entry.reading):
                used[entry] = None
        return Reading(writer.finish(), tuple(used))


class _Writer:
    """Writes a text anew, up to `most` characters, with other words in some places."""

    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._most = most
        self._written: list[str] = []
        self._length = 0
        self._tail = ""
        self._at = 0
        """How far the text is written."""

    def replace(self, start: int, end: int, spoken: str) -> bool:
        """Put `spoken` in place of a part of the text; return whether there was room for it."""
        rest = len(self._text) - end
        if self._length + start - self._at + len(spoken) + rest > self._most:
            return False
        ahead = self._gap(start)
        space = " " if _touch(self._tail + ahead, spoken) else ""
        written = ahead + space + spoken
        must_part = self._must_part(self._tail + written, end)
        if self._length + len(written) + must_part + rest > self._most:
            return False
        self._write(written)
        self._at = end
        return True

    def finish(self) -> str:
        """Return all of it."""
        self._write(self._gap(len(self._text)))
        return "".join(self._written)

    def _write(self, text: str) -> None:
        self._written.append(text)
        self._length += len(text)
        self._tail = (self._tail + text)[-_EDGE:]

    def _gap(self, until: int) -> str:
        """Return what is still to be written before `until`, apart from what is said before it."""
        gap = self._text[self._at : until]
        return f" {gap}" if gap and self._must_part(self._tail, self._at) else gap

    def _must_part(self, tail: str, place: int) -> bool:
        """Return whether what is at `place` would run into `tail`, and did not before."""
        follows = self._text[place : place + _EDGE]
        before = self._text[max(0, place - _EDGE) : place]
        return _touch(tail, follows) and not _touch(before, follows)


def _touch(left: str, right: str) -> bool:
    """Return whether the last letter of `left` and the first of `right` would be one word."""
    if not left or not right[:1].isalnum():
        return False
    kind = kind_of(clusters(right[:_EDGE])[0])
    return bool(kind) and kind is kind_of(clusters(left[-_EDGE:])[-1])


def _pattern(key: str) -> str:
    """Return what is looked for: the word and its borders, but the end of most Korean words."""
    ends_in_two_syllables = all(kind_of(sign) is Kind.HANGUL for sign in key[-3:-1])
    return key.removesuffix(END) if ends_in_two_syllables else key
