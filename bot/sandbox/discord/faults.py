"""Trouble to order: what the servers do wrong when asked to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.rest.limits import whole_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import Json


@dataclass(eq=False)
class RestFault:
    """A scripted answer for requests that match; `times` None means for ever."""

    method: str
    path: re.Pattern[str]
    status: int | None = None
    body: Json | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    delay_s: float = 0.0
    reset: bool = False
    after_handling: bool = False
    via: bool = True  # without this header a client takes a 429 for a ban by the network
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Tell whether this fault is due for a request."""
        if self.times is not None and self.hits >= self.times:
            return False
        return self.method in {"*", method} and self.path.search(path) is not None


@dataclass
class GatewayFaults:
    """How the gateway treats new connections."""

    refuse: bool = False
    """Drop the connection before the websocket handshake."""
    http_status: int | None = None
    """Refuse the handshake with this status."""
    close_on_identify: list[int] = field(default_factory=list)
    """Close codes for the next IDENTIFYs."""
    invalidate_on_identify: int = 0
    """So many of the next IDENTIFYs are answered by op 9."""
    invalidate_on_resume: int = 0
    """So many of the next RESUMEs are answered by op 9 (false)."""
    replays_on_resume: int = 0
    """So many events that the client already had come once more with the next RESUME."""
    delay_s: float = 0.0
    """Pause before every message to the client."""
    withhold_hello: bool = False
    """Never say hello."""
    withhold_acks: bool = False
    """Never acknowledge heartbeats."""
    withhold_ready: bool = False
    """Never answer IDENTIFY."""
    ignore_voice: bool = False
    """Take op 4 and do nothing, as for a channel that is full."""


class Faults:
    """All switches in one place; everything is off at first."""

    def __init__(self) -> None:
        self.gateway = GatewayFaults()
        self._scripts: list[RestFault] = []

    def rest(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        body: Json | str | None = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        delay_s: float = 0.0,
        reset: bool = False,
        after_handling: bool = False,
        via: bool = True,
    ) -> RestFault:
        """Script requests whose path (after `/api/v10`) matches the regular expression `path`.

        With `after_handling` the request takes effect, and only its answer is lost or replaced.
        """
        fault = RestFault(
            method.upper(),
            re.compile(path),
            status,
            body,
            headers or {},
            times,
            delay_s,
            reset,
            after_handling,
            via,
        )
        self._scripts.append(fault)
        return fault

    def throttle(
        self,
        method: str,
        path: str,
        *,
        retry_after_s: float,
        is_global: bool = False,
        times: int | None = 1,
    ) -> RestFault:
        """Script a rate limit as Discord words it."""
        body = {
            "message": "You are being rate limited.",
            "retry_after": retry_after_s,
            "global": is_global,
        }
        headers = {
            "Retry-After": whole_seconds(retry_after_s),
            "X-RateLimit-Scope": "global" if is_global else "user",
        }
        if is_global:
            headers["X-RateLimit-Global"] = "true"
        return self.rest(method, path, status=429, body=body, headers=headers, times=times)

    def due(self, method: str, path: str) -> RestFault | None:
        """Return the fault for a request and count it."""
        fault = next((f for f in self._scripts if f.matches(method, path)), None)
        if fault is not None:
            fault.hits += 1
        return fault

    def clear(self) -> None:
        """End all trouble."""
        self.gateway = GatewayFaults()
        self._scripts.clear()
