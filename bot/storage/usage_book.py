"""Keeps the count of every day's characters, and says no when a budget is used up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from bot.errors import UserError
from bot.policy.budget import (
    NO_ID,
    Allowance,
    Budgets,
    DayCount,
    OverBudgetError,
    Scope,
    allowances,
    crossed,
    excess,
    refill_after,
)
from bot.storage.usage import FROM_CACHE, Tally, UsageKey
from bot.storage.usage_journal import UsageJournal
from bot.tasks import Tasks
from bot.tts.catalog import weighted_characters

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.models import Origin, SpeechRequest
    from bot.storage.usage import UsageRepository

log = logging.getLogger(__name__)

RELOAD_S: Final = 5.0
"""How soon a day that could not be read is tried again."""

DAYS_IN_MEMORY: Final = 3
"""Today, and the dates a clock that jumps may go to and come back from."""

RETENTION_DAYS: Final = 90


@dataclass(eq=False, slots=True, weakref_slot=True)
class Charge:
    """What one request was charged, and to whom."""

    day: date
    key: UsageKey
    origin: Origin
    characters: int


class UsageBook:
    """Counts characters in memory, at once and exactly, and on the disk soon after.

    Each UTC date of the wall clock has one budget, however often the clock comes back to it: a
    clock that jumps finds every date as it was left. A date that memory does not hold is read from
    the database before its first charge.

    Args:
        usage: Where the counts are kept.
        budgets: The most a day may cost.
        on_warning: Told once a day when a server has used most of its budget, with the share.
        guild_limit: Returns the most that the moderators of a server want it to cost.
        today: The UTC date of the wall clock.
    """

    def __init__(
        self,
        usage: UsageRepository,
        budgets: Budgets,
        *,
        on_warning: Callable[[int, float], None],
        guild_limit: Callable[[int], Awaitable[int | None]] | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._usage = usage
        self.budgets = budgets
        self._guild_limit = guild_limit
        self.today = today
        self.on_warning = on_warning
        self._journal = UsageJournal(usage)
        self._counts: dict[date, DayCount] = {}
        self._reload_at: dict[date, float] = {}
        self._told: set[tuple[date, str, int]] = set()
        self._charges: WeakSet[Charge] = WeakSet()
        self._loading = asyncio.Lock()
        self._tasks = Tasks()

    async def read_today(self) -> None:
        """Read what today has cost so far, so that the first request need not wait for it."""
        await self._count(self.today())

    async def budgets_of(self, guild_id: int | None) -> Budgets:
        """Return what a day may cost in a server."""
        if guild_id is None or self._guild_limit is None:
            return self.budgets
        try:
            return self.budgets.within(await self._guild_limit(guild_id))
        except UserError:  # its moderators' own limit holds again when the database answers
            return self.budgets

    async def allowances(self, origin: Origin) -> Mapping[Scope, Allowance]:
        """Return what is left today of every limited budget that `origin` draws on."""
        budgets = await self.budgets_of(origin.guild_id)
        return allowances(await self._count(self.today()), budgets, origin)

    async def charge(self, request: SpeechRequest) -> Charge:
        """Count what `request` costs, on the disk too where that is quick.

        Raises:
            OverBudgetError: It is more than is left; nothing was counted.
        """
        day = self.today()
        budgets = await self.budgets_of(request.origin.guild_id)
        count = await self._count(day)
        charge = self._enter(day, count, request, budgets)
        try:
            if not budgets.is_unlimited:
                await self._journal.wait_until_kept()
        except BaseException:
            self.refund(charge)
            raise
        return charge

    def refund(self, charge: Charge) -> None:
        """Take a charge back, from the date it was made on."""
        if count := self._counts.get(charge.day):
            count.add(charge.origin, -charge.characters)
        self._journal.note(charge.key, Tally(spoken=-charge.characters))

    def note_saved(self, origin: Origin, characters: int) -> None:
        """Count what was heard from the cache instead of being asked for again."""
        self._journal.note(_key(self.today(), origin, FROM_CACHE), Tally(saved=characters))

    async def fetch_days(self, guild_id: int, since: date) -> dict[tuple[str, str], Tally]:
        """Return what a server used from `since` on until now, as `UsageRepository.fetch_days`.

        Raises:
            UserError: The database does not answer.
        """
        with contextlib.suppress(UserError):  # then what is on the disk is all there is to show
            await self._journal.flush()
        return await self._usage.fetch_days(guild_id, since)

    async def fetch_members(
        self, guild_id: int, since: date, *, most: int
    ) -> list[tuple[int, int]]:
        """Return who had most spoken, as `UsageRepository.fetch_members`.

        Raises:
            UserError: The database does not answer.
        """
        return await self._usage.fetch_members(guild_id, since, most=most)

    async def fetch_of_member(self, member_id: int) -> list[tuple[UsageKey, Tally]]:
        """Return what a member had spoken until now, as `UsageRepository.fetch_of_member`.

        Raises:
            UserError: The database does not answer.
        """
        with contextlib.suppress(UserError):  # then what is on the disk is all there is to show
            await self._journal.flush()
        return await self._usage.fetch_of_member(member_id)

    async def forget_member(self, member_id: int) -> None:
        """Delete a member's id from everything kept; what they used today stays used.

        Raises:
            UserError: It was not deleted.
        """
        for charge in self._charges:
            if charge.key.member_id == member_id:
                charge.key = charge.key._replace(member_id=NO_ID)
        await self._journal.flush()
        await self._usage.forget_member(member_id)

    async def forget_guild(self, guild_id: int) -> None:
        """Delete a server's id, and those of its members there, from everything kept.

        Raises:
            UserError: It was not deleted.
        """
        for charge in self._charges:
            if charge.key.guild_id == guild_id:
                charge.key = charge.key._replace(guild_id=NO_ID, member_id=NO_ID)
        await self._journal.flush()
        await self._usage.forget_guild(guild_id)

    async def close(self) -> None:
        """Write what is not yet on the disk."""
        await self._tasks.close()
        await self._journal.close()

    def _enter(
        self, day: date, count: DayCount, request: SpeechRequest, budgets: Budgets
    ) -> Charge:
        """Check and count, without giving anyone else a turn in between."""
        characters = weighted_characters(request.text)
        if missing := excess(count, budgets, request.origin, characters):
            if missing.scope is Scope.EVERYONE and self._is_news(day, "stop", NO_ID):
                log.error("The day's budget of all servers is used up: nothing is synthesized")
            raise OverBudgetError(missing, refill_after(day))
        charge = Charge(day, _key(day, request.origin, request.model), request.origin, characters)
        self._charges.add(charge)
        count.add(request.origin, characters)
        self._journal.note(charge.key, Tally(spoken=characters))
        self._warn(day, count, request, budgets)
        return charge

    def _warn(self, day: date, count: DayCount, request: SpeechRequest, budgets: Budgets) -> None:
        origin, characters = request.origin, weighted_characters(request.text)
        for scope, share in crossed(count, budgets, origin, characters):
            guild_id = origin.guild_id if scope is Scope.GUILD and origin.guild_id else NO_ID
            if not self._is_news(day, scope, guild_id):
                continue
            if guild_id == NO_ID:
                log.warning("%.0f %% of the day's budget of all servers is used", 100 * share)
            else:
                self.on_warning(guild_id, share)

    def _is_news(self, day: date, what: str, guild_id: int) -> bool:
        """Return whether this was not yet told today; it is now."""
        told = len(self._told)
        self._told.add((day, what, guild_id))
        return len(self._told) > told

    async def _count(self, day: date) -> DayCount:
        count = self._counts.get(day)
        if count is None:
            async with self._loading:
                if day not in self._counts:  # nobody else has read it meanwhile
                    await self._load(day)
        elif day in self._reload_at and self._now() >= self._reload_at[day]:
            self._reload_at[day] = self._now() + RELOAD_S
            self._tasks.start(self._load(day), name="read usage again")
        return self._counts[day]

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _load(self, day: date) -> None:
        try:
            self._counts[day] = await self._journal.load(day)
        except UserError:
            self._counts.setdefault(day, DayCount())
            self._reload_at[day] = self._now() + RELOAD_S
            return
        self._reload_at.pop(day, None)
        self._tasks.start(self._delete_old(day), name="delete old usage")
        for other in list(self._counts)[:-DAYS_IN_MEMORY]:
            del self._counts[other]
        self._told = {told for told in self._told if told[0] in self._counts}

    async def _delete_old(self, day: date) -> None:
        try:
            await self._usage.delete_before(day - timedelta(days=RETENTION_DAYS))
        except UserError:
            log.warning("old usage could not be deleted")


def _key(day: date, origin: Origin, model: str) -> UsageKey:
    return UsageKey(day.isoformat(), origin.guild_id or NO_ID, origin.member_id or NO_ID, model)
