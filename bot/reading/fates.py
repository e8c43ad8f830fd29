"""What becomes of messages, and why one that was to be read was not heard to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.policy.admission import Silence
from bot.policy.budget import OverBudgetError
from bot.policy.recent import Fate
from bot.voice.ledger import DropReason, Ending, NotSpokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.policy.recent import Recent
    from bot.reading.incoming import Incoming
    from bot.voice.ledger import Outcome

_SILENCES: Final[Mapping[DropReason, Silence]] = {
    DropReason.TAKEN_BACK: Silence.TAKEN_BACK,
    DropReason.EDITED: Silence.TAKEN_BACK,
    DropReason.TOO_LONG: Silence.TOO_LONG,
    DropReason.OVERFLOW: Silence.QUEUE_FULL,
    DropReason.NO_CONNECTION: Silence.NO_ENTRY,
    DropReason.INTERRUPTED: Silence.FAILED,
    DropReason.UNREACHABLE: Silence.NO_ENTRY,
    DropReason.NOT_ENCRYPTED: Silence.FAILED,
    DropReason.FAILED: Silence.FAILED,
}
"""What is not in it ends the whole call."""

_REFUSALS: Final = (ProviderFault.REFUSED_CONTENT, ProviderFault.MUTED)


def silence_of(outcome: Outcome) -> Silence | None:
    """Return why an utterance was not spoken to its end, or nothing if it was."""
    match outcome.error:
        case OverBudgetError():
            return Silence.OVER_BUDGET
        case NotSpokenError(reason=reason):
            return _SILENCES.get(reason, Silence.CALL_ENDED)
        case ProviderError(fault=fault) if fault in _REFUSALS:
            return Silence.REFUSED
        case None:
            return Silence.SKIPPED if outcome.ending is Ending.SKIPPED else None
        case _:
            return Silence.FAILED


class Fates:
    """Notes what becomes of messages, when it does."""

    def __init__(self, recent: Recent) -> None:
        self._recent = recent

    def note(self, incoming: Incoming, silence: Silence | None) -> None:
        """Note why a message is not heard, or that it is to be; the last word on it holds."""
        fate = Fate(incoming.guild_id, incoming.channel_id, incoming.author.id, silence, _now())
        self._recent.note(incoming.id, fate)

    def note_outcome(self, incoming: Incoming, outcome: Outcome) -> None:
        """Note how the turn of a message has ended, unless more is known, or it was forgotten."""
        fate, silence = self._recent.get(incoming.id, _now()), silence_of(outcome)
        if silence and fate and fate.silence is None:
            self.note(incoming, silence)


def _now() -> float:
    return asyncio.get_running_loop().time()
