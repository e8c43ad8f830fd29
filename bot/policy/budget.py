"""How many characters may be spoken in a day, and whether one more request fits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.models import Origin

WARNING_SHARE: Final = 0.8
"""How much of a budget is used up when those who can do something about it are told."""

NO_ID: Final = 0
"""In place of a server or a member there is none of; Discord gives nobody this id."""


class Scope(StrEnum):
    """Whose budget it is."""

    MEMBER = "member"
    """Of one member in one server."""
    GUILD = "guild"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Budgets:
    """The most weighted characters of one UTC day; 0 is no limit."""

    member_day: int = 0
    guild_day: int = 0
    global_day: int = 0

    @property
    def is_unlimited(self) -> bool:
        """Whether there is no limit at all."""
        return not (self.member_day or self.guild_day or self.global_day)

    def within(self, guild_day: int | None) -> Budgets:
        """Return the budgets of a server whose moderators want no more than `guild_day`."""
        if guild_day is None:
            return self
        return replace(self, guild_day=min(guild_day, self.guild_day or guild_day))

    def limit(self, scope: Scope) -> int:
        """Return the characters of one budget, 0 for no limit."""
        limits = {
            Scope.MEMBER: self.member_day,
            Scope.GUILD: self.guild_day,
            Scope.EVERYONE: self.global_day,
        }
        return limits[scope]


@dataclass(frozen=True, slots=True)
class Excess:
    """A budget a request does not fit into, and the characters that are left in it."""

    scope: Scope
    left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a budget, and the whole of it, in weighted characters of a day."""

    left: int
    limit: int


class OverBudgetError(ProviderError):
    """A request was not sent: the characters of the day do not suffice for it.

    Args:
        excess: Which budget, and what is left in it.
        refilled_at: When the next day begins.
    """

    def __init__(self, excess: Excess, refilled_at: datetime) -> None:
        super().__init__(
            f"the day's budget of {excess.scope} is used up",
            fault=ProviderFault.OVER_BUDGET,
            retryable=False,
        )
        self.scope = excess.scope
        self.left = excess.left
        self.refilled_at = refilled_at


@dataclass(slots=True)
class DayCount:
    """The weighted characters one UTC day has cost so far."""

    members: Counter[tuple[int, int]] = field(default_factory=Counter)
    """By server and member."""
    guilds: Counter[int] = field(default_factory=Counter)
    everyone: int = 0

    def add(self, origin: Origin, characters: int) -> None:
        """Count what a request costs, or with a negative number what it gives back."""
        guild_id, member_id = origin.guild_id or NO_ID, origin.member_id or NO_ID
        self.members[guild_id, member_id] += characters
        self.guilds[guild_id] += characters
        self.everyone += characters

    def used(self, scope: Scope, origin: Origin) -> int:
        """Return what the budget that `origin` draws on has paid so far."""
        guild_id, member_id = origin.guild_id or NO_ID, origin.member_id or NO_ID
        if scope is Scope.MEMBER:
            return self.members[guild_id, member_id]
        return self.guilds[guild_id] if scope is Scope.GUILD else self.everyone


def allowances(count: DayCount, budgets: Budgets, origin: Origin) -> Mapping[Scope, Allowance]:
    """Return what is left of every limited budget that `origin` draws on, the narrowest first."""
    return {
        scope: Allowance(max(0, limit - count.used(scope, origin)), limit)
        for scope in _scopes_of(origin)
        if (limit := budgets.limit(scope))
    }


def excess(count: DayCount, budgets: Budgets, origin: Origin, characters: int) -> Excess | None:
    """Return the narrowest budget that `characters` more do not fit into, if there is one."""
    for scope in _scopes_of(origin):
        limit, used = budgets.limit(scope), count.used(scope, origin)
        if limit and used + characters > limit:
            return Excess(scope, max(0, limit - used))
    return None


def crossed(
    count: DayCount, budgets: Budgets, origin: Origin, characters: int
) -> Iterable[tuple[Scope, float]]:
    """Return the shared budgets that the last `characters` took over `WARNING_SHARE`, with it.

    A member's own budget is not among them: nobody else can do anything about it.
    """
    for scope in _scopes_of(origin):
        limit, used = budgets.limit(scope), count.used(scope, origin)
        threshold = WARNING_SHARE * limit
        if scope is not Scope.MEMBER and limit and used - characters < threshold <= used:
            yield scope, used / limit


def refill_after(day: date) -> datetime:
    """Return when the budgets of the UTC date `day` are replaced by those of the next."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _scopes_of(origin: Origin) -> Iterable[Scope]:
    """Yield the budgets that a request draws on, the narrowest first."""
    if origin.member_id is not None:
        yield Scope.MEMBER
    if origin.guild_id is not None:
        yield Scope.GUILD
    yield Scope.EVERYONE
