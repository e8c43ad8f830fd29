"""A speech service that fails is no reason to write to a server again and again."""

from __future__ import annotations

import logging

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.errors import ProviderError, ProviderFault
from tests.cogs.answers import messages, refusal
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence

BEGUN = "Speaking as Cherry."
BROKE_OFF = "The speech service broke off. Try again in a moment."
REFUSED = "The speech service does not speak this text. Try other words."


@pytest.fixture
async def speakers(
    lounge: ChannelHandle, calls: list[FakePresence], alice: MemberActor, bob: MemberActor
) -> list[MemberActor]:
    """Two members in the bot's call."""
    for member in (alice, bob):
        await member.join_voice(lounge)
    return [alice, bob]


async def told(speaker: MemberActor, chat: ChannelHandle) -> list[str]:
    return [message.content for message in messages(await speaker.slash(chat, "say", text="Hi"))]


async def test_i8_what_breaks_off_is_told_once_a_minute_and_recorded_each_time(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    speakers: list[MemberActor],
    synthesizer: AttentiveSynthesizer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """I8 for the whole server: operators read of every failure, people of one."""
    caplog.set_level(logging.WARNING, logger="bot.report")
    synthesizer.error = ProviderError(
        "cut", fault=ProviderFault.TRUNCATED, retryable=True, status=200, request_id="r-1"
    )
    alice, bob = speakers
    assert [await told(each, chat) for each in (alice, bob, alice)] == [
        [BEGUN, BROKE_OFF],
        [BEGUN],
        [BEGUN],
    ]
    assert env.errors
    records = [record for record in caplog.records if record.name == "bot.report"]
    assert [record.getMessage() for record in records] == [
        "speech service failed: truncated, status 200, code None, request r-1"
    ] * 3
    assert all(record.__dict__["guild"] == guild.id for record in records)


async def test_what_is_the_matter_with_the_text_is_told_to_everyone_whose_text_it_is(
    env: Env, chat: ChannelHandle, speakers: list[MemberActor], synthesizer: AttentiveSynthesizer
) -> None:
    synthesizer.error = ProviderError(
        "refused", fault=ProviderFault.REFUSED_CONTENT, retryable=False
    )
    alice, bob = speakers
    assert await told(alice, chat) == [BEGUN, REFUSED]
    assert await told(bob, chat) == [BEGUN, REFUSED]
    assert await told(alice, chat) == [BEGUN]
    assert env.errors


async def test_a_command_always_has_an_answer(
    env: Env, chat: ChannelHandle, speakers: list[MemberActor], synthesizer: AttentiveSynthesizer
) -> None:
    synthesizer.frames = 0
    synthesizer.error = ProviderError("cut", fault=ProviderFault.TRUNCATED, retryable=True)
    for _ in range(3):
        assert refusal(env, await speakers[0].slash(chat, "say", text="Hi")) == BROKE_OFF
