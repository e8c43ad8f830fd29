"""Say who wrote: when, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.settings.choices import NameReading, NameSource
from bot.text.names import spoken_name
from bot.text.phrases import PHRASES, filled, listed

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from bot.models import Language
    from bot.text.speakable import Spoken

FORGOTTEN_AFTER_S: Final = 60.0
"""After so long a silence of the bot nobody knows any more who spoke last."""

_PAUSING: Final = frozenset(".,;:!?…、。，：！？")


@dataclass(frozen=True, slots=True)
class LastSpeaker:
    """Who was heard last, and when, in seconds of a clock that never goes back."""

    speaker: Hashable
    at_s: float


def should_announce(
    reading: NameReading, *, speaker: Hashable, last: LastSpeaker | None, now_s: float
) -> bool:
    """Return whether to say who wrote, before what they wrote.

    Args:
        reading: When moderators want to hear it.
        speaker: Who wrote: a member, or one of the names behind a webhook.
        last: Who was heard last in this call, if anybody was.
        now_s: When this is said, by the clock of `last`.
    """
    if reading is not NameReading.SMART:
        return reading is NameReading.ALWAYS
    return last is None or last.speaker != speaker or now_s - last.at_s >= FORGOTTEN_AFTER_S


def choose_name(
    *, chosen: str | None, display: str, username: str, source: NameSource, language: Language
) -> str:
    """Return the name that is said for a member.

    Args:
        chosen: How they want to be called.
        display: What they are called in this server.
        username: What their account is called.
        source: Which of the two moderators want to hear.
        language: In which a name that cannot be said is replaced by "a member".
    """
    names = (display, username) if source is NameSource.DISPLAY else (username, display)
    spoken = map(spoken_name, (chosen or "", *names))
    return next(filter(None, spoken), PHRASES[language].member)


def announcement(name: str, spoken: Spoken, *, template: str | None, language: Language) -> str:
    """Return what is said before `spoken`, with what stands between the two.

    Args:
        name: Who wrote.
        spoken: What is said of their message.
        template: A moderator's own words with `{name}` in them; a deed follows the name alone.
        language: What it is written in.
    """
    phrases = PHRASES[language]
    if spoken.is_deed:
        subject = filled(phrases.subject, name=name)
        return subject + (phrases.comma if spoken.is_reply else phrases.space)
    said = filled(template or phrases.says, name=name)
    if said[-1] in _PAUSING:
        return f"{said} "
    return said + (phrases.comma if spoken.is_reply else phrases.colon)


def arrival(names: Sequence[str], language: Language) -> str:
    """Return what is said when people come into the call."""
    phrases = PHRASES[language]
    several = phrases.several_arrive or phrases.arrives
    return filled(several if len(names) > 1 else phrases.arrives, name=listed(names, phrases))


def departure(names: Sequence[str], language: Language) -> str:
    """Return what is said when people leave the call."""
    phrases = PHRASES[language]
    several = phrases.several_depart or phrases.departs
    return filled(several if len(names) > 1 else phrases.departs, name=listed(names, phrases))
