"""Rate limits: buckets with headers, and the limit of the whole API."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from hashlib import md5
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json, RestError

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.routing import Match

# "Global Rate Limit"; interaction endpoints are not bound to it.
GLOBAL_PER_SECOND = 50
MAX_WINDOWS = 1000  # swept beyond this: every interaction has a bucket of its own
MAJOR_PARTS = ("channel_id", "guild_id", "webhook_id", "token")


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """How strict to be. Discord keeps its numbers secret: "do not hard-code them"."""

    bucket_requests: int = 50
    bucket_window_s: float = 5.0
    global_per_second: int = GLOBAL_PER_SECOND


@dataclass(slots=True)
class _Window:
    left: int
    ends_at: float


class RateLimitedError(RestError):
    """The caller has to wait."""

    def __init__(self, retry_after_s: float, headers: dict[str, str], *, is_global: bool) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.retry_after_s = retry_after_s
        self.is_global = is_global
        self.headers = headers

    @property
    def body(self) -> Json:
        """Return the JSON body of the answer."""
        wait_s = _rounded_up(self.retry_after_s)
        return {"message": str(self), "retry_after": wait_s, "global": self.is_global}


class RateLimits:
    """Counts requests by route, major parameters and caller."""

    def __init__(self, options: LimitOptions) -> None:
        self._options = options
        self._windows: dict[tuple[str, ...], _Window] = {}

    def spend(self, match: Match, caller: str) -> dict[str, str]:
        """Count a request; return its headers, or raise when it is one too many."""
        if "token" not in match.parts:
            self._spend_global(caller)
        bucket = _bucket(match)
        major = tuple(match.parts.get(part, "") for part in MAJOR_PARTS)
        window = self._window((bucket, caller, *major))
        wait_s = window.ends_at - time.time()
        headers = self._headers(bucket, window, wait_s)
        if window.left <= 0:
            retry = {"Retry-After": whole_seconds(wait_s), "X-RateLimit-Scope": "user"}
            raise RateLimitedError(wait_s, headers | retry, is_global=False)
        window.left -= 1
        return headers | {"X-RateLimit-Remaining": str(window.left)}

    def _spend_global(self, caller: str) -> None:
        key = ("global", caller)
        now = time.time()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            window = self._windows[key] = _Window(self._options.global_per_second, now + 1.0)
        if window.left <= 0:
            wait_s = window.ends_at - now
            headers = {
                "Retry-After": whole_seconds(wait_s),
                "X-RateLimit-Global": "true",
                "X-RateLimit-Scope": "global",
            }
            raise RateLimitedError(wait_s, headers, is_global=True)
        window.left -= 1

    def _window(self, key: tuple[str, ...]) -> _Window:
        now = time.time()
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            self._forget_old(now)
            options = self._options
            window = _Window(options.bucket_requests, now + options.bucket_window_s)
            self._windows[key] = window
        return window

    def _forget_old(self, now: float) -> None:
        if len(self._windows) > MAX_WINDOWS:
            self._windows = {k: w for k, w in self._windows.items() if w.ends_at > now}

    def _headers(self, bucket: str, window: _Window, wait_s: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self._options.bucket_requests),
            "X-RateLimit-Remaining": str(max(0, window.left)),
            "X-RateLimit-Reset": f"{_rounded_up(window.ends_at):.3f}",
            "X-RateLimit-Reset-After": f"{_rounded_up(max(0.0, wait_s)):.3f}",
            "X-RateLimit-Bucket": bucket,
        }


def whole_seconds(wait_s: float) -> str:
    """Return `Retry-After`: whoever waits that long is never too early."""
    return str(max(1, math.ceil(wait_s)))


def _rounded_up(seconds: float) -> float:
    """Return `seconds` with the milliseconds that Discord writes, never fewer."""
    return math.ceil(seconds * 1000) / 1000


def _bucket(match: Match) -> str:
    name = f"{match.route.method} {match.route.template}"
    return md5(name.encode(), usedforsecurity=False).hexdigest()
