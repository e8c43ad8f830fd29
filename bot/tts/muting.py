"""Leaves the service alone with what comes from members whose words it keeps refusing."""

from __future__ import annotations

import logging
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING

from bot.errors import ProviderError, ProviderFault
from bot.policy.refusals import Refusals
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.models import SpeechRequest

log = logging.getLogger(__name__)


class MutingSynthesizer(Synthesizer):
    """Mutes who has had 5 texts refused within 10 minutes, for 10 minutes.

    A text that is refused may cost the account its good standing, and says so each time.

    Args:
        inner: Who speaks.
        clock: Seconds that only ever grow.
    """

    def __init__(self, inner: Synthesizer, *, clock: Callable[[], float] = monotonic) -> None:
        self._inner = inner
        self._clock = clock
        self._refusals = Refusals()

    def is_muted(self, request: SpeechRequest) -> bool:
        """Whether a request would be refused for what its author has written before."""
        return self._refusals.is_muted(request.origin, self._clock())

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM.

        Raises:
            ProviderError: Who asks is muted, or the service failed.
        """
        if self.is_muted(request):
            raise ProviderError("its author is muted", fault=ProviderFault.MUTED, retryable=False)
        try:
            async with aclosing(self._inner.stream(request)) as pieces:
                async for pcm in pieces:
                    yield pcm
        except ProviderError as error:
            if error.fault is ProviderFault.REFUSED_CONTENT:
                self._note(request)
            raise

    def _note(self, request: SpeechRequest) -> None:
        now = self._clock()
        self._refusals.note(request.origin, now)
        if self._refusals.is_muted(request.origin, now):
            log.warning(
                "a member is muted: the service refuses what they write",
                extra={"guild": request.origin.guild_id, "member": request.origin.member_id},
            )
