"""What is found about links of which all are fine but one, and what a diagnosis shows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import discord
from simcord import ChannelHandle, Env, GuildHandle
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType
from simcord.results import ResponseMessage

from bot.tts.condition import Condition as ServiceCondition
from bot.voice.condition import Condition as CallCondition
from bot.voice.ledger import Ending, Entry
from cogs._diagnosis.diagnose import diagnose
from cogs._diagnosis.facts import Call, Facts, Reading, Service
from cogs._diagnosis.finding import Link, State
from tests.cogs.panels import text

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 2, tzinfo=UTC)
ENCRYPTED = CallCondition(is_settled=True, is_encrypted=True)
WELL_CALL = Call("<#2>", condition=ENCRYPTED)
WELL_SERVICE = Service("Cherry", "qwen3-tts-flash")
WELL = Facts(
    NOW,
    gateway_s=0.042,
    own_channel="<#2>",
    shares_call=True,
    call=WELL_CALL,
    service=WELL_SERVICE,
    allowances={},
    refilled_at=MIDNIGHT,
    last=[Entry(1, Ending.SPOKEN, "spoken", 10, 10, at=0.0)],
    reading=Reading(["<#2>"]),
)


def of(link: Link, facts: Facts) -> list[tuple[State, str, str]]:
    """Return what is found about a link: its state, what is said of it, and what to do."""
    found = [each for each in diagnose(facts) if each.link is link]
    return [(each.state, each.sentence, each.advice) for each in found]


def with_call(**changes: object) -> Facts:
    return replace(WELL, call=replace(WELL_CALL, **changes))


def with_service(**changes: object) -> Facts:
    return replace(WELL, service=replace(WELL_SERVICE, condition=ServiceCondition(**changes)))


def entries(*endings: str, at: float = 0.0) -> list[Entry]:
    """Return closed utterances, the last first; what is neither spoken nor skipped was dropped."""
    done = set(Ending)
    return [
        Entry(1, Ending(each) if each in done else Ending.DROPPED, each, 0, 0, at)
        for each in endings
    ]


def lines(panel: ResponseMessage) -> dict[str, str]:
    """Return what a panel says of each link, behind the word for its state."""
    said = [line.split("**", 2)[1:] for line in text(panel).splitlines() if "** " in line]
    return {
        head.partition(": ")[0]: f"{head.partition(': ')[2]}{rest}"
        for head, rest in said
        if head != "Next:"
    }


def heading(panel: ResponseMessage) -> tuple[str, str]:
    title, step = text(panel).splitlines()[:2]
    return title.removeprefix("### "), step.removeprefix("**Next:** ")


def set_permission(
    env: Env, guild: GuildHandle, channel: ChannelHandle, *, of_bot: bool, **denied: bool
) -> None:
    """Take permissions in a channel from the bot, or from everyone, and no others."""
    roles = env.backend.get_guild(guild.id).roles.values()
    role = next(each for each in roles if each.managed == of_bot)
    deny = discord.Permissions(**denied).value
    env.backend.set_overwrite(
        channel.id, Overwrite(target_id=role.id, type=OverwriteType.ROLE, allow=0, deny=deny)
    )
