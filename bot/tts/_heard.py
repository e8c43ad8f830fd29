"""From the bytes of an answer to speech, while they arrive."""

from __future__ import annotations

import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from bot.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from bot.tts._qwen_watch import Watch

log = logging.getLogger(__name__)


class Answer(Protocol):
    """One answer of a provider: bytes in, whole samples out."""

    is_complete: bool
    """Every word was said."""
    is_over: bool
    """Nothing more is to come."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield the samples that a piece of the body completes."""

    def close(self) -> Iterator[bytes]:
        """Yield the last samples; raise unless the answer was whole."""


async def heard(
    body: AsyncGenerator[bytes, None], answer: Answer, watch: Watch
) -> AsyncGenerator[bytes, None]:
    """Yield the speech in `body` as `answer` understands it.

    Raises:
        ProviderError: There is none, or not all of it.
    """
    try:
        async with aclosing(body) as raw:
            async for piece in raw:
                for pcm in answer.feed(piece):
                    yield pcm
                    watch.hear()
                if answer.is_over:
                    watch.wind_down()
    except ProviderError:
        # Trouble after the last word is none.
        if not answer.is_complete:
            raise
    for pcm in answer.close():
        yield pcm


async def capped(
    speech: AsyncGenerator[bytes, None], max_bytes: int, *, model: str
) -> AsyncGenerator[bytes, None]:
    """Yield `speech` up to `max_bytes`, then end its request: a model may never stop by itself."""
    room = max_bytes
    async with aclosing(speech) as pieces:
        async for pcm in pieces:
            if len(pcm) > room:
                log.warning("speech cut at its limit, model %s", model)
                yield pcm[:room]
                return
            room -= len(pcm)
            yield pcm
