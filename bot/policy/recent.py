"""What became of the messages of the last minutes: ids and reasons, no words."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.policy.admission import Silence

KEPT_S: Final = 15 * 60.0
KEPT_EACH: Final = 200
"""Messages of one server; a busy chat has about ten a minute."""

KEPT: Final = 20_000
"""Messages of all servers."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message; `silence` is nothing where it was read."""

    guild_id: int
    channel_id: int
    author_id: int
    silence: Silence | None
    at: float


class Recent:
    """Remembers the fates of messages for `KEPT_S` seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._fates: OrderedDict[int, Fate] = OrderedDict()
        self._of_guild: dict[int, OrderedDict[int, None]] = {}

    def __len__(self) -> int:
        return len(self._fates)

    def note(self, message_id: int, fate: Fate) -> None:
        """Remember what became of a message; the last word on it holds."""
        self._forget(message_id)
        self._fates[message_id] = fate
        own = self._of_guild.setdefault(fate.guild_id, OrderedDict())
        own[message_id] = None
        while len(own) > KEPT_EACH:
            self._forget(next(iter(own)))
        while self._fates and (
            len(self._fates) > KEPT or fate.at - next(iter(self._fates.values())).at > KEPT_S
        ):
            self._forget(next(iter(self._fates)))

    def get(self, message_id: int, now: float) -> Fate | None:
        """Return what became of a message, if that is not too long ago."""
        fate = self._fates.get(message_id)
        return fate if fate and now - fate.at <= KEPT_S else None

    def last_of(self, guild_id: int, author_id: int, now: float) -> tuple[int, Fate] | None:
        """Return the last message of an author in a server, and what became of it."""
        for message_id in reversed(self._of_guild.get(guild_id, {})):
            fate = self.get(message_id, now)
            if fate and fate.author_id == author_id:
                return message_id, fate
        return None

    def forget_author(self, author_id: int) -> None:
        """Forget every message of an author."""
        for message_id in [id_ for id_, fate in self._fates.items() if fate.author_id == author_id]:
            self._forget(message_id)

    def forget_guild(self, guild_id: int) -> None:
        """Forget every message of a server."""
        for message_id in list(self._of_guild.get(guild_id, ())):
            self._forget(message_id)

    def _forget(self, message_id: int) -> None:
        if (fate := self._fates.pop(message_id, None)) is None:
            return
        own = self._of_guild[fate.guild_id]
        del own[message_id]
        if not own:
            del self._of_guild[fate.guild_id]
