"""A-03 and T-26: what a day may cost holds against people, crashes and clocks."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest, Voice
from bot.policy.budget import Budgets
from bot.storage.database import Database
from bot.storage.usage import UsageRepository
from bot.storage.usage_book import UsageBook
from bot.tts.budgeted import BudgetedSynthesizer
from bot.tts.synthesizer import Synthesizer

KILLS = 12
CHARACTERS = 100
"""Of every request of the process that is killed."""


class Meter(Synthesizer):
    """Speaks, fails or is slow by chance; counts what it would have billed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.billed = 0

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        if self._chance.random() < 0.3:
            raise ProviderError("503", fault=ProviderFault.UNAVAILABLE, retryable=True)
        self.billed += len(request.text)
        yield b"ab"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{(tmp_path / 'oriole.db').as_posix()}"


@pytest.fixture
async def usage(url: str) -> AsyncIterator[UsageRepository]:
    database = await Database.open(url)
    await database.migrate()
    yield UsageRepository(database)
    await database.close()


def utc_date() -> date:
    return datetime.now(UTC).date()


def book_of(
    usage: UsageRepository, budgets: Budgets, today: Callable[[], date] | None = None
) -> UsageBook:
    def no_warning(_guild_id: int, _share: float) -> None:
        pass

    if today is None:
        return UsageBook(usage, budgets, on_warning=no_warning)
    return UsageBook(usage, budgets, on_warning=no_warning, today=today)


def request(characters: int, member_id: int = 1, guild_id: int = 7) -> SpeechRequest:
    origin = Origin(guild_id, member_id)
    return SpeechRequest("x" * characters, "qwen3-tts-flash", Voice("Cherry"), origin=origin)


async def speak(synthesizer: Synthesizer, wanted: SpeechRequest) -> bool:
    """Return whether it was heard."""
    try:
        async with aclosing(synthesizer.stream(wanted)) as pcm:
            return bool([piece async for piece in pcm])
    except ProviderError:
        return False


@pytest.mark.parametrize(
    ("budgets", "most"),
    [
        (Budgets(member_day=4_000), 16 * 4_000),
        (Budgets(guild_day=9_000), 4 * 9_000),
        (Budgets(global_day=20_000), 20_000),
        (Budgets(4_000, 9_000, 20_000), 20_000),
    ],
)
async def test_a_03_a_cost_bomb_spends_no_more_than_the_budget(
    usage: UsageRepository, budgets: Budgets, most: int
) -> None:
    """2,400 texts at once that no cache knows, of 16 members in 4 servers."""
    chance = random.Random(3)
    meter, book = Meter(3), book_of(usage, budgets)
    synthesizer = BudgetedSynthesizer(meter, book)
    bomb = [request(chance.randint(1, 600), chance.randrange(4), nth % 4) for nth in range(2_400)]
    await asyncio.gather(*(speak(synthesizer, one) for one in bomb))
    assert await counted_today(book, usage) == meter.billed
    # Some of what was refused would have fitted, had others failed before.
    assert most / 2 < meter.billed <= most


async def counted_today(book: UsageBook, usage: UsageRepository) -> int:
    await book.close()
    spoken = await usage.fetch_spoken(utc_date())
    return sum(characters for _guild, _member, characters in spoken)


SPENDER = textwrap.dedent("""
    import asyncio, sys
    from bot.models import Origin, SpeechRequest, Voice
    from bot.policy.budget import Budgets
    from bot.storage.database import Database
    from bot.storage.usage import UsageRepository
    from bot.storage.usage_book import UsageBook

    async def main():
        database = await Database.open(sys.argv[1])
        usage = UsageRepository(database)
        book = UsageBook(usage, Budgets(10**9, 10**9, 10**9), on_warning=print)
        number = 0
        while True:
            number += 1
            await book.charge(SpeechRequest(
                "x" * int(sys.argv[2]), "m", Voice("Cherry"), origin=Origin(7, number % 3)
            ))
            print(number, flush=True)  # this is where the request would be sent

    asyncio.run(main())
""")


async def test_a_03_a_kill_loses_one_request_at_most(usage: UsageRepository, url: str) -> None:
    """Counters survive kill -9: what a request was sent for is on the disk, every time."""
    chance, sent = random.Random(9), 0
    for _ in range(KILLS):
        sent += await asyncio.to_thread(spend_until_killed, url, chance.randint(1, 40))
        spoken = await usage.fetch_spoken(utc_date())
        kept = sum(characters for _guild, _member, characters in spoken) // CHARACTERS
        assert sent - 1 <= kept <= sent + 1
        sent = kept


def spend_until_killed(url: str, requests: int) -> int:
    """Return how many requests a process has sent before it was killed in the middle of it."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SPENDER, url, str(CHARACTERS)], stdout=subprocess.PIPE, text=True
    ) as spender:
        assert spender.stdout is not None
        for _ in range(requests):
            assert spender.stdout.readline()
        os.kill(spender.pid, signal.SIGKILL)
        return requests + len(spender.stdout.readlines())


async def test_a_03_the_budget_is_no_larger_for_who_restarts_the_bot(
    usage: UsageRepository,
) -> None:
    heard = 0
    for _ in range(20):
        book = book_of(usage, Budgets(global_day=1_000))
        synthesizer = BudgetedSynthesizer(Meter(1), book)
        heard += sum([await speak(synthesizer, request(90)) for _ in range(3)])
        await book.close()
    assert heard == 11


class WallClock:
    """A wall clock that somebody sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def today(self) -> date:
        return self.now.date()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_t_26_a_clock_that_jumps_an_hour_and_back_gives_no_free_quota(
    usage: UsageRepository, hours: int
) -> None:
    """Each UTC date has one budget, whether the jump crosses midnight or not; nothing stalls."""
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    start = midnight - timedelta(minutes=30) * hours
    clock, heard = WallClock(start), 0
    book = book_of(usage, Budgets(member_day=1_000), clock.today)
    for nth in range(40):
        clock.now = start + timedelta(hours=hours * (nth % 2))
        heard += await speak(BudgetedSynthesizer(Steady(), book), request(100))
        if nth == 13:
            await book.close()
            book = book_of(usage, Budgets(member_day=1_000), clock.today)
    assert heard == 20  # two dates were there
    clock.now = midnight + timedelta(days=1)
    assert await speak(BudgetedSynthesizer(Steady(), book), request(100))
    await book.close()


async def test_t_26_a_clock_far_ahead_that_is_set_right_again_stalls_nobody(
    usage: UsageRepository,
) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    clock = WallClock(now + timedelta(days=30))
    book = book_of(usage, Budgets(member_day=100), clock.today)
    synthesizer = BudgetedSynthesizer(Steady(), book)
    heard = [await speak(synthesizer, request(60)) for _ in range(2)]
    clock.now = now
    heard += [await speak(synthesizer, request(60)) for _ in range(2)]
    await book.close()
    assert heard == [True, False, True, False]


@pytest.mark.parametrize("zone", ["EAST-14", "WEST+12"])
async def test_t_26_a_day_is_a_utc_date_wherever_the_computer_stands(
    usage: UsageRepository, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two zones are 26 hours apart: at any time it is another date in one of them."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        before = datetime.now(UTC).date()
        book = book_of(usage, Budgets())
        charge = await book.charge(request(1))
        await book.close()
        assert charge.day in (before, utc_date())
    time.tzset()


class Steady(Synthesizer):
    """Always speaks."""

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        yield b"ab"
