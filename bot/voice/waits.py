"""What a call waits for once Discord has answered, and how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.voice.gateway import Gateway
    from bot.voice.link import Link
    from bot.voice.recovery import Recovery


class EndpointWait:
    """Waits for a voice server, of which Discord has none at the moment.

    Args:
        recovery: How patient to be.
        on_notice: Called once in a wait that takes long.
    """

    def __init__(self, recovery: Recovery, on_notice: Callable[[], None]) -> None:
        self._recovery = recovery
        self._on_notice = on_notice
        self._has_noticed = False

    def reset(self) -> None:
        """Begin afresh: Discord has said something about the voice server."""
        self._has_noticed = False

    def left_s(self, since: float, now: float) -> float:
        """Return how many seconds to wait before the next look; 0: there will be none."""
        waited_s = now - since
        if waited_s < self._recovery.endpoint_notice_s:
            return self._recovery.endpoint_notice_s - waited_s
        if not self._has_noticed and waited_s < self._recovery.endpoint_give_up_s:
            self._has_noticed = True
            self._on_notice()
        return max(0.0, self._recovery.endpoint_give_up_s - waited_s)


class GroupWait:
    """Waits for the encrypted group of those in the call; one alone makes none."""

    def __init__(self, gateway: Gateway, link: Link, recovery: Recovery) -> None:
        self._gateway = gateway
        self._link = link
        self._timeout_s = recovery.group_timeout_s
        self._company_since = 0.0

    def left_s(self, channel_id: int, now: float) -> float | None:
        """Return how many seconds to wait before the next look; 0: too long; None: for nothing."""
        link = self._link
        if link.has_group or not link.is_open or not link.open_since:
            return None
        if not self._gateway.has_company(channel_id):
            self._company_since = now
            return self._timeout_s
        since = max(self._company_since, link.open_since)
        return max(0.0, since + self._timeout_s - now)
