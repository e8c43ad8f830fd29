"""What a lost voice connection means, and how long to wait before the next try."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from bot.voice.loss import LossKind

if TYPE_CHECKING:
    from bot.voice.loss import Loss


@dataclass(frozen=True, slots=True)
class Recovery:
    """How patient the bot is; seconds unless a name says otherwise."""

    first_delay_s: float = 0.25
    max_delay_s: float = 10.0
    max_dial_delay_s: float = 1.5
    """Between dials that do not get through: they cost Discord nothing."""
    fast_attempts: int = 5
    slow_delay_s: float = 30.0
    """From the sixth attempt on: Discord resets the token of a bot that identifies too often."""
    give_up_s: float = 600.0
    stable_s: float = 10.0
    """A connection that held so long begins a new count of failures when it is lost."""
    join_timeout_s: float = 7.0
    """With 2 s to take the attempt back, a member knows within 10 s."""
    answer_timeout_s: float = 5.0
    """Discord answers a wish it does not grant with nothing at all."""
    leave_timeout_s: float = 2.0
    kick_decision_s: float = 1.0
    """How long a close that may be a kick or a move waits for the gateway to say which."""
    rate_limited_s: float = 60.0
    endpoint_notice_s: float = 10.0
    endpoint_give_up_s: float = 60.0
    group_timeout_s: float = 5.0
    """With company in the call, an encrypted group that has not formed by then never will."""
    resume_in_place_s: float = 5.0
    """Speech goes on where it was after a shorter hole, and begins again after a longer one."""
    speech_patience_s: float = 30.0
    """Speech that nobody could hear for so long is given up; a voice server may take 20 (V-12)."""


class Reaction(Enum):
    """What to do about a lost connection."""

    REJOIN = auto()
    """Leave and join: a new session, after a delay that grows."""
    REJOIN_ONCE = auto()
    """One more try with a new session; the same again is final."""
    ASK_WHY = auto()
    """Kicked, moved, or the call is over: the gateway says which."""
    PAUSE = auto()
    """Discord wants to be left alone for a while."""
    STOP = auto()
    """No try can help."""


_BY_CLOSE_CODE: Final = {
    4004: Reaction.REJOIN_ONCE,  # authentication failed
    4011: Reaction.REJOIN_ONCE,  # server not found
    4012: Reaction.REJOIN_ONCE,  # unknown protocol
    4014: Reaction.ASK_WHY,  # disconnected
    4016: Reaction.REJOIN_ONCE,  # unknown encryption mode
    4017: Reaction.STOP,  # end-to-end encryption required
    4020: Reaction.REJOIN_ONCE,  # bad request
    4021: Reaction.PAUSE,  # rate limited
    4022: Reaction.ASK_WHY,  # call terminated
}
"""Discord's voice close codes; every other one, and none at all, is worth a new session."""


def react(loss: Loss) -> Reaction:
    """Return what a loss calls for."""
    if loss.kind is LossKind.CLOSED and loss.close_code is not None:
        return _BY_CLOSE_CODE.get(loss.close_code, Reaction.REJOIN)
    return Reaction.REJOIN


class Attempts:
    """Counts failures in a row, and says when to try again, or that it is no use."""

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery
        self._failures = 0
        self._failing_since = 0.0
        self._has_failed_for_good = False

    def succeed(self, *, held_s: float) -> None:
        """Note that a new session worked; begin a new count if it held long enough."""
        self._has_failed_for_good = False
        if held_s >= self._recovery.stable_s:
            self._failures = 0

    @property
    def wants_other_server(self) -> bool:
        """Whether dialling the same voice server again has been in vain often enough."""
        return bool(self._failures) and self._failures % self._recovery.fast_attempts == 0

    def is_last(self, reaction: Reaction) -> bool:
        """Whether after this no try can help."""
        is_again = reaction is Reaction.REJOIN_ONCE and self._has_failed_for_good
        return reaction is Reaction.STOP or is_again

    def note(self, reaction: Reaction, now: float) -> bool:
        """Count a failure at `now` seconds; return whether it is worth another try."""
        self._failures += 1
        self._has_failed_for_good |= reaction is Reaction.REJOIN_ONCE
        if self._failures == 1:
            self._failing_since = now
        return now - self._failing_since < self._recovery.give_up_s

    def delay_s(self, *, is_dial: bool) -> float:
        """Return how long to wait after the last failure; `is_dial`: no server was reached."""
        recovery = self._recovery
        growing_s: float = recovery.first_delay_s * 2.0 ** (self._failures - 1)
        if is_dial:
            return min(growing_s, recovery.max_dial_delay_s) * random.uniform(0.9, 1.1)  # noqa: S311
        if self._failures >= recovery.fast_attempts:
            return recovery.slow_delay_s * random.uniform(1.0, 1.2)  # noqa: S311
        return min(growing_s, recovery.max_delay_s) * random.uniform(0.9, 1.1)  # noqa: S311

    def pause_s(self) -> float:
        """Return how long to leave Discord alone when it asks for that."""
        return self._recovery.rate_limited_s * random.uniform(1.0, 2.0)  # noqa: S311
