"""What became of every utterance that was ever accepted."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from bot.audio.clip import FRAME_MS
from bot.errors import ProviderError, UserError
from bot.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPOKEN_SHARE: Final = 0.99
"""The share of its frames that must have reached the call before an utterance counts as spoken."""

KEPT_ENTRIES: Final = 2_000
"""Older utterances are in the counts alone: what a busy hour says would take megabytes."""


class Ending(StrEnum):
    """How an utterance ended."""

    SPOKEN = "spoken"
    SKIPPED = "skipped"
    DROPPED = "dropped"


class DropReason(StrEnum):
    """Why an accepted utterance was not spoken to its end."""

    SENT_AWAY = "sent_away"
    CALLED_ELSEWHERE = "called_elsewhere"
    KICKED = "kicked"
    CHANNEL_GONE = "channel_gone"
    REMOVED = "removed"
    NO_CONNECTION = "no_connection"
    INTERRUPTED = "interrupted"
    UNREACHABLE = "unreachable"
    """The call could not be restored while anybody would have expected to hear it."""
    NOT_ENCRYPTED = "not_encrypted"
    ALONE = "alone"
    IDLE = "idle"
    TAKEN_BACK = "taken_back"
    """Its message was deleted, or moderators silenced its author."""
    EDITED = "edited"
    TOO_LONG = "too_long"
    OVERFLOW = "overflow"
    SHUTDOWN = "shutdown"
    FAILED = "failed"
    """The bot itself; what the speech service does is told by its own faults."""


class NotSpokenError(UserError):
    """Speech that was accepted and not spoken to its end; worded for whoever reads it."""

    def __init__(self, reason: DropReason, *, frames_sent: int = 0) -> None:
        super().__init__()
        self.reason = reason
        self.frames_sent = frames_sent

    def __str__(self) -> str:
        seconds = self.frames_sent * FRAME_MS / 1000
        if seconds < 1:
            return _why(self.reason)
        heard = _("I was cut off after {seconds:.0f} s.").format(seconds=seconds)
        return f"{heard} {_why(self.reason)}"


def _why(reason: DropReason) -> str:
    match reason:
        case DropReason.SENT_AWAY:
            return _("I was sent out of the voice channel.")
        case DropReason.CALLED_ELSEWHERE:
            return _("I was called to another channel.")
        case DropReason.KICKED:
            return _("I was disconnected from the voice channel. Call me back with /join.")
        case DropReason.CHANNEL_GONE:
            return _("The voice channel is gone.")
        case DropReason.REMOVED:
            return _("I was removed from the server.")
        case DropReason.NO_CONNECTION:
            return _("Discord refuses the voice connection, I stopped trying. Call me with /join.")
        case DropReason.INTERRUPTED:
            return _("The call broke off twice. Say it again.")
        case DropReason.UNREACHABLE:
            return _("I have lost the call and keep trying to get back. Say it again in a minute.")
        case DropReason.NOT_ENCRYPTED:
            return _("The call's encryption did not come about. Say it again in a moment.")
        case DropReason.ALONE:
            return _("Nobody else is in the voice channel.")
        case DropReason.IDLE:
            return _("I left the voice channel because nothing was said for a while.")
        case DropReason.TAKEN_BACK:
            return _("The message was taken back.")
        case DropReason.EDITED:
            return _("The message was edited.")
        case DropReason.TOO_LONG:
            return _("Messages may be spoken for a limited time here. Say less at once.")
        case DropReason.OVERFLOW:
            return _("Newer messages took its place in the queue. Say it again in a minute.")
        case DropReason.SHUTDOWN:
            return _("I am being restarted. Say it again in a minute.")
        case DropReason.FAILED:
            return _("Something went wrong on my side. Say it again.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one terminal state of an utterance; lengths in frames of 20 ms.

    `error` says why it was dropped, in words for its author; `skipped_by` is who skipped it.
    """

    ending: Ending
    frames_sent: int
    frames_due: int
    error: Exception | None = None
    skipped_by: int | None = None

    @property
    def reason(self) -> str:
        """Name the ending and, for what was dropped, why."""
        if self.ending is not Ending.DROPPED:
            return self.ending
        if isinstance(self.error, ProviderError):
            return self.error.fault
        return self.error.reason if isinstance(self.error, NotSpokenError) else DropReason.FAILED


@dataclass(frozen=True, slots=True)
class Entry:
    """One closed utterance, without its text; it was closed `at` that second of the clock."""

    guild_id: int
    ending: Ending
    reason: str
    frames_sent: int
    frames_due: int
    at: float


class Ledger:
    """Counts what was accepted and what became of it; accepted = closed + open, always.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.outcomes: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._accepted: Counter[int] = Counter()
        self._endings: Counter[tuple[int, str]] = Counter()

    @property
    def accepted(self) -> int:
        """How many utterances were ever accepted."""
        return self._accepted.total()

    def accept(self, guild_id: int) -> None:
        """Note an utterance that will be closed exactly once."""
        self._accepted[guild_id] += 1

    def close(self, guild_id: int, outcome: Outcome) -> None:
        """Note what became of one."""
        self._endings[guild_id, outcome.reason] += 1
        self.outcomes.append(
            Entry(
                guild_id,
                outcome.ending,
                outcome.reason,
                outcome.frames_sent,
                outcome.frames_due,
                self.clock(),
            )
        )

    def last(self, guild_id: int, most: int) -> list[Entry]:
        """Return the utterances of a guild that were closed last, the last first."""
        own = (entry for entry in reversed(self.outcomes) if entry.guild_id == guild_id)
        return list(islice(own, most))

    def counts(self, guild_id: int) -> dict[str, int]:
        """Return `accepted` and every ending of a guild with its number."""
        return {"accepted": self._accepted[guild_id], **dict(self._of(guild_id))}

    def _of(self, guild_id: int) -> Iterator[tuple[str, int]]:
        for (guild, reason), count in self._endings.items():
            if guild == guild_id:
                yield reason, count
