"""What a language shortens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Abbreviations:
    """How one language shortens words in chats, and what is said for them.

    None of them is a word of the language, or may be a name. What is coarse is spelled and not
    said, whatever everybody knows: those who block the word would be surprised.

    Args:
        words: In small letters; people write them in any.
        small_words: Those that mean something else in capital letters.
        dotted: Those with dots or strokes in them, as patterns.
        signs: Runs of single letters of Hangul, and other signs that stand alone.
    """

    words: Mapping[str, str]
    small_words: Mapping[str, str] = field(default_factory=dict)
    dotted: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
