"""No reason to stay silent without a message it concerns, nor without a way out that is there."""

from __future__ import annotations

import re

import pytest
from simcord import Env

from bot.client import Bot
from bot.policy.admission import Silence
from bot.policy.silence import sentence
from bot.settings.declare import settings_of
from bot.settings.guild import GuildSettings
from tests.cogs.silences import test_author, test_message, test_turn
from tests.cogs.silences.reasons import brought_about

COMMAND = re.compile(r"/([a-z]+(?: (?:panel|add|mute|unmute))?)")

DECIDED_BY = {
    Silence.BOT: "listed_bot_ids",
    Silence.IGNORED_MEMBER: "ignored_member_ids",
    Silence.IGNORED_ROLE: "ignored_role_ids",
    Silence.ROLE_MISSING: "required_role_id",
    Silence.SILENT: "reads_silent",
    Silence.PREFIX_MISSING: "read_prefix",
    Silence.SKIP_PREFIX: "skip_prefix",
    Silence.QUIET_HOURS: "quiet_hours",
    Silence.NO_CALL: "joins_by_itself",
    Silence.NOT_IN_CALL: "only_in_call",
    Silence.NOT_WANTED: "reads_attachments",
    Silence.HELD_BACK: "hold_back_ms",
    Silence.OVER_BUDGET: "daily_characters",
    Silence.TOO_LONG: "max_seconds",
}
"""The setting of a server that brings a reason about, and on the panel takes it away."""


def test_every_reason_is_brought_about_by_a_message() -> None:
    assert brought_about([test_author, test_message, test_turn]) == set(Silence)


@pytest.mark.parametrize("silence", Silence, ids=str)
def test_a_sentence_names_the_page_of_the_setting(silence: Silence) -> None:
    pages = [str(settings_of(GuildSettings)[name].page) for name in _settings(silence)]
    assert re.findall(r"under (\w+) in /server panel", sentence(silence)) == pages


def _settings(silence: Silence) -> list[str]:
    return [DECIDED_BY[silence]] if silence in DECIDED_BY else []


async def test_the_commands_that_sentences_name_are_there(env: Env, bot: Bot) -> None:
    named = {name for silence in Silence for name in COMMAND.findall(sentence(silence))}
    assert len(named) > 1
    assert named <= {command.qualified_name for command in bot.tree.walk_commands()}
