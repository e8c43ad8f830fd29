"""The dictionary: how words are said that a voice would misread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from bot.errors import UserError
from bot.i18n import _
from bot.text._fold import fold, pattern
from bot.text._rewrite import Rewriter
from bot.text.segment import is_speakable

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRIES: Final = 2_000
"""Of a server."""

MAX_PERSONAL_ENTRIES: Final = 200
MAX_WORD_CHARACTERS: Final = 50
MAX_READING_CHARACTERS: Final = 100

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
            map(pattern, by_key), matchkind=MatchKind.LeftmostLongest, store_patterns=False
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
        writer = Rewriter(text, max(max_characters, len(text)))
        used: dict[LexiconEntry, None] = {}
        for number, first, last in self._finder.find_matches_as_indexes(folded.signs):
            entry = self.entries[number]
            if writer.replace(folded.origins[first], folded.origins[last], entry.reading):
                used[entry] = None
        return Reading(writer.finish(), tuple(used))
