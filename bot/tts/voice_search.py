"""Find a voice by what people remember of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Voice

# Below this likeness a match is a coincidence; it keeps "male" (80 % alike) apart from "female".
_MIN_LIKENESS: Final = 82
_WORD: Final = re.compile(r"\w+")
# Twice the longest name: what is longer is no name, and every word of it costs time.
_MAX_QUERY_CHARACTERS: Final = 32


def best_first(query: str, voices: Sequence[Voice]) -> list[Voice]:
    """Return the `voices` that fit `query`, best first; all of them for an empty query."""
    wanted = query.strip().casefold()[:_MAX_QUERY_CHARACTERS]
    if not wanted:
        return list(voices)
    scored = [(_score(wanted, voice), voice) for voice in voices]
    fitting = [pair for pair in scored if pair[0] >= _MIN_LIKENESS]
    return [voice for score, voice in sorted(fitting, key=lambda pair: -pair[0])]


def _score(wanted: str, voice: Voice) -> float:
    """Rate the fit: a name, its start, a word's start, a part; else every word by its likeness."""
    names = (voice.id.casefold(), voice.name.casefold())
    if wanted in names:
        return 400
    if any(name.startswith(wanted) for name in names):
        return 300
    if any(f" {wanted}" in name for name in names):
        return 250
    if any(wanted in name for name in names):
        return 200
    traits = (voice.id, voice.character, voice.dialect, voice.sex, voice.home)
    words = _WORD.findall(" ".join(filter(None, traits)).casefold())
    return min(max(_likeness(part, word) for word in words) for part in wanted.split())


def _likeness(part: str, word: str) -> float:
    return 100 if word.startswith(part) else fuzz.ratio(part, word)
