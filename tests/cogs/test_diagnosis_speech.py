"""Every finding of `/doctor` about speech, from facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ProviderFault
from bot.policy.budget import Allowance, Scope
from bot.tts.condition import Rest
from bot.voice.ledger import DropReason
from cogs._diagnosis.facts import Facts, Keeping, Reading, Service
from cogs._diagnosis.finding import Link, State
from tests.cogs.diagnosis import WELL, entries, of, with_call, with_service

OTHER_VOICE = "My usual voice is out of order, so another one speaks until it is back."
CHANGE_MODEL = "Moderators choose another with /server voice."
SPEAKS = "I speak as **Cherry**, with the model qwen3-tts-flash."
IN_15_S = "I leave it alone and try it again <t:1796126415:R>."
NEXT_TRIES = "The next text tries whether it is back."
OUT_OF_ORDER = "The speech service is out of order. Try again in a few minutes."


@pytest.mark.parametrize(
    ("facts", "state", "sentence", "advice"),
    [
        (WELL, State.FINE, SPEAKS, ""),
        (replace(WELL, call=None), State.FINE, SPEAKS, ""),
        (with_call(first_sound_s=0.84), State.FINE, f"{SPEAKS} Lately I began after 0.8 s.", ""),
        (
            with_call(first_sound_s=6.0),
            State.LIMITED,
            f"{SPEAKS} Lately I began after 6.0 s.",
            "That is slow. If it stays so, tell the operator of the bot.",
        ),
        (
            with_service(rest=Rest(ProviderFault.SUSPENDED, 15.0)),
            State.BROKEN,
            OUT_OF_ORDER,
            IN_15_S,
        ),
        (
            with_service(rest=Rest(ProviderFault.SUSPENDED)),
            State.BROKEN,
            OUT_OF_ORDER,
            NEXT_TRIES,
        ),
        (
            with_service(rest=Rest(ProviderFault.THROTTLED, 15.0)),
            State.BROKEN,
            "The speech service is busy right now. Try again in a minute.",
            IN_15_S,
        ),
        *(
            (
                with_service(rest=Rest(fault, 15.0)),
                State.BROKEN,
                "The speech service refuses this bot's account. Its operator has to fix that.",
                IN_15_S,
            )
            for fault in (ProviderFault.BAD_KEY, ProviderFault.OUT_OF_CREDIT)
        ),
        (
            with_service(rest=Rest(ProviderFault.BAD_KEY, 15.0), has_stand_in=True),
            State.LIMITED,
            OTHER_VOICE,
            IN_15_S,
        ),
        (with_service(stood_in_s=599.0), State.LIMITED, OTHER_VOICE, ""),
        (with_service(stood_in_s=601.0), State.FINE, SPEAKS, ""),
        (with_service(has_stand_in=True), State.FINE, SPEAKS, ""),
        (
            with_service(rest=Rest(ProviderFault.INVALID_REQUEST)),
            State.BROKEN,
            "The model of this server is not offered any more.",
            CHANGE_MODEL,
        ),
        (
            with_service(rest=Rest(ProviderFault.INVALID_REQUEST), has_stand_in=True),
            State.LIMITED,
            "The model of this server is not offered any more.",
            CHANGE_MODEL,
        ),
        (
            with_service(is_muted=True),
            State.BROKEN,
            "The speech service has refused too much of what you wrote. Try again in ten minutes.",
            "",
        ),
        (
            replace(WELL, service=Service(trouble="Nobody speaks here.")),
            State.BROKEN,
            "Nobody speaks here.",
            "Moderators choose another voice with /server voice.",
        ),
        (replace(WELL, service=None), State.UNKNOWN, "I cannot read who speaks here.", ""),
    ],
)
def test_the_speech_service(facts: Facts, state: State, sentence: str, advice: str) -> None:
    assert of(Link.SERVICE, facts) == [(state, sentence, advice)]


NEW_ONES = "There are new ones <t:1796169600:R>."


@pytest.mark.parametrize(
    ("allowances", "state", "sentence", "advice"),
    [
        ({}, State.FINE, "There is no daily limit.", ""),
        ({Scope.GUILD: Allowance(900, 1_000)}, State.FINE, "900 of 1,000 are left here.", ""),
        (
            {Scope.MEMBER: Allowance(90, 100), Scope.GUILD: Allowance(900, 1_000)},
            State.FINE,
            "900 of 1,000 are left here. You have 90 of 100.",
            "",
        ),
        (
            {Scope.GUILD: Allowance(200, 1_000)},
            State.LIMITED,
            "200 of 1,000 are left here.",
            NEW_ONES,
        ),
        (
            {Scope.MEMBER: Allowance(19, 100), Scope.GUILD: Allowance(900, 1_000)},
            State.LIMITED,
            "900 of 1,000 are left here. You have 19 of 100.",
            NEW_ONES,
        ),
        (
            {Scope.GUILD: Allowance(0, 1_000)},
            State.BROKEN,
            "This server has used up its characters of today. It gets new ones <t:1796169600:R>.",
            "",
        ),
        (
            {Scope.MEMBER: Allowance(0, 100), Scope.GUILD: Allowance(900, 1_000)},
            State.BROKEN,
            "You have used up your characters of today. You get new ones <t:1796169600:R>.",
            "",
        ),
        (
            {Scope.EVERYONE: Allowance(0, 9_999)},
            State.BROKEN,
            "I have used up all my characters of today. I get new ones <t:1796169600:R>.",
            "",
        ),
        (
            {Scope.EVERYONE: Allowance(1, 9_999)},
            State.FINE,
            "There is no daily limit for this server alone.",
            "",
        ),
        (None, State.UNKNOWN, "I cannot count them right now.", ""),
    ],
)
def test_the_characters_of_the_day(
    allowances: dict[Scope, Allowance] | None, state: State, sentence: str, advice: str
) -> None:
    facts = replace(WELL, allowances=allowances)
    assert of(Link.BUDGET, facts) == [(state, sentence, advice)]


OF_ONE_TEXT = "Most often lately: It concerned that text alone."


@pytest.mark.parametrize(
    ("last", "state", "sentence"),
    [
        ([], State.UNKNOWN, "None since my start."),
        (["spoken", "skipped", "spoken"], State.FINE, "2 spoken, 1 skipped, 0 dropped."),
        (
            ["taken_back", "spoken", "alone", "taken_back"],
            State.FINE,
            "1 spoken, 0 skipped, 3 dropped. Most often lately: The message was taken back.",
        ),
        (
            ["spoken", "timeout", "spoken", "timeout", "edited"],
            State.LIMITED,
            (
                "2 spoken, 0 skipped, 3 dropped. Most often lately: The speech service did not "
                "answer in time. Try again in a moment."
            ),
        ),
        (
            ["no_connection", "spoken", "timeout"],
            State.BROKEN,
            (
                "1 spoken, 0 skipped, 2 dropped. The last was dropped: Discord refuses the voice "
                "connection, I stopped trying. Call me with /join."
            ),
        ),
        (
            ["muted", "timeout", "refused_content", "spoken"],
            State.LIMITED,
            f"1 spoken, 0 skipped, 3 dropped. {OF_ONE_TEXT}",
        ),
    ],
)
def test_what_became_of_the_last_texts(last: list[str], state: State, sentence: str) -> None:
    assert of(Link.LATELY, replace(WELL, last=entries(*last))) == [(state, sentence, "")]


@pytest.mark.parametrize(
    "reason",
    [
        "too_long",
        "overflow",
        "refused_content",
        "invalid_request",
        "stale",
        "over_budget",
        "muted",
    ],
)
def test_what_concerns_one_text_is_no_fault_and_told_to_nobody_else(reason: str) -> None:
    last = entries(reason, *["spoken"] * 19)
    sentence = f"19 spoken, 0 skipped, 1 dropped. {OF_ONE_TEXT}"
    assert of(Link.LATELY, replace(WELL, last=last)) == [(State.FINE, sentence, "")]


@pytest.mark.parametrize(
    ("age_s", "state"), [(0.0, State.BROKEN), (599.0, State.BROKEN), (600.0, State.FINE)]
)
def test_a_failure_is_a_problem_for_ten_minutes(age_s: float, state: State) -> None:
    facts = replace(WELL, last=entries("timeout", "spoken", at=1_000.0), clock_s=1_000.0 + age_s)
    [(found, sentence, _advice)] = of(Link.LATELY, facts)
    assert found is state
    assert ("did not answer in time" in sentence) is (state is State.BROKEN)


def test_older_failures_do_not_weigh_on_what_is_spoken_now() -> None:
    last = [*entries("spoken", at=5_000.0), *entries("timeout", at=1_000.0)]
    sentence = "1 spoken, 0 skipped, 1 dropped."
    assert of(Link.LATELY, replace(WELL, last=last, clock_s=5_000.0)) == [
        (State.FINE, sentence, "")
    ]


@pytest.mark.parametrize("reason", [*DropReason, *ProviderFault])
def test_whatever_a_text_was_dropped_for_is_said(reason: str) -> None:
    [(_state, sentence, _advice)] = of(Link.LATELY, replace(WELL, last=entries(reason)))
    assert sentence.startswith("0 spoken, 0 skipped, 1 dropped. ")
    assert sentence.endswith(".")


LATER = "I go on speaking; change settings in a few minutes."


@pytest.mark.parametrize(
    ("keeping", "state", "sentence", "advice"),
    [
        (Keeping.KEPT, State.FINE, "What is changed now is saved.", ""),
        (Keeping.REFUSED, State.LIMITED, "The database takes no changes right now.", LATER),
        (Keeping.SLOW, State.LIMITED, "The database takes long to save a change.", LATER),
    ],
)
def test_whether_settings_are_kept(
    keeping: Keeping, state: State, sentence: str, advice: str
) -> None:
    facts = replace(WELL, keeping=keeping)
    assert of(Link.SETTINGS, facts) == [(state, sentence, advice)]


@pytest.mark.parametrize(
    ("reading", "state", "sentence", "advice"),
    [
        (Reading(["<#2>"]), State.FINE, "I read <#2>.", ""),
        (Reading(["<#2>", "<#3>"]), State.FINE, "I read <#2>, <#3>.", ""),
        (
            Reading([f"<#{number}>" for number in range(7)]),
            State.FINE,
            "I read <#0>, <#1>, <#2>, <#3>, <#4> and 2 more channels.",
            "",
        ),
        (
            Reading(),
            State.LIMITED,
            "I read no channel that you can see.",
            "Use /say, or ask moderators to let me read one with /read add.",
        ),
        (
            Reading(["<#2>"], shows_content=False),
            State.LIMITED,
            (
                "Discord does not show me what people write, only messages that mention me; the "
                "operator of the bot can change that."
            ),
            (
                "Ask the operator of the bot for the Message Content Intent; until then, people "
                "speak with /say and the menu **Read aloud**."
            ),
        ),
        (
            Reading(["<#2>"], quiet_hours="22:00-07:00 (Europe/Berlin)"),
            State.LIMITED,
            "I read <#2>. Not now: the quiet hours are 22:00-07:00 (Europe/Berlin).",
            "Use /say, or ask moderators to change them under Limits in /server panel.",
        ),
        (
            Reading(["<#2>", "<#3>"], unseen=["<#3>"]),
            State.LIMITED,
            "I read <#2>, <#3>. <#3>: I need the permission View Channel.",
            (
                "Give me View Channel in <#3>: in its settings, under Permissions. Then press "
                "**Check again**."
            ),
        ),
        (None, State.UNKNOWN, "I cannot see which channels I am to read.", ""),
    ],
)
def test_what_is_read(reading: Reading | None, state: State, sentence: str, advice: str) -> None:
    assert of(Link.READING, replace(WELL, reading=reading)) == [(state, sentence, advice)]
