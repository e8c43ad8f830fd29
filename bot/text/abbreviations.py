"""Say in full what people shorten in chats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import regex

from bot.models import Language
from bot.text._abbreviations.chinese import CHINESE
from bot.text._abbreviations.english import ENGLISH
from bot.text._abbreviations.french import FRENCH
from bot.text._abbreviations.german import GERMAN
from bot.text._abbreviations.italian import ITALIAN
from bot.text._abbreviations.japanese import JAPANESE
from bot.text._abbreviations.korean import KOREAN
from bot.text._abbreviations.portuguese import PORTUGUESE
from bot.text._abbreviations.russian import RUSSIAN
from bot.text._abbreviations.spanish import SPANISH
from bot.text._letters import LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ABBREVIATIONS: Final = 100
"""Of one message and of one kind: what is beyond them, nobody listens to."""

_ALL: Final = {
    Language.CHINESE: CHINESE,
    Language.ENGLISH: ENGLISH,
    Language.GERMAN: GERMAN,
    Language.ITALIAN: ITALIAN,
    Language.PORTUGUESE: PORTUGUESE,
    Language.SPANISH: SPANISH,
    Language.JAPANESE: JAPANESE,
    Language.KOREAN: KOREAN,
    Language.FRENCH: FRENCH,
    Language.RUSSIAN: RUSSIAN,
}

# Names, paths, addresses and compounds are left alone.
_BEFORE: Final = rf"(?<![{LETTERS}@#/\\.'’-])"
_BEHIND: Final = rf"(?![{LETTERS}@/\\'’-]|\.\w)"
# Where it measures something, it is a unit.
_NO_UNIT: Final = rf"(?<!(?<![{LETTERS}])[0-9] )(?<![0-9][0-9] )"
_WORD: Final = re.compile(rf"{_BEFORE}(?=[{LETTERS}]){_NO_UNIT}[{LETTERS}]{{1,6}}+{_BEHIND}")
_SMALL_LETTERS: Final = re.compile("[0-9a-z\u00df-\u00ff\u0400-\u04ff]+")
_SIGNS: Final = regex.compile("[\u3131-\u3163]++")


@dataclass(frozen=True, slots=True, eq=False)
class _Expander:
    words: Mapping[str, str]
    small_words: Mapping[str, str]
    dotted: regex.Pattern[str] | None
    """Each in a group of its own."""
    said: tuple[str, ...]
    signs: Mapping[str, str]


def expand_abbreviations(text: str, language: Language) -> str:
    """Return `text` with what people shorten in full; one of unknown language stays as it is.

    Only whole words are looked at, and nothing is changed that is also a word of the language.
    """
    expander = _expander(language)
    if expander is None:
        return text
    if expander.dotted:
        text = expander.dotted.sub(
            lambda match: expander.said[(match.lastindex or 1) - 1], text, count=MAX_ABBREVIATIONS
        )
    found = set(_SMALL_LETTERS.findall(text.lower()))
    if not (found.isdisjoint(expander.words) and found.isdisjoint(expander.small_words)):
        text = _WORD.sub(lambda match: _word(match.group(), expander), text)
    if expander.signs:
        text = _SIGNS.sub(lambda match: _sign(match, expander), text, count=MAX_ABBREVIATIONS)
    return text


@lru_cache(maxsize=len(Language))
def _expander(language: Language) -> _Expander | None:
    known = _ALL.get(language)
    if known is None:
        return None
    any_of_them = "|".join(f"({each})" for each in known.dotted)
    dotted = regex.compile(f"{_BEFORE}(?:{any_of_them})(?![{LETTERS}])", regex.IGNORECASE)
    return _Expander(
        words=known.words,
        small_words=known.small_words,
        dotted=dotted if known.dotted else None,
        said=tuple(known.dotted.values()),
        signs=known.signs,
    )


def _word(word: str, expander: _Expander) -> str:
    return expander.words.get(word.lower()) or expander.small_words.get(word, word)


def _sign(match: regex.Match[str], expander: _Expander) -> str:
    """Say letters of Hangul, apart from the words they stand next to."""
    said = expander.signs.get(match.group())
    if said is None:
        return str(match.group())
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() : match.end() + 1]
    return f"{' ' * before.isalnum()}{said}{' ' * after.isalnum()}"
