"""`/usage`: what moderators see of what their server used, and who else may."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import av
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Origin, SpeechRequest, Voice
from bot.policy.budget import Budgets, Excess, OverBudgetError, Scope, refill_after
from bot.storage.database import Database
from bot.storage.usage import Tally, UsageKey, UsageRepository
from bot.tts.prices import Prices
from cogs._usage_report import UsageReport, dollars, headline, summarize, words
from cogs.views.usage_chart import HEIGHT, SCALE, SPOKEN, WIDTH, compose
from tests.cogs.answers import answer, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer

SVG = "{http://www.w3.org/2000/svg}"
FLASH, LEGACY = "qwen3-tts-flash", "qwen-tts"
TODAY = date(2026, 11, 23)
MOST_CHARACTERS = 2_000
"""Of a message, in Discord's API."""


def today() -> date:
    return datetime.now(UTC).date()


async def use(database: Database, guild_id: int, *uses: tuple[int, int, str, Tally]) -> None:
    """Add what was used `back` days ago by a member with a model."""
    await UsageRepository(database).add(
        {
            UsageKey((today() - timedelta(days=back)).isoformat(), guild_id, member_id, model): each
            for back, member_id, model, each in uses
        }
    )


def report(
    tallies: dict[tuple[str, str], Tally],
    *,
    days: int = 3,
    budget: int = 0,
    own: float | None = None,
) -> UsageReport:
    prices = Prices({} if own is None else {FLASH: own})
    return summarize(tallies, today=TODAY, days=days, prices=prices, budget=budget, members=[])


def bars(svg: str, fill: str) -> list[float]:
    """Return the height of every bar of a colour; the legend is the first of them."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - we wrote it ourselves
    return [
        float(rect.get("height")) for rect in root.iter(f"{SVG}rect") if rect.get("fill") == fill
    ]


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - we wrote it ourselves
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


async def test_moderators_read_what_the_chart_shows(
    env: Env,
    database: Database,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
) -> None:
    await use(
        database,
        guild.id,
        (0, alice.id, FLASH, Tally(20_000, 0)),
        (0, moderator.id, "", Tally(0, 5_000)),
        (2, moderator.id, FLASH, Tally(10_000, 0)),
        (9, alice.id, FLASH, Tally(77_777, 0)),
    )
    message = answer(env, await moderator.slash(chat, "usage", days=7))
    assert message.ephemeral
    assert message.content == (
        "In the last 7 days 30,000 characters were spoken. "
        "The cache saved 5,000, 14% of what was heard. Estimated cost: $0.35.\n"
        "There is no daily limit.\n"
        "```\n"
        "Day (UTC)   spoken  saved   cost\n"
        f"{today()}  20,000  5,000  $0.23\n"
        f"{today() - timedelta(days=2)}  10,000      0  $0.12\n"
        "```\n"
        f"Most by: <@{alice.id}> 20,000, <@{moderator.id}> 10,000."
    )
    [chart] = message.attachments
    assert chart.filename == "usage.png"
    assert chart.description == message.content.partition("\n")[0]
    assert size_of(await chart.read()) == (WIDTH * SCALE, HEIGHT * SCALE)


def size_of(png: bytes) -> tuple[float, float]:
    with av.open(io.BytesIO(png), format="png_pipe") as container:
        frame = next(container.decode(video=0))
        return frame.width, frame.height


async def test_a_server_without_any_use_is_told_so(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    assert private_answer(env, await moderator.slash(chat, "usage")) == (
        "In the last 30 days 0 characters were spoken. The cache saved 0, 0% of what was heard. "
        "Estimated cost: $0.00.\nThere is no daily limit."
    )


async def test_another_servers_use_is_not_shown(
    env: Env, database: Database, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await use(database, env.create_guild("Elsewhere").id, (0, 1, FLASH, Tally(500)))
    said = private_answer(env, await moderator.slash(chat, "usage"))
    assert "In the last 30 days 0 characters were spoken." in said


async def test_months_of_use_fit_into_one_message_with_the_rest_in_a_file(
    env: Env, database: Database, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    members = range(2**62, 2**62 + 9)
    tallies = [
        (back, member_id, FLASH, Tally(111_111_111, 222_222_222))
        for back in range(90)
        for member_id in members
    ]
    await use(database, guild.id, *tallies)
    message = answer(env, await moderator.slash(chat, "usage", days=90))
    assert len(message.content) <= MOST_CHARACTERS
    assert "Earlier days are in the file." in message.content
    _chart, file = message.attachments
    rows = list(csv.DictReader(io.StringIO((await file.read()).decode())))
    assert len(rows) == 90
    assert {(row["spoken"], row["saved"]) for row in rows} == {("999999999", "1999999998")}
    assert [rows[0]["day_utc"], rows[-1]["day_utc"]] == [
        (today() - timedelta(days=89)).isoformat(),
        today().isoformat(),
    ]


async def test_what_was_just_charged_is_in_the_chart(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    origin = Origin(guild.id, moderator.id)
    await bot.usage.charge(SpeechRequest("你好", FLASH, Voice("Cherry"), origin=origin))
    bot.usage.note_saved(origin, 6)
    said = private_answer(env, await moderator.slash(chat, "usage", days=1))
    assert said.startswith("Today 4 characters were spoken. The cache saved 6, 60%")


class TestPermission:
    """Seen and used by members with Manage Server only."""

    async def test_a_command_shown_to_a_member_is_no_permission(
        self, env: Env, guild: GuildHandle, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        registered = env.backend.find_command("usage", None)
        guild.set_command_permissions(int(registered["id"]), {alice: True})
        assert "usage" in alice.available_commands(chat)
        assert refusal(env, await alice.slash(chat, "usage")) == (
            "Only members with the permission Manage Server can do that."
        )

    async def test_it_is_not_offered_in_direct_messages(self, env: Env, alice: MemberActor) -> None:
        assert "usage" not in alice.user.available_commands()


class TestLimits:
    """With limits, a moderator sees what is left."""

    @pytest.fixture
    def budgets(self) -> Budgets:
        return Budgets(member_day=10, guild_day=15, global_day=20)

    async def test_a_moderator_sees_how_much_of_the_day_is_used(
        self, env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        origin = Origin(guild.id, moderator.id)
        await bot.usage.charge(SpeechRequest("x" * 9, FLASH, Voice("Cherry"), origin=origin))
        said = private_answer(env, await moderator.slash(chat, "usage"))
        midnight = datetime.combine(today() + timedelta(days=1), datetime.min.time(), UTC)
        refill = f"<t:{int(midnight.timestamp())}:R>"
        assert f"\nToday: 9 of 15 characters (60%), new ones {refill}.\n" in said


def test_a_legacy_model_is_billed_by_tokens_so_its_cost_is_not_known() -> None:
    day = TODAY.isoformat()
    both = report({(day, LEGACY): Tally(1_000), (day, FLASH): Tally(10_000)})
    assert headline(both).endswith("Estimated cost: $0.12. 1,000 characters have no known price.")
    assert "?" in words(both)
    assert headline(report({(day, LEGACY): Tally(9)})).endswith("What that costs is not known.")


def test_the_operators_own_price_is_over_the_list_price() -> None:
    own = report({(TODAY.isoformat(), FLASH): Tally(10_000)}, own=0.5)
    assert "Estimated cost: $0.50." in headline(own)


@pytest.mark.parametrize(
    ("usd", "written"),
    [(0, "$0.00"), (0.004, "under $0.01"), (0.005, "$0.01"), (1234.5, "$1,234.50")],
)
def test_money_is_never_rounded_to_nothing(usd: float, written: str) -> None:
    assert dollars(usd) == written


def test_every_day_has_a_bar_as_high_as_what_was_spoken() -> None:
    days = {(f"2026-11-{day}", FLASH): Tally(spoken) for day, spoken in ((21, 300), (23, 900))}
    _legend, first, second, third = bars(compose(report(days)), SPOKEN)
    assert (first, second) == (pytest.approx(third / 3, abs=0.02), 0)


@pytest.mark.parametrize("highest", [0, 1, 7, 999, 10_000, 123_456_789])
@pytest.mark.parametrize("budget", [0, 1, 1_000, 10**9])
@pytest.mark.parametrize("days", [1, 30, 90])
def test_every_chart_has_an_axis_that_reaches_above_its_bars(
    highest: int, budget: int, days: int
) -> None:
    drawn = compose(report({(TODAY.isoformat(), FLASH): Tally(highest)}, days=days, budget=budget))
    values = [
        int(text.replace(",", "")) for text in texts(drawn) if text.replace(",", "").isdigit()
    ]
    assert values[0] == 0
    assert 2 <= len(values) <= 7
    assert values[-1] >= highest
    assert len(bars(drawn, SPOKEN)) == days + 1
    assert f"{TODAY:%m-%d}" in texts(drawn)


@pytest.mark.parametrize(
    ("scope", "left", "sentence"),
    [
        (Scope.MEMBER, 0, "You have used up your characters of today. You get new ones {when}."),
        (
            Scope.GUILD,
            0,
            "This server has used up its characters of today. It gets new ones {when}.",
        ),
        (Scope.EVERYONE, 7, "I have used up all my characters of today. I get new ones {when}."),
        (
            Scope.GUILD,
            1,
            "Only 1 character of today is left here. Say less, or wait for new ones {when}.",
        ),
        (
            Scope.MEMBER,
            20,
            "Only 20 characters of today are left here. Say less, or wait for new ones {when}.",
        ),
    ],
)
async def test_who_is_over_budget_reads_whose_it_is_and_when_it_is_refilled(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    scope: Scope,
    left: int,
    sentence: str,
) -> None:
    synthesizer.frames = 0
    synthesizer.error = OverBudgetError(Excess(scope, left), refill_after(TODAY))
    when = "<t:1795478400:R>"
    assert refusal(env, await alice.slash(chat, "tts", text="Hello")) == sentence.format(when=when)
