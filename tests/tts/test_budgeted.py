"""What is charged, and what is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import SpeechRequest, Voice
from bot.tts.budgeted import BudgetedSynthesizer
from bot.tts.synthesizer import Synthesizer

HELLO = SpeechRequest("你好", "qwen3-tts-flash", Voice("Cherry"))
BROKEN = ProviderError("503", fault=ProviderFault.UNAVAILABLE, retryable=True)


class Ledger:
    """A book that only writes down what happens to it."""

    def __init__(self) -> None:
        self.charged: list[SpeechRequest] = []
        self.refunded: list[int] = []
        self.refusal: ProviderError | None = None

    async def charge(self, request: SpeechRequest) -> int:
        if self.refusal is not None:
            raise self.refusal
        self.charged.append(request)
        return len(self.charged)

    def refund(self, charge: int) -> None:
        self.refunded.append(charge)


class Script(Synthesizer):
    """Yields `pieces`, then fails or waits for ever if told so."""

    def __init__(
        self, *pieces: bytes, error: ProviderError | None = None, is_stuck: bool = False
    ) -> None:
        self.pieces = pieces
        self.error = error
        self.is_stuck = is_stuck
        self.began = asyncio.Event()
        self.is_closed = False

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        try:
            self.began.set()
            for piece in self.pieces:
                yield piece
            if self.error is not None:
                raise self.error
            if self.is_stuck:
                await asyncio.get_running_loop().create_future()
        finally:
            self.is_closed = True


async def heard(synthesizer: Synthesizer) -> list[bytes]:
    async with aclosing(synthesizer.stream(HELLO)) as pcm:
        return [piece async for piece in pcm]


async def test_what_was_heard_stays_charged() -> None:
    book, inner = Ledger(), Script(b"ab", b"cd")
    assert await heard(BudgetedSynthesizer(inner, book)) == [b"ab", b"cd"]
    assert (book.charged, book.refunded) == ([HELLO], [])


async def test_what_failed_before_its_first_sound_is_given_back() -> None:
    book, inner = Ledger(), Script(b"", error=BROKEN)
    with pytest.raises(ProviderError):
        await heard(BudgetedSynthesizer(inner, book))
    assert book.refunded == [1]


async def test_an_answer_without_a_sound_is_given_back() -> None:
    book = Ledger()
    assert await heard(BudgetedSynthesizer(Script(), book)) == []
    assert book.refunded == [1]


async def test_what_broke_off_after_its_first_sound_stays_charged() -> None:
    book, inner = Ledger(), Script(b"ab", error=BROKEN)
    with pytest.raises(ProviderError):
        await heard(BudgetedSynthesizer(inner, book))
    assert book.refunded == []


@pytest.mark.parametrize(("pieces", "refunded"), [((), [1]), ((b"ab",), [])])
async def test_who_gives_up_pays_only_for_what_could_be_heard(
    pieces: tuple[bytes, ...], refunded: list[int]
) -> None:
    book, inner = Ledger(), Script(*pieces, is_stuck=True)
    listening = asyncio.create_task(heard(BudgetedSynthesizer(inner, book)))
    await inner.began.wait()
    listening.cancel()
    await asyncio.wait({listening})
    assert (listening.cancelled(), inner.is_closed, book.refunded) == (True, True, refunded)


async def test_who_is_skipped_after_the_first_sound_has_paid() -> None:
    book, inner = Ledger(), Script(b"ab", is_stuck=True)
    pcm = BudgetedSynthesizer(inner, book).stream(HELLO)
    assert await anext(pcm) == b"ab"
    await pcm.aclose()
    assert (inner.is_closed, book.refunded) == (True, [])


async def test_what_is_over_budget_is_never_sent() -> None:
    book, inner = Ledger(), Script(b"ab")
    book.refusal = ProviderError("", fault=ProviderFault.OVER_BUDGET, retryable=False)
    with pytest.raises(ProviderError) as refused:
        await heard(BudgetedSynthesizer(inner, book))
    assert refused.value is book.refusal
    assert not inner.began.is_set()
    assert book.refunded == []
