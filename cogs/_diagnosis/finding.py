"""How one link between a text and its listeners' ears fares, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Self

from bot.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence


class State(Enum):
    """How a link fares, in a word that everybody understands."""

    FINE = N_("OK")
    LIMITED = N_("limited")
    BROKEN = N_("problem")
    UNKNOWN = N_("unknown")


class Link(Enum):
    """Everything between a text and the ears of listeners, by its name."""

    DISCORD = N_("Discord")
    CALL = N_("Voice channel")
    SPEAKING = N_("Permission to speak")
    QUEUE = N_("What waits")
    EARS = N_("You")
    SERVICE = N_("Speech service")
    BUDGET = N_("Characters of today")
    LATELY = N_("Last texts")
    SETTINGS = N_("Settings")
    READING = N_("Reading aloud")


@dataclass(frozen=True, slots=True)
class Finding:
    """One link; `advice` says what to do where that is not in the sentence."""

    link: Link
    state: State
    sentence: str
    advice: str = ""

    @classmethod
    def fine(cls, link: Link, sentence: str) -> Self:
        """Say that a link works."""
        return cls(link, State.FINE, sentence)

    @classmethod
    def limited(cls, link: Link, sentence: str, advice: str = "") -> Self:
        """Say that a link works, though not as it should."""
        return cls(link, State.LIMITED, sentence, advice)

    @classmethod
    def broken(cls, link: Link, sentence: str, advice: str = "") -> Self:
        """Say that nobody hears anything because of a link."""
        return cls(link, State.BROKEN, sentence, advice)

    @classmethod
    def unknown(cls, link: Link, sentence: str) -> Self:
        """Say that nobody can tell how a link fares."""
        return cls(link, State.UNKNOWN, sentence)


def next_step(findings: Sequence[Finding]) -> str:
    """Return the one thing to do next."""
    for state in (State.BROKEN, State.LIMITED):
        for finding in findings:
            if finding.state is state:
                return finding.advice or finding.sentence
    return _("If you hear nothing, look at my volume: right-click or long-press me in the call.")
