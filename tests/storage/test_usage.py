"""What was spoken: added up, read back, made nameless, deleted."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.errors import UserError
from bot.models import Origin, SpeechRequest, Voice
from bot.policy.budget import Budgets, OverBudgetError, Scope
from bot.storage.database import Database
from bot.storage.usage import FROM_CACHE, ROWS_PER_STATEMENT, Tally, UsageKey, UsageRepository
from bot.storage.usage_book import RETENTION_DAYS, UsageBook
from bot.storage.usage_journal import COMMIT_WAIT_S, UsageJournal
from tests.storage.inside import OF_SQLITE, locked, rows, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
GUILD = 2**62 + 7
ANN, BEN = 2**62 + 1, 2**62 + 2
FLASH, INSTRUCT = "qwen3-tts-flash", "qwen3-tts-instruct-flash"


def key(
    member_id: int = ANN, *, day: date = MONDAY, guild_id: int = GUILD, model: str = FLASH
) -> UsageKey:
    return UsageKey(day.isoformat(), guild_id, member_id, model)


def request(
    characters: int, member_id: int | None = ANN, guild_id: int | None = GUILD
) -> SpeechRequest:
    return SpeechRequest(
        "x" * characters, FLASH, Voice("Cherry"), origin=Origin(guild_id, member_id)
    )


class Day:
    """The UTC date of a clock that can be set."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.warnings: list[tuple[int, float]] = []

    def __call__(self) -> date:
        return self.now

    def warn(self, guild_id: int, share: float) -> None:
        self.warnings.append((guild_id, share))


@pytest.fixture
def usage(database: Database) -> UsageRepository:
    return UsageRepository(database)


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
async def book(usage: UsageRepository, day: Day) -> AsyncIterator[UsageBook]:
    book = UsageBook(usage, Budgets(100, 150, 1000), on_warning=day.warn, today=day)
    yield book
    await book.close()


def reopened(usage: UsageRepository, day: Day) -> UsageBook:
    return UsageBook(usage, Budgets(100, 150, 1000), on_warning=day.warn, today=day)


async def test_what_is_added_twice_adds_up(usage: UsageRepository) -> None:
    await usage.add({key(): Tally(5, 1), key(BEN): Tally(7)})
    await usage.add({key(): Tally(10), key(model=FROM_CACHE): Tally(saved=3)})
    assert sorted(await usage.fetch_spoken(MONDAY)) == [(GUILD, ANN, 15), (GUILD, BEN, 7)]
    assert await usage.fetch_days(GUILD, MONDAY) == {
        (MONDAY.isoformat(), FLASH): Tally(22, 1),
        (MONDAY.isoformat(), FROM_CACHE): Tally(0, 3),
    }


async def test_additions_of_two_processes_add_up(usage: UsageRepository, url: str) -> None:
    other = await Database.open(url)
    additions = [each.add({key(): Tally(1)}) for each in (usage, UsageRepository(other)) * 10]
    await asyncio.gather(*additions)
    await other.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 20)]


async def test_more_rows_than_one_statement_takes_are_added_in_one_go(
    usage: UsageRepository,
) -> None:
    everyone = {key(member_id): Tally(1) for member_id in range(1, 2 * ROWS_PER_STATEMENT + 2)}
    await usage.add(everyone)
    assert len(await usage.fetch_spoken(MONDAY)) == len(everyone)


async def test_a_server_sees_its_own_days_from_the_first_it_asked_for(
    usage: UsageRepository,
) -> None:
    await usage.add(
        {key(): Tally(1), key(day=TUESDAY, model=INSTRUCT): Tally(2), key(guild_id=8): Tally(9)}
    )
    assert await usage.fetch_days(GUILD, TUESDAY) == {(TUESDAY.isoformat(), INSTRUCT): Tally(2)}


async def test_members_are_listed_by_what_they_had_spoken(usage: UsageRepository) -> None:
    await usage.add({key(): Tally(3), key(BEN): Tally(2), key(0): Tally(99), key(9): Tally(0, 5)})
    await usage.add({key(BEN, day=TUESDAY): Tally(2)})
    assert await usage.fetch_members(GUILD, MONDAY, most=5) == [(BEN, 4), (ANN, 3)]
    assert await usage.fetch_members(GUILD, MONDAY, most=1) == [(BEN, 4)]


async def test_a_member_sees_what_was_spoken_for_them(book: UsageBook) -> None:
    charge = await book.charge(request(30))
    book.note_saved(charge.origin, 5)
    of_ann = await book.fetch_of_member(ANN)
    assert [(each.guild_id, each.model, tally) for each, tally in of_ann] == [
        (GUILD, FROM_CACHE, Tally(0, 5)),
        (GUILD, FLASH, Tally(30, 0)),
    ]
    assert await book.fetch_of_member(BEN) == []


async def test_d_12_a_forgotten_member_is_in_no_row_and_the_sums_stay(
    usage: UsageRepository, database: Database
) -> None:
    await usage.add({key(): Tally(5, 1), key(BEN): Tally(2), key(guild_id=8): Tally(3)})
    await usage.add({key(day=TUESDAY): Tally(4), key(0): Tally(1)})
    await usage.forget_member(ANN)
    assert not [row for row in await rows(database, "usage") if ANN in row]
    assert sorted(await usage.fetch_spoken(MONDAY)) == [(8, 0, 3), (GUILD, 0, 6), (GUILD, BEN, 2)]
    assert await usage.fetch_spoken(TUESDAY) == [(GUILD, 0, 4)]


async def test_d_12_a_forgotten_server_is_in_no_row_and_the_sum_of_all_stays(
    usage: UsageRepository, database: Database
) -> None:
    await usage.add({key(): Tally(5), key(BEN): Tally(2), key(guild_id=8): Tally(3)})
    await usage.forget_guild(GUILD)
    assert not [row for row in await rows(database, "usage") if GUILD in row or BEN in row]
    assert sorted(await usage.fetch_spoken(MONDAY)) == [(0, 0, 7), (8, ANN, 3)]


async def test_the_book_forgets_what_it_has_not_written_yet_too(
    book: UsageBook, database: Database
) -> None:
    charge = await book.charge(request(30))
    book.note_saved(charge.origin, 5)
    await book.forget_member(ANN)
    book.refund(charge)
    await book.close()
    assert not [row for row in await rows(database, "usage") if ANN in row]
    assert await rows(database, "usage") == [
        (MONDAY.isoformat(), GUILD, 0, FROM_CACHE, 0, 5),
        (MONDAY.isoformat(), GUILD, 0, FLASH, 0, 0),
    ]


async def test_forgetting_hands_out_no_second_budget(book: UsageBook) -> None:
    await book.charge(request(100))
    await book.forget_member(ANN)
    with pytest.raises(OverBudgetError):
        await book.charge(request(1))


async def test_every_day_has_its_own_budget(book: UsageBook, day: Day) -> None:
    await book.charge(request(100))
    day.now = TUESDAY
    await book.charge(request(100))
    with pytest.raises(OverBudgetError):
        await book.charge(request(1))


async def test_a_refund_goes_to_the_day_that_was_charged(
    book: UsageBook, usage: UsageRepository, day: Day
) -> None:
    charge = await book.charge(request(60))
    day.now = TUESDAY
    await book.charge(request(60))
    book.refund(charge)
    with pytest.raises(OverBudgetError):
        await book.charge(request(41))
    await book.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 0)]


async def test_another_start_of_the_same_day_knows_what_was_used(
    book: UsageBook, usage: UsageRepository, day: Day
) -> None:
    await book.charge(request(90))
    await book.close()
    later = reopened(usage, day)
    with pytest.raises(OverBudgetError) as refused:
        await later.charge(request(11))
    assert (refused.value.scope, refused.value.left) == (Scope.MEMBER, 10)
    await later.close()


async def test_requests_at_once_are_all_checked_against_the_same_count(
    book: UsageBook, usage: UsageRepository
) -> None:
    outcomes = await asyncio.gather(
        *(book.charge(request(30)) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, OverBudgetError) for outcome in outcomes) == 7
    await book.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 90)]


async def test_moderators_are_warned_once_a_day(
    book: UsageBook, usage: UsageRepository, day: Day
) -> None:
    charges = [await book.charge(request(60, member_id)) for member_id in (1, 2)]
    book.refund(charges[1])
    await book.charge(request(60, 2))
    await book.close()
    later = reopened(usage, day)
    await later.charge(request(10, 3))
    assert day.warnings == [(GUILD, 0.8)]
    day.now = TUESDAY
    for member_id in (1, 2):
        await later.charge(request(75, member_id))
    assert day.warnings == [(GUILD, 0.8), (GUILD, 1.0)]
    await later.close()


async def test_the_operator_is_told_of_everyones_budget_once(
    usage: UsageRepository, day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    book = UsageBook(usage, Budgets(global_day=100), on_warning=day.warn, today=day)
    for _ in range(10):
        await book.charge(request(10))
    for _ in range(3):
        with pytest.raises(OverBudgetError):
            await book.charge(request(1))
    await book.close()
    told = [record.message for record in caplog.records if "all servers" in record.message]
    assert [message.partition(" day's")[0] for message in told] == ["80 % of the", "The"]
    assert day.warnings == []


async def test_rows_older_than_the_retention_are_deleted_when_a_day_begins(
    usage: UsageRepository, book: UsageBook, day: Day, database: Database
) -> None:
    old = date.fromordinal(MONDAY.toordinal() - RETENTION_DAYS)
    older = date.fromordinal(MONDAY.toordinal() - RETENTION_DAYS - 1)
    await usage.add({key(day=old): Tally(1), key(day=older): Tally(1)})
    await book.charge(request(1))
    await asyncio.gather(*book._tasks._running)
    await book.close()
    assert [row[0] for row in await rows(database, "usage")] == [
        old.isoformat(),
        MONDAY.isoformat(),
    ]


async def test_speech_goes_on_while_the_database_takes_nothing_and_is_counted_later(
    book: UsageBook, usage: UsageRepository, database: Database
) -> None:
    await book.charge(request(10))
    await run(database, "ALTER TABLE usage RENAME TO away")
    await book.charge(request(20))
    with pytest.raises(OverBudgetError):
        await book.charge(request(71))
    await run(database, "ALTER TABLE away RENAME TO usage")
    await book.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 30)]


async def test_what_could_not_be_read_at_first_counts_as_soon_as_it_can(
    usage: UsageRepository, day: Day, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.usage_book.RELOAD_S", 0.0)
    await usage.add({key(): Tally(50)})
    book = reopened(usage, day)
    await run(database, "ALTER TABLE usage RENAME TO away")
    await book.charge(request(20))
    await run(database, "ALTER TABLE away RENAME TO usage")
    await book.charge(request(20))
    await asyncio.gather(*book._tasks._running)
    with pytest.raises(OverBudgetError) as refused:
        await book.charge(request(11))
    assert refused.value.left == 10
    await book.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 90)]


@OF_SQLITE
async def test_an_addition_that_fails_adds_nothing(
    usage: UsageRepository, database: Database
) -> None:
    many = {key(member_id): Tally(1) for member_id in range(1, ROWS_PER_STATEMENT + 3)}
    await run(
        database,
        f"CREATE TRIGGER no AFTER INSERT ON usage WHEN NEW.member_id > {ROWS_PER_STATEMENT}"
        " BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    with pytest.raises(UserError):
        await usage.add(many)
    assert await usage.fetch_spoken(MONDAY) == []


async def test_a_locked_database_holds_up_two_requests_and_no_other(
    book: UsageBook, usage: UsageRepository, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book.charge(request(10))
    waits = []
    monkeypatch.setattr("bot.storage.usage_journal.LONGEST_WAIT_S", 0.07)
    monkeypatch.setattr("bot.storage.usage_journal.asyncio.timeout", noting(waits))
    async with locked(url, "usage"):
        for _ in range(5):
            await book.charge(request(10))
    await book.close()
    assert waits[:3] == [COMMIT_WAIT_S, COMMIT_WAIT_S, 0.07]
    assert waits.count(COMMIT_WAIT_S) == 2
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 60)]


def noting(waits: list[float]) -> Callable[[float], asyncio.Timeout]:
    real = asyncio.timeout

    def timeout(delay_s: float) -> asyncio.Timeout:
        waits.append(delay_s)
        return real(delay_s)

    return timeout


@pytest.mark.parametrize(
    ("operators", "moderators", "limit"),
    [(0, None, 0), (100, None, 100), (0, 50, 50), (100, 50, 50), (50, 100, 50)],
)
def test_a_server_may_use_what_both_operator_and_moderators_allow(
    operators: int, moderators: int | None, limit: int
) -> None:
    assert Budgets(guild_day=operators).within(moderators).guild_day == limit


async def test_the_limit_of_a_servers_own_moderators_holds_there_alone(database: Database) -> None:
    async def guild_limit(guild_id: int) -> int | None:
        return {7: 10}.get(guild_id)

    book = UsageBook(
        UsageRepository(database),
        Budgets(),
        on_warning=lambda _guild, _share: None,
        guild_limit=guild_limit,
    )
    here, there = (request(8, guild_id=guild_id) for guild_id in (7, 8))
    await book.charge(here)
    with pytest.raises(OverBudgetError):
        await book.charge(here)
    await book.charge(there)
    await book.charge(there)
    await book.close()


async def test_while_the_database_is_away_the_operators_limit_holds(database: Database) -> None:
    async def guild_limit(_guild_id: int) -> int | None:
        raise UserError

    book = UsageBook(
        UsageRepository(database),
        Budgets(guild_day=5),
        on_warning=lambda _guild, _share: None,
        guild_limit=guild_limit,
    )
    assert await book.budgets_of(7) == Budgets(guild_day=5)
    await book.close()


async def test_usage_is_counted_once_even_if_whoever_waits_for_it_gives_up(
    usage: UsageRepository,
) -> None:
    journal = UsageJournal(usage)
    journal._is_running = True  # nobody writes but this test
    for turns in range(20):
        journal.note(key(), Tally(1))
        flushing = asyncio.create_task(journal.flush())
        for _ in range(turns):
            await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.wait([flushing])
    await journal.close()
    assert await usage.fetch_spoken(MONDAY) == [(GUILD, ANN, 20)]
