"""What everyone may know about how this operator's bot treats what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.tts.catalog import Provider


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Who gets the text that is to be spoken, and how long its sound is kept.

    Args:
        providers: Who may be asked for speech.
        sound_days: How long what was spoken is kept at most.
        url: Where the operator says more.
    """

    providers: tuple[Provider, ...]
    sound_days: int
    url: str | None = None
