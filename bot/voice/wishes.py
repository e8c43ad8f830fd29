"""What Discord was asked for and has not answered: a call, another one, or none."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from time import monotonic


@dataclass(frozen=True, slots=True)
class Wish:
    """To be in a channel, or in none (op 4)."""

    channel_id: int | None
    session_id: str
    """The voice session there was when it was sent."""
    at: float


class Wishes:
    """The wishes of one guild that are open.

    Discord answers in order, and a refusal with nothing: an answer settles the wishes before it,
    too. So the news that the bot is out is the answer to a leave if one is open, however late it
    comes, and a kick if none is: there is one such answer to a leave, before that to the join that
    follows. Only a kick that crosses a leave cannot be told from its answer.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._open: deque[Wish] = deque()
        self._joined_at = -inf

    def add(self, channel_id: int | None, session_id: str) -> Wish:
        """Note a wish that is about to be sent."""
        wish = Wish(channel_id, session_id, monotonic())
        self._open.append(wish)
        return wish

    def withdraw(self, wish: Wish) -> None:
        """Forget a wish that could not be sent."""
        if wish in self._open:
            self._open.remove(wish)

    def confirm(self, wish: Wish) -> None:
        """Note that a wish was sent."""
        self._joined_at = monotonic() if wish.channel_id else -inf

    def forget_calls(self) -> None:
        """Expect no call any more; a leave may have been heard all the same."""
        self._open = deque(wish for wish in self._open if wish.channel_id is None)

    def answer(self, channel_id: int | None, session_id: str = "") -> bool:
        """Settle the wish for a channel, and those before it; return whether there was one.

        A session that the bot is leaving answers no wish made after the leave: this is old news.
        """
        since = monotonic() - self._timeout_s
        while self._open and self._open[0].at < since:
            self._open.popleft()
        for index, wish in enumerate(self._open):
            if wish.channel_id == channel_id:
                self._settle(index + 1)
                return True
            if wish.channel_id is None and wish.session_id == session_id:
                return any(each.channel_id == channel_id for each in self._open)
        return False

    def is_open(self, channel_id: int) -> bool:
        """Return whether a wish for a channel is not settled."""
        return any(wish.channel_id == channel_id for wish in self._open)

    @property
    def may_be_granted(self) -> bool:
        """Whether Discord may be about to take the bot into a call."""
        is_recent = monotonic() < self._joined_at + self._timeout_s
        return is_recent or any(wish.channel_id for wish in self._open)

    def _settle(self, count: int) -> None:
        for _ in range(count):
            self._open.popleft()
