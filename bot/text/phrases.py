"""Say what is not in the text itself, in the language of the text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.lists import format_list

from bot.models import Language
from bot.text._phrases.chinese import CHINESE
from bot.text._phrases.english import ENGLISH
from bot.text._phrases.french import FRENCH
from bot.text._phrases.german import GERMAN
from bot.text._phrases.italian import ITALIAN
from bot.text._phrases.japanese import JAPANESE
from bot.text._phrases.korean import KOREAN
from bot.text._phrases.portuguese import PORTUGUESE
from bot.text._phrases.russian import RUSSIAN
from bot.text._phrases.spanish import SPANISH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.text._phrases.phrases import Forms, Phrases

PHRASES: Final = {
    Language.AUTO: ENGLISH,
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
"""What is said in every language; English where nobody knows which it is."""

_PARTICLE: Final = re.compile(r"(.?)을\(를\)")
_FIRST_SYLLABLE: Final = "가"
_LAST_SYLLABLE: Final = "힣"
_FINALS: Final = 28  # the Hangul syllables of one beginning, of which the first ends in a vowel


def counted(forms: Forms, count: int, phrases: Phrases, **words: str) -> str:
    """Return the form that fits `count`, with it and `words` in their places."""
    return filled(forms[phrases.plural(count)], count=str(count), **words)


def filled(phrase: str, **words: str) -> str:
    """Return `phrase` with each of `words` in its place, whatever is in them."""
    # Not `format`: a phrase may be a moderator's own, and hold any braces.
    pattern = "|".join(rf"\{{{name}\}}" for name in words)
    whole = re.sub(pattern, lambda match: words[match.group()[1:-1]], phrase)
    return _PARTICLE.sub(_with_particle, whole) if "을(를)" in phrase else whole


def listed(words: Sequence[str], phrases: Phrases) -> str:
    """Return words as one list, such as `a, b and c`."""
    return format_list(words, locale=locale_of(phrases)) if words else ""


def choice_of(words: Sequence[str], phrases: Phrases) -> str:
    """Return words as what can be chosen from, such as `a, b or c`."""
    return format_list(words, style="or", locale=locale_of(phrases)) if words else ""


@cache
def locale_of(phrases: Phrases) -> Locale:
    """Return what Babel knows of the language."""
    return Locale.parse(phrases.locale)


def _with_particle(match: re.Match[str]) -> str:
    before = match[1]
    if not _FIRST_SYLLABLE <= before <= _LAST_SYLLABLE:
        return f"{before}를"
    has_final = (ord(before) - ord(_FIRST_SYLLABLE)) % _FINALS != 0
    return f"{before}{'을' if has_final else '를'}"
