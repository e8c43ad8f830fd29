"""What a presence hears from Discord, asks of it, and tells its session."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse


class Departure(Enum):
    """Why the bot is in no call any more."""

    WISH = auto()
    KICKED = auto()
    CHANNEL_GONE = auto()
    REMOVED = auto()
    REFUSED = auto()
    NO_SERVER = auto()
    NO_GROUP = auto()


class DepartedError(Exception):
    """The bot is in no call, and why; with the voice server's close code if it gave one."""

    def __init__(self, departure: Departure, close_code: int | None) -> None:
        super().__init__(f"{departure.name.lower()}, close code {close_code}")
        self.departure = departure
        self.close_code = close_code


class Gateway(Protocol):
    """Discord's main gateway, as far as one guild's voice needs it."""

    @property
    def guild_id(self) -> int:
        """The guild."""

    @property
    def user_id(self) -> int:
        """The bot."""

    @property
    def is_reachable(self) -> bool:
        """Whether a wish can be sent and the guild is there."""

    @property
    def is_member(self) -> bool:
        """Whether the bot is still in the guild."""

    def has_channel(self, channel_id: int) -> bool:
        """Whether the guild has such a channel."""

    def has_company(self, channel_id: int) -> bool:
        """Whether anybody else is in the call."""

    async def request(self, channel_id: int | None) -> None:
        """Ask to be in a channel, or in none (op 4); `ConnectionError` if it cannot be sent."""

    async def dial(self, url: str) -> ClientWebSocketResponse:
        """Open a websocket to a voice server."""


class Observer(Protocol):
    """Who is told, on the loop, how the call fares."""

    def on_change(self) -> None:
        """Whether speech can be sent may have changed."""

    def on_restored(self, *, outage_s: float, unheard_s: float) -> None:
        """The call is back; what was sent in `unheard_s` before the loss was noticed is lost."""

    def on_moved(self, channel_id: int) -> None:
        """A moderator has moved the bot."""

    def on_waiting_for_server(self) -> None:
        """Discord has had no voice server for a while."""

    def on_departed(self, departure: Departure, close_code: int | None) -> None:
        """The bot is in no call any more, and does not try to be."""
