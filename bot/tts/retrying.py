"""Tries again what may go better the next time; the only place that does."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import SpeechRequest
    from bot.tts.breaker import Breaker

MAX_TRIES: Final = 3
MAX_TRIES_OF: Final = {ProviderFault.PROTOCOL: 2, ProviderFault.TIMEOUT: 2}
"""An answer outside the contract was made and is paid for, and may well come again. Two tries
without a connection are as long as anyone waits."""

MIN_PAUSE_S: Final = 0.25
FIRST_MAX_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 4.0
"""Full jitter: any pause up to 1 s before the second try, up to twice as long before the next."""

LATE_TIMEOUT_S: Final = 4.0
"""Whoever has waited longer than for a connection has waited long enough for this utterance."""

MAX_ASKED_PAUSE_S: Final = 20.0
"""Nobody expects an answer to what was written longer ago."""

RETRY_WINDOW_S: Final = 60.0
RETRY_SHARE: Final = 0.1
RETRY_FLOOR: Final = 40
"""Retries within the window that need no requests to stand on.

A key is asked 180 times a minute at most. If a fifth fails, all but 1 % get through with 43 retries
in a usual minute and 57 in a bad one: a tenth of the requests and this. Only beyond that does the
share hold retries back, as does the breaker where half or more fail."""


class RetryBudget:
    """Allows retries up to a share of the requests of the last minute, so that none add to a flood.

    Every time is in seconds of one monotonic clock.
    """

    def __init__(self, *, share: float = RETRY_SHARE, floor: int = RETRY_FLOOR) -> None:
        self._share = share
        self._floor = floor
        self._requests: deque[float] = deque()
        self._retries: deque[float] = deque()

    def note_request(self, now: float) -> None:
        """Count a request that is no retry."""
        self._forget(now)
        self._requests.append(now)

    def spend(self, now: float) -> bool:
        """Count a retry and return `True`, or return `False` where there were too many."""
        self._forget(now)
        if len(self._retries) >= self._floor + self._share * len(self._requests):
            return False
        self._retries.append(now)
        return True

    def _forget(self, now: float) -> None:
        for times in (self._requests, self._retries):
            while times and times[0] <= now - RETRY_WINDOW_S:
                times.popleft()


class RetryingSynthesizer(Synthesizer):
    """Asks again, after a pause, as long as nothing was heard and it may help.

    Args:
        inner: Who is asked.
        breaker: That of the same key; what it would refuse is refused before it waits in a queue.
        budget: How many retries there may be; shared by all requests of the key.
        chance: Where the jitter comes from.
    """

    def __init__(
        self,
        inner: Synthesizer,
        breaker: Breaker,
        *,
        budget: RetryBudget | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._inner = inner
        self._breaker = breaker
        self._budget = budget or RetryBudget()
        self._chance = chance or random.Random()  # noqa: S311 - not a secret

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM of the first try that makes any.

        Raises:
            ProviderError: The service is left alone, no try has succeeded, or one broke off.
        """
        now = asyncio.get_running_loop().time
        self._breaker.check(request.model)
        self._budget.note_request(now())
        tries = 0
        while True:
            tries += 1
            has_sound, began_at = False, now()
            try:
                async with aclosing(self._inner.stream(request)) as pieces:
                    async for pcm in pieces:
                        has_sound = True
                        yield pcm
                return
            except ProviderError as error:
                pause_s = self._pause_s(error, tries, took_s=now() - began_at)
                if has_sound or pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
                if not self._may_retry(request, now()):
                    raise

    def _pause_s(self, error: ProviderError, tries: int, *, took_s: float) -> float | None:
        """Return the seconds to wait before the next try; `None` if there is none."""
        if not error.retryable or tries >= MAX_TRIES_OF.get(error.fault, MAX_TRIES):
            return None
        if error.fault is ProviderFault.TIMEOUT and took_s > LATE_TIMEOUT_S:
            return None
        asked_s = error.retry_after_s or 0.0
        if asked_s > MAX_ASKED_PAUSE_S:
            return None
        longest_s = min(FIRST_MAX_PAUSE_S * 2 ** (tries - 1), MAX_PAUSE_S)
        return asked_s + self._chance.uniform(MIN_PAUSE_S, longest_s)

    def _may_retry(self, request: SpeechRequest, now: float) -> bool:
        try:
            self._breaker.check(request.model)
        except ProviderError:
            return False
        return self._budget.spend(now)
