"""The table of permissions, row by row and state by state."""

from __future__ import annotations

import pytest

from bot.policy.permissions import (
    RULES,
    Call,
    Denial,
    Power,
    Rule,
    Standing,
    default_power,
    judge,
)

IN_PRIVATE = Standing(is_in_server=False)
MEMBER = Standing(is_in_server=True)
IN_OWN_CALL = Standing(is_in_server=True, is_in_call=True)
BESIDE = Standing(is_in_server=True, is_bot_in_call=True)
ELSEWHERE = Standing(is_in_server=True, is_in_call=True, is_bot_in_call=True)
TOGETHER = Standing(is_in_server=True, is_in_call=True, is_bot_in_call=True, shares_call=True)
WATCHING = Standing(is_in_server=True, is_bot_in_call=True, moderates_call=True)
MUTED = Standing(
    is_in_server=True, is_in_call=True, is_bot_in_call=True, shares_call=True, is_muted=True
)
OWN = Standing(is_in_server=True, means_own=True)
MANAGER = Standing(is_in_server=True, powers=frozenset({Power.MANAGE_SERVER}))
MODERATOR = Standing(is_in_server=True, powers=frozenset({Power.MODERATE_MEMBERS}))


@pytest.mark.parametrize(
    ("command", "standing", "denial"),
    [
        ("tts", IN_PRIVATE, None),
        ("tts", MEMBER, None),
        ("tts", MUTED, Denial.MUTED),
        ("Save as audio", MUTED, Denial.MUTED),
        ("say", IN_PRIVATE, Denial.NOT_IN_SERVER),
        ("say", MEMBER, Denial.IN_NO_CALL),
        ("say", IN_OWN_CALL, None),
        ("say", ELSEWHERE, None),
        ("say", MUTED, Denial.MUTED),
        ("Read aloud", BESIDE, Denial.IN_NO_CALL),
        ("Read aloud", TOGETHER, None),
        ("join", IN_PRIVATE, Denial.NOT_IN_SERVER),
        ("join", MEMBER, None),
        ("leave", MEMBER, None),
        ("leave", MUTED, None),
        ("skip", IN_OWN_CALL, Denial.BOT_IN_NO_CALL),
        ("skip", BESIDE, None),
        ("stop", IN_PRIVATE, Denial.NOT_IN_SERVER),
        ("stop", ELSEWHERE, None),
        ("pause", MEMBER, Denial.BOT_IN_NO_CALL),
        ("pause", BESIDE, Denial.OUTSIDE),
        ("pause", ELSEWHERE, Denial.OUTSIDE),
        ("pause", WATCHING, Denial.OUTSIDE),
        ("resume", TOGETHER, None),
        ("queue", MEMBER, Denial.BOT_IN_NO_CALL),
        ("queue", ELSEWHERE, Denial.OUTSIDE),
        ("queue", WATCHING, None),
        ("queue", TOGETHER, None),
        ("server panel", IN_PRIVATE, Denial.NOT_IN_SERVER),
        ("server panel", MEMBER, Denial.LACKS_MANAGE_SERVER),
        ("server panel", WATCHING, Denial.LACKS_MANAGE_SERVER),
        ("server panel", MODERATOR, Denial.LACKS_MANAGE_SERVER),
        ("server panel", MANAGER, None),
        ("usage", MODERATOR, Denial.LACKS_MANAGE_SERVER),
        ("usage", MANAGER, None),
        ("member mute", MEMBER, Denial.LACKS_MODERATE_MEMBERS),
        ("member mute", MANAGER, Denial.LACKS_MODERATE_MEMBERS),
        ("member mute", MODERATOR, None),
        ("read why", MEMBER, None),
        ("read add", MEMBER, Denial.LACKS_MANAGE_SERVER),
        ("dictionary add", MEMBER, Denial.ONLY_OWN),
        ("dictionary add", MODERATOR, Denial.ONLY_OWN),
        ("dictionary add", MANAGER, None),
        ("dictionary add", OWN, None),
        ("dictionary add", IN_PRIVATE, None),
        ("dictionary test", MEMBER, None),
        ("server panel", OWN, Denial.LACKS_MANAGE_SERVER),
    ],
)
def test_a_command_is_for_those_whom_its_row_names(
    command: str, standing: Standing, denial: Denial | None
) -> None:
    assert judge(RULES[command], standing) is denial


def test_where_it_is_used_comes_before_who_uses_it() -> None:
    rule = Rule(power=Power.MANAGE_SERVER, call=Call.SHARED)
    assert judge(rule, IN_PRIVATE) is Denial.NOT_IN_SERVER
    assert judge(rule, MEMBER) is Denial.LACKS_MANAGE_SERVER
    assert judge(rule, MANAGER) is Denial.BOT_IN_NO_CALL


@pytest.mark.parametrize(
    ("commands", "power"),
    [
        (["server voice", "server log"], Power.MANAGE_SERVER),
        (["member mute"], Power.MODERATE_MEMBERS),
        (["read add", "read why"], None),
        (["tts"], None),
        (["dictionary add", "dictionary remove"], None),
    ],
)
def test_a_group_is_shown_to_those_who_may_use_something_in_it(
    commands: list[str], power: Power | None
) -> None:
    assert default_power(commands) is power
