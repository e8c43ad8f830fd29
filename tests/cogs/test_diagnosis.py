"""Every finding of `/doctor` about the call, from facts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from discord.ui import TextDisplay

from bot.errors import ProviderFault
from bot.policy.budget import Allowance, Scope
from bot.tts.condition import Condition as ServiceCondition
from bot.tts.condition import Rest
from bot.voice.condition import Condition as CallCondition
from bot.voice.ledger import DropReason
from cogs._diagnosis.diagnose import diagnose
from cogs._diagnosis.facts import Call, Deafness, Facts, Keeping, Reading, Service
from cogs._diagnosis.finding import Finding, Link, State, next_step
from cogs.views.doctor import DoctorView
from tests.cogs.diagnosis import ENCRYPTED, MIDNIGHT, NOW, WELL, entries, of, with_call
from tests.cogs.panels import MAX_TEXT

ANEW = "If that takes longer than a minute, send me away with /leave, then use /join."


def test_where_all_is_well_every_link_is_fine_and_in_order() -> None:
    findings = diagnose(WELL)
    assert [finding.link for finding in findings] == list(Link)
    assert {finding.state for finding in findings} == {State.FINE}
    assert next_step(findings).startswith("If you hear nothing, look at my volume")


@pytest.mark.parametrize(
    ("facts", "state", "sentence", "advice"),
    [
        (WELL, State.FINE, "It answers me in 42 ms.", ""),
        (replace(WELL, gateway_s=None), State.FINE, "I am connected.", ""),
        (
            replace(WELL, gateway_s=1.5),
            State.LIMITED,
            "It answers me in 1,500 ms.",
            "That is slow, and messages reach me late: try again in a few minutes.",
        ),
        (
            replace(WELL, is_connected=False),
            State.BROKEN,
            "My connection for this server is lost.",
            "I am getting it back: press **Check again** in a minute.",
        ),
    ],
    ids=["well", "not measured", "slow", "lost"],
)
def test_the_connection_to_discord(facts: Facts, state: State, sentence: str, advice: str) -> None:
    assert of(Link.DISCORD, facts) == [(state, sentence, advice)]


@pytest.mark.parametrize(
    ("facts", "state", "sentence", "advice"),
    [
        (WELL, State.FINE, "I am in <#2>, encrypted end to end.", ""),
        (with_call(condition=None), State.FINE, "I am in <#2>.", ""),
        (
            with_call(condition=CallCondition(is_settled=True, is_encrypted=False)),
            State.FINE,
            "I am in <#2>, not encrypted end to end.",
            "",
        ),
        (
            with_call(condition=replace(ENCRYPTED, open_s=60.0, latency_s=0.0204, sent=500)),
            State.FINE,
            (
                "I am in <#2>, encrypted end to end, connected <t:1796126340:R>, its server "
                "answers in 20 ms."
            ),
            "",
        ),
        (
            with_call(condition=replace(ENCRYPTED, sent=95, unsent=5)),
            State.LIMITED,
            "I am in <#2>, encrypted end to end. 5 % of my sound did not get out.",
            ANEW,
        ),
        (
            with_call(condition=CallCondition(is_settled=False, is_encrypted=False)),
            State.BROKEN,
            "The end-to-end encryption of <#2> is not there yet.",
            ANEW,
        ),
        (
            with_call(condition=CallCondition(is_settled=False, is_encrypted=False), is_alone=True),
            State.FINE,
            "I am in <#2>.",
            "",
        ),
        (
            with_call(is_live=False, condition=None),
            State.BROKEN,
            "I lost the connection to <#2>, and am getting it back.",
            ANEW,
        ),
        (
            with_call(is_live=False, has_been_live=False, condition=None),
            State.BROKEN,
            "I am on my way into <#2>, and not connected yet.",
            ANEW,
        ),
        (
            with_call(is_live=False, rate_limited_s=30.0, condition=None),
            State.BROKEN,
            "Discord asks me to wait before I join a call here. Try again in 31 s.",
            "",
        ),
        (
            replace(WELL, call=None),
            State.BROKEN,
            "I am in none.",
            "Call me into <#2> with /join.",
        ),
        (
            replace(WELL, call=None, own_channel=None),
            State.BROKEN,
            "I am in none.",
            "Join one, then call me with /join.",
        ),
    ],
    ids=[
        "well",
        "just opened",
        "plain",
        "measured",
        "lossy",
        "not encrypted yet",
        "alone",
        "lost",
        "on its way",
        "rate limited",
        "in none",
        "nobody in any",
    ],
)
def test_the_call(facts: Facts, state: State, sentence: str, advice: str) -> None:
    assert of(Link.CALL, facts) == [(state, sentence, advice)]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (WELL, [(State.FINE, "<#2>: I may come and speak.", "")]),
        (
            with_call(is_muted=True, is_silenced=True),
            [
                (
                    State.BROKEN,
                    "A moderator has muted me in <#2>.",
                    "Ask one to right-click or long-press me there and take back **Server Mute**.",
                )
            ],
        ),
        (
            with_call(is_stage=True, is_silenced=True),
            [
                (
                    State.BROKEN,
                    "I am in the audience of <#2>, where only speakers are heard.",
                    "Ask a moderator to invite me to speak.",
                )
            ],
        ),
        (
            replace(with_call(is_silenced=True), missing_permissions=["Speak"]),
            [
                (
                    State.BROKEN,
                    "<#2>: I need the permission Speak.",
                    (
                        "Give me Speak in <#2>: in its settings, under Permissions. Then press "
                        "**Check again**."
                    ),
                )
            ],
        ),
        (
            with_call(is_silenced=True),
            [(State.BROKEN, "Discord lets nobody hear me in <#2>.", ANEW)],
        ),
        (
            replace(WELL, call=None, own_channel="<#3>", missing_permissions=["Connect", "Speak"]),
            [
                (
                    State.BROKEN,
                    "<#3>: I need the permissions Connect, Speak.",
                    (
                        "Give me Connect, Speak in <#3>: in its settings, under Permissions. Then "
                        "press **Check again**."
                    ),
                )
            ],
        ),
        (
            replace(WELL, call=None, own_channel="<#3>"),
            [(State.FINE, "<#3>: I may come and speak.", "")],
        ),
        (replace(WELL, call=None, own_channel=None), []),
    ],
    ids=[
        "well",
        "muted",
        "in the audience",
        "may not speak",
        "suppressed",
        "may not come",
        "may come",
        "no channel",
    ],
)
def test_the_permission_to_speak(facts: Facts, found: list[tuple[State, str, str]]) -> None:
    assert of(Link.SPEAKING, facts) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (WELL, [(State.FINE, "Nothing.", "")]),
        (with_call(waiting=1), [(State.FINE, "1 text is being said or waits.", "")]),
        (
            with_call(waiting=3, is_paused=True, hold="I am paused."),
            [(State.BROKEN, "3 texts are being said or wait.", "I am paused.")],
        ),
        (
            with_call(is_alone=True, hold="Nobody else is there."),
            [(State.LIMITED, "Nobody else is there.", "")],
        ),
        (
            with_call(waiting=2, is_silenced=True, hold="I may not speak."),
            [(State.LIMITED, "2 texts are being said or wait.", "")],
        ),
        (with_call(is_live=False, hold="I am getting back."), []),
        (replace(WELL, call=None), []),
    ],
    ids=["nothing", "one", "paused", "alone", "silenced", "not connected", "in no call"],
)
def test_what_waits(facts: Facts, found: list[tuple[State, str, str]]) -> None:
    assert of(Link.QUEUE, facts) == found


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (WELL, [(State.FINE, "You are in <#2>, and not deafened.", "")]),
        (
            replace(WELL, deafness=Deafness.OWN),
            [
                (
                    State.BROKEN,
                    "You have deafened yourself.",
                    "Press the headphones in Discord to hear again.",
                )
            ],
        ),
        (
            replace(WELL, deafness=Deafness.DECREED),
            [
                (
                    State.BROKEN,
                    "A moderator has deafened you.",
                    "Ask one to right-click or long-press you and take back **Server Deafen**.",
                )
            ],
        ),
        (
            replace(WELL, own_channel="<#3>", shares_call=False, deafness=Deafness.OWN),
            [
                (
                    State.BROKEN,
                    "You are in <#3>, and I am in <#2>.",
                    "Come to me, or call me over with /join.",
                )
            ],
        ),
        (
            replace(WELL, own_channel=None, shares_call=False),
            [(State.BROKEN, "You are in no voice channel.", "Join <#2> to hear me.")],
        ),
        (
            replace(WELL, call=None, shares_call=False),
            [(State.FINE, "You are in <#2>, and not deafened.", "")],
        ),
        (replace(WELL, call=None, own_channel=None, shares_call=False), []),
    ],
    ids=["well", "deaf", "deafened", "elsewhere", "in none", "without me", "nobody in any"],
)
def test_the_ears_of_whoever_asks(facts: Facts, found: list[tuple[State, str, str]]) -> None:
    assert of(Link.EARS, facts) == found


async def test_where_everything_is_wrong_it_fits_into_a_message_and_says_so_in_words() -> None:
    mention, missing = f"<#{10**19}>", ["View Channel", "Connect", "Speak", "Move Members"]
    call = Call(mention, condition=replace(ENCRYPTED, open_s=9e9, latency_s=9e3, sent=1, unsent=9))
    worst = Facts(
        NOW,
        gateway_s=999.0,
        own_channel=mention,
        call=replace(call, waiting=999, is_paused=True, hold="I am paused. " * 9),
        missing_permissions=missing,
        service=Service("V" * 200, "m" * 100, ServiceCondition(Rest(ProviderFault.BAD_KEY, 9.0))),
        allowances={Scope.GUILD: Allowance(10**9, 10**10), Scope.MEMBER: Allowance(10**9, 10**10)},
        refilled_at=MIDNIGHT,
        last=entries(*[DropReason.NO_CONNECTION] * 20),
        keeping=Keeping.REFUSED,
        reading=Reading([mention] * 50, [mention] * 50),
    )
    view = DoctorView(diagnose(worst), why="</read why:1>", is_moderator=True)
    said = [each.content for each in view.walk_children() if isinstance(each, TextDisplay)]
    assert sum(map(len, said)) <= MAX_TEXT
    assert said[0].startswith("### 5 problems")
    assert all(": problem." in line or ": limited." in line for line in said[1].splitlines())


FINE = Finding.fine(Link.DISCORD, "Fine.")
LIMITED = Finding.limited(Link.READING, "It is quiet.", "Use /say.")
BROKEN = Finding.broken(Link.CALL, "I am in none.", "Use /join.")
SPENT = Finding.broken(Link.BUDGET, "All is spent.")
UNKNOWN = Finding.unknown(Link.LATELY, "Nobody knows.")


@pytest.mark.parametrize(
    ("findings", "step"),
    [
        ([FINE, LIMITED, BROKEN, SPENT], "Use /join."),
        ([SPENT, BROKEN], "All is spent."),
        ([UNKNOWN, FINE, LIMITED], "Use /say."),
    ],
)
def test_the_first_thing_that_is_wrong_is_to_be_mended_first(
    findings: Sequence[Finding], step: str
) -> None:
    assert next_step(findings) == step
