"""What comes next after a voice connection was lost: when, and with which session."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bot.voice.loss import LossKind
from bot.voice.recovery import Attempts, Reaction, react

if TYPE_CHECKING:
    from bot.voice.loss import Loss
    from bot.voice.recovery import Recovery


class Retry:
    """Remembers losses in a row, and how long nothing may be done about them."""

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery
        self._attempts = Attempts(recovery)
        self.last_loss: Loss | None = None
        self.at = 0.0
        """When the next try may be (monotonic seconds)."""
        self.needs_session = False
        """Whether the next try wants a new session."""
        self.verdict_at: float | None = None
        """When a close that may be a kick counts as one."""

    @property
    def rate_limited_s(self) -> float:
        """For how many seconds more Discord wants this guild to be left alone."""
        if self.last_loss is None or react(self.last_loss) is not Reaction.PAUSE:
            return 0.0
        return max(0.0, self.at - monotonic())

    def note(self, loss: Loss, *, open_since: float) -> None:
        """Remember a loss; `open_since`: when the connection was open, 0 if it never was."""
        self.last_loss = loss
        self.succeed(open_since=open_since)

    def succeed(self, *, open_since: float) -> None:
        """Note that a connection is let go of; if it was open, its session was good."""
        if open_since:
            self._attempts.succeed(held_s=monotonic() - open_since)

    def lose(self, loss: Loss) -> bool:
        """Decide what a loss calls for; return whether there is anything left to try."""
        reaction = react(loss)
        if self._attempts.is_last(reaction):
            return False
        if reaction is Reaction.ASK_WHY:
            self.put_verdict_off()
        elif reaction is Reaction.PAUSE:
            self.needs_session = True
            self.at = monotonic() + self._attempts.pause_s()
        else:
            return self.fail(loss, reaction)
        return True

    def fail(self, loss: Loss, reaction: Reaction = Reaction.REJOIN) -> bool:
        """Try again later; return whether there is anything left to try."""
        now = monotonic()
        self.last_loss = loss
        if not self._attempts.note(reaction, now):
            return False
        is_dial = loss.kind is LossKind.UNREACHED
        # A session that was never used will do, but perhaps another server can be reached.
        self.needs_session = not is_dial or self._attempts.wants_other_server
        self.at = now + self._attempts.delay_s(is_dial=is_dial)
        return True

    def put_verdict_off(self) -> None:
        """Give the gateway time to say why a connection was closed."""
        self.verdict_at = monotonic() + self._recovery.kick_decision_s
