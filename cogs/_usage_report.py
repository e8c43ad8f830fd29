"""What a server used, day by day, and how that is said."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import discord

from bot.i18n import _, ngettext
from bot.policy.budget import refill_after
from bot.storage.usage import Tally
from bot.tts.prices import Prices

MAX_TABLE_ROWS = 21
"""With the sentences around it, what the 2,000 characters of a message hold."""


@dataclass(frozen=True, slots=True)
class DayUse:
    """Weighted characters of one UTC date, and what they cost as far as prices are known."""

    day: date
    spoken: int = 0
    saved: int = 0
    usd: float = 0.0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The use of consecutive days, the oldest first and today last.

    `budget` is the server's of each day, 0 for no limit; `members` are ids with what they had
    spoken, the largest first.
    """

    days: tuple[DayUse, ...]
    budget: int
    members: tuple[tuple[int, int], ...]

    @property
    def spoken(self) -> int:
        """All characters that were asked of the speech service."""
        return sum(day.spoken for day in self.days)

    @property
    def saved(self) -> int:
        """All characters that came from the cache."""
        return sum(day.saved for day in self.days)

    @property
    def used_days(self) -> list[DayUse]:
        """The days on which anything was heard."""
        return [day for day in self.days if day.spoken or day.saved]


def summarize(
    tallies: Mapping[tuple[str, str], Tally],
    *,
    today: date,
    days: int,
    prices: Prices,
    budget: int,
    members: list[tuple[int, int]],
) -> UsageReport:
    """Return the report of the last `days` days; `tallies` go by date in ISO 8601 and model."""
    by_day: dict[str, list[tuple[str, Tally]]] = {}
    for (day, model), tally in tallies.items():
        by_day.setdefault(day, []).append((model, tally))
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    uses = tuple(_day_use(day, by_day.get(day.isoformat(), []), prices) for day in wanted)
    return UsageReport(uses, budget, tuple(members))


def _day_use(day: date, tallies: list[tuple[str, Tally]], prices: Prices) -> DayUse:
    costs = [(prices.usd(model, tally.spoken), tally.spoken) for model, tally in tallies]
    return DayUse(
        day,
        spoken=sum(tally.spoken for _model, tally in tallies),
        saved=sum(tally.saved for _model, tally in tallies),
        usd=sum(usd for usd, _spoken in costs if usd is not None),
        unpriced=sum(spoken for usd, spoken in costs if usd is None),
    )


def words(report: UsageReport) -> str:
    """Say everything the chart shows."""
    parts = [headline(report), _budget_line(report), _table(report), _members_line(report)]
    return "\n".join(part for part in parts if part)


def headline(report: UsageReport) -> str:
    """Say the sums, without any markup: it is also what a screen reader says of the chart."""
    days = len(report.days)
    sentences = [
        ngettext(
            "Today {spoken} characters were spoken.",
            "In the last {days} days {spoken} characters were spoken.",
            days,
        ).format(days=days, spoken=f"{report.spoken:,}"),
        _("The cache saved {saved}, {share} of what was heard.").format(
            saved=f"{report.saved:,}", share=_share(report.saved, report.spoken + report.saved)
        ),
        _cost_sentence(report),
    ]
    return " ".join(sentences)


def _cost_sentence(report: UsageReport) -> str:
    usd, unpriced = (
        sum(day.usd for day in report.days),
        sum(day.unpriced for day in report.days),
    )
    if unpriced and not usd:
        return _("What that costs is not known.")
    cost = _("Estimated cost: {cost}.").format(cost=dollars(usd))
    if not unpriced:
        return cost
    return (
        cost
        + " "
        + _("{characters} characters have no known price.").format(characters=f"{unpriced:,}")
    )


def _budget_line(report: UsageReport) -> str:
    if not report.budget:
        return _("There is no daily limit.")
    today = report.days[-1]
    return _("Today: {spoken} of {budget} characters ({share}), new ones {when}.").format(
        spoken=f"{today.spoken:,}",
        budget=f"{report.budget:,}",
        share=_share(today.spoken, report.budget),
        when=discord.utils.format_dt(refill_after(today.day), "R"),
    )


def _table(report: UsageReport) -> str:
    used = report.used_days[-MAX_TABLE_ROWS:]
    if not used:
        return ""
    head = (_("Day (UTC)"), _("spoken"), _("saved"), _("cost"))
    rows = [head] + [
        (day.day.isoformat(), f"{day.spoken:,}", f"{day.saved:,}", _day_cost(day))
        for day in reversed(used)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))) for row in rows
    ]
    table = "```\n" + "\n".join(lines) + "\n```"
    if len(report.used_days) > MAX_TABLE_ROWS:
        table += _("Earlier days are in the file.")
    return table


def _day_cost(day: DayUse) -> str:
    if day.unpriced:
        return "?"
    return dollars(day.usd)


def _members_line(report: UsageReport) -> str:
    if not report.members:
        return ""
    named = ", ".join(f"<@{member_id}> {spoken:,}" for member_id, spoken in report.members)
    return _("Most by: {members}.").format(members=named)


def as_csv(report: UsageReport) -> bytes:
    """Return every day as a row."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["day_utc", "spoken", "saved", "usd", "characters_without_price"])
    for day in report.days:
        table.writerow([day.day, day.spoken, day.saved, f"{day.usd:.4f}", day.unpriced])
    return text.getvalue().encode()


def dollars(usd: float) -> str:
    """Write an amount of money; what rounds to nothing but is not says so."""
    return _("under $0.01") if 0 < usd < 0.005 else f"${usd:,.2f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"
