"""Messages that were to be said, and were not, or not to their end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.errors import ProviderError, ProviderFault
from bot.policy.admission import Silence
from bot.policy.budget import Budgets
from bot.voice.recovery import Recovery
from bot.voice.session import VoiceSession
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.reading import heard, read, rule
from tests.cogs.silences.conftest import Why
from tests.cogs.silences.reasons import brings_about
from tests.cogs.speaking import until

LONGEST_S = 1
"""Less than moderators may choose, for a test waits for it."""

LONG_S = 3

TOO_LONG_TO_GO_ON_S = Recovery().resume_in_place_s + 1


@pytest.fixture
async def first(
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> AsyncIterator[discord.Message]:
    """A message that is being said for ever."""
    gate = synthesizer.hold("One")
    first = await read(bot, alice, lounge, "One")
    await heard(synthesizer, "alice said:", "One")
    yield first
    gate.set()


@brings_about(Silence.QUEUE_FULL)
async def test_it_finds_the_queue_full(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    first: discord.Message,
    why: Why,
) -> None:
    await rule(bot, guild, max_waiting=1)
    await read(bot, alice, lounge, "Two")
    message = await alice.send(lounge, "Three")
    await why(alice, lounge, message)


@brings_about(Silence.TAKEN_BACK)
async def test_it_is_deleted_before_its_turn(
    bot: Bot, lounge: ChannelHandle, alice: MemberActor, first: discord.Message, why: Why
) -> None:
    message = await read(bot, alice, lounge, "Two")
    await alice.delete(message)
    await why(alice, lounge, message)


@brings_about(Silence.FLAGGED)
async def test_automod_objects_to_it(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    first: discord.Message,
    why: Why,
) -> None:
    message = await read(bot, alice, lounge, "Two")
    env.backend.emit("AUTO_MODERATION_ACTION_EXECUTION", flagged(guild, lounge, message))
    await why(alice, lounge, message)


def flagged(
    guild: GuildHandle, channel: ChannelHandle, message: discord.Message
) -> dict[str, object]:
    """Return what Discord tells of a message it lets pass, and tells moderators of."""
    return {
        "guild_id": str(guild.id),
        "action": {
            "type": discord.AutoModRuleActionType.send_alert_message.value,
            "metadata": {"channel_id": str(channel.id)},
        },
        "rule_id": "1",
        "rule_trigger_type": discord.AutoModRuleTriggerType.keyword.value,
        "user_id": str(message.author.id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "content": message.content,
        "matched_keyword": "two",
        "matched_content": "Two",
    }


@brings_about(Silence.SKIPPED)
async def test_somebody_skips_it(
    lounge: ChannelHandle, alice: MemberActor, first: discord.Message, why: Why
) -> None:
    await alice.slash(lounge, "skip")
    await why.broken_off(alice, lounge, first)


@brings_about(Silence.CALL_ENDED)
async def test_the_bot_is_sent_away(
    lounge: ChannelHandle, alice: MemberActor, first: discord.Message, why: Why
) -> None:
    await alice.slash(lounge, "leave")
    await why.broken_off(alice, lounge, first)


@brings_about(Silence.TOO_LONG)
async def test_it_takes_longer_than_one_message_may(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    why: Why,
) -> None:
    await rule(bot, guild, max_seconds=LONGEST_S)
    synthesizer.frames = 50 * LONG_S
    message = await read(bot, alice, lounge, "Once upon a time")
    await why.broken_off(alice, lounge, message)


@brings_about(Silence.NO_ENTRY)
async def test_the_bot_may_not_enter_the_call(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    calls: list[FakePresence],
    why: Why,
) -> None:
    await rule(bot, guild, joins_by_itself=True)
    channel = bot.get_channel(lounge.id)
    assert isinstance(channel, discord.VoiceChannel)
    await channel.set_permissions(channel.guild.me, connect=False)
    message = await alice.send(lounge, "Hello")
    await why(alice, lounge, message)
    assert not calls


@brings_about(Silence.OVER_BUDGET)
@pytest.mark.parametrize("budgets", [Budgets(guild_day=len("alice said:"))], ids=["server"])
async def test_the_characters_of_the_day_are_used_up(
    lounge: ChannelHandle, alice: MemberActor, session: VoiceSession, why: Why
) -> None:
    message = await alice.send(lounge, "Hello")
    await why.broken_off(alice, lounge, message)


@pytest.mark.parametrize(
    ("fault", "silence"),
    [
        (ProviderFault.UNAVAILABLE, Silence.FAILED),
        (ProviderFault.REFUSED_CONTENT, Silence.REFUSED),
    ],
    ids=str,
)
async def test_the_speech_service_does_not_say_it(
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    why: Why,
    fault: ProviderFault,
) -> None:
    synthesizer.error = ProviderError("out of order", fault=fault, retryable=False)
    message = await alice.send(lounge, "Hello")
    await why.broken_off(alice, lounge, message)


@brings_about(Silence.FAILED)
async def test_the_call_breaks_off_twice(
    bot: Bot,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
    synthesizer: AttentiveSynthesizer,
    why: Why,
) -> None:
    synthesizer.frames = 50 * LONG_S
    message = await read(bot, alice, lounge, "Once upon a time")
    for _ in range(2):
        await until(lambda: session.turns[0].is_sounding)
        calls[0].lose()
        calls[0].come_back(outage_s=TOO_LONG_TO_GO_ON_S)
    await why.broken_off(alice, lounge, message)
