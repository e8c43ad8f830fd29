"""The rate limit: requests per minute, enforced as an even pace with a small burst."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bot.sandbox.qwen.errors import RATE_QUOTA, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.qwen.options import Throttle
    from bot.tts.catalog import Model

_MINUTE_S: Final = 60.0


class RateLimiter:
    """Counts for each model by itself, as the service counts for each account and model.

    Generic cell rate: every request moves the time at which the model is due; one that would
    come more than a burst too early is refused and moves nothing.
    """

    def __init__(
        self, throttle: Throttle | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._throttle = throttle
        self._clock = clock
        self._due: dict[str, float] = {}

    def admit(self, model: Model) -> None:
        """Let one request pass.

        Raises:
            RefusalError: It comes too early.
        """
        if self._throttle is None:
            return
        spacing_s = _MINUTE_S / (self._throttle.requests_per_minute or model.requests_per_minute)
        now = self._clock()
        due = max(self._due.get(model.id, now), now)
        if due - now > spacing_s * (self._throttle.burst - 1):
            raise RefusalError(RATE_QUOTA, is_by_gateway=not self._throttle.is_in_stream)
        self._due[model.id] = due + spacing_s
