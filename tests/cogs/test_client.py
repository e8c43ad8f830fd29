"""The bot lives through what Discord should not send."""

from __future__ import annotations

import logging

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import Bot
from tests.cogs.answers import answer

EVENTS = ("MESSAGE_CREATE", "INTERACTION_CREATE", "VOICE_STATE_UPDATE", "GUILD_CREATE")


@pytest.mark.parametrize("event", EVENTS)
async def test_an_event_that_cannot_be_read_is_one_record_and_nothing_else(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    alice: MemberActor,
    caplog: pytest.LogCaptureFixture,
    event: str,
) -> None:
    bot._connection.parsers[event]({"id": "no number", "guild_id": str(alice.guild.id)})
    await env.settle()

    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert record.getMessage() == f"an event {event} of Discord could not be read"
    assert answer(env, await alice.slash(chat, "tts", text="Still here")).attachments
