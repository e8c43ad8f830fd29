"""One more try for a request whose key was exchanged on its way."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.errors import ProviderError, ProviderFault
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.keys import ApiKey
    from bot.models import SpeechRequest


class RekeyedSynthesizer(Synthesizer):
    """Sends a request again, once, if its key was refused and there is a newer one.

    It belongs around the breaker: a key that was refused is left alone for a minute, and only who
    asks before that notices a newer one.
    """

    def __init__(self, inner: Synthesizer, key: ApiKey) -> None:
        self._inner = inner
        self._key = key

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield what `inner` yields."""
        used = self._key.current()
        has_sound = False
        try:
            async with aclosing(self._inner.stream(request)) as pieces:
                async for pcm in pieces:
                    has_sound = True
                    yield pcm
            return
        except ProviderError as error:
            if has_sound or error.fault is not ProviderFault.BAD_KEY or not self._key.renew(used):
                raise
        async with aclosing(self._inner.stream(request)) as pieces:
            async for pcm in pieces:
                yield pcm
