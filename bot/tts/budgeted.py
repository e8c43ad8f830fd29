"""Counts characters before they are sent, and gives back those nobody has heard."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import SpeechRequest

ChargeT = TypeVar("ChargeT")


class Book(Protocol[ChargeT]):
    """Who keeps count."""

    async def charge(self, request: SpeechRequest) -> ChargeT:
        """Count what `request` costs; `OverBudgetError` if that is more than is left."""

    def refund(self, charge: ChargeT) -> None:
        """Take a charge back."""


class BudgetedSynthesizer(Synthesizer, Generic[ChargeT]):
    """Sends only what the budgets of whoever asks still hold.

    A request is charged before it is sent, and refunded if it ends, however it does, before its
    first sound. What was heard in part stays charged: the service bills the whole text.
    """

    def __init__(self, inner: Synthesizer, book: Book[ChargeT]) -> None:
        self._inner = inner
        self._book = book

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield what the inner synthesizer does.

        Raises:
            OverBudgetError: It was not sent.
            ProviderError: As the inner synthesizer.
        """
        charge = await self._book.charge(request)
        is_heard = False
        try:
            async with aclosing(self._inner.stream(request)) as pcm:
                async for piece in pcm:
                    is_heard = is_heard or bool(piece)
                    yield piece
        finally:
            if not is_heard:
                self._book.refund(charge)
