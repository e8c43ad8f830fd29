"""Break a long text off where a speaker would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import regex

from bot.text.phrases import PHRASES
from bot.text.segment import LOOKAHEAD_CHARS, borders, end_of_clusters, iso_code_of, last_border

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.models import Language

# What a better place to break off may cost, of all that may be said and at most.
NEAR: Final = 0.4
NEAR_CHARACTERS: Final = 240

MAX_CLUSTER: Final = 100
"""Code points that are looked at to know where a character ends; a family of four has eleven."""

# Where the phrase would leave less than this share to the text, there is no phrase.
_LEAST_OF_TEXT: Final = 0.5
# Marks that wait for more words, which will not come.
_OPEN: Final = " \n,;:、，；：([{“‘«„—–-（「『【《"
_END_OF_SENTENCE: Final = regex.compile(r"[.!?…。！？][\p{Pe}\p{Pf}\"']*+\Z")


def shorten(text: str, language: Language, *, most: int) -> str:
    """Return `text`, or so much of it that it has `most` characters with "and so on" behind it.

    It ends with a sentence, a clause or a word if one ends near, and never within what people see
    as one character.

    Args:
        text: What will be said.
        language: What it is in, if known.
        most: How long the result may be.
    """
    if len(text) <= most:
        return text
    phrases = PHRASES[language]
    room = most - len(phrases.comma + phrases.and_so_on)
    if room < most * _LEAST_OF_TEXT:
        return _beginning(text, language, most)
    if not (beginning := _beginning(text, language, room)):
        return ""
    pause = phrases.space if _END_OF_SENTENCE.search(beginning) else phrases.comma
    return f"{beginning}{pause}{phrases.and_so_on}"


def _beginning(text: str, language: Language, room: int) -> str:
    near = room - min(int(room * NEAR), NEAR_CHARACTERS)
    start = max(0, near - LOOKAHEAD_CHARS)
    for ends in _levels(text[start : room + LOOKAHEAD_CHARS], language):
        places = (start + end for end in ends)
        if last := last_border(text, places, range(max(1, near), room + 1)):
            return text[:last].rstrip(_OPEN)
    start = max(0, room - MAX_CLUSTER)
    last = start + end_of_clusters(text[start : room + LOOKAHEAD_CHARS], room - start)
    return text[:last].rstrip(_OPEN)


def _levels(window: str, language: Language) -> Iterator[Iterable[int]]:
    """Yield the ends of sentences and lines, of clauses and of words in `window`."""
    sentences, clauses, words = borders(window, iso_code_of(window, language))
    yield (*sentences, *(at for at, character in enumerate(window) if character == "\n"))
    yield clauses
    yield words
