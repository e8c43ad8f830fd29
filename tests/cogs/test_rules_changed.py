"""What waits of a chat when moderators change what is read, or where."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.settings.choices import NameReading
from bot.voice.session import VoiceSession
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.reading import open_thread, read, rule, rule_channel, until_it_is
from tests.cogs.speaking import until

pytestmark = pytest.mark.usefixtures("today")

FRAMES = 25
"""Half a second."""

HURRIED = {"interval_s": 0, "max_waiting_each": 10, "name_reading": NameReading.OFF}
"""Alice may write as much as a test needs."""


@pytest.fixture(autouse=True)
async def first(
    today: None,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> AsyncIterator[discord.Message]:
    """What is being said, and halts mid-word; it was written in the chat of the call."""
    await rule(bot, guild, **HURRIED)
    await rule_channel(bot, guild, chat, is_read=True)
    await alice.join_voice(lounge)
    synthesizer.frames = FRAMES
    first = await read(bot, alice, lounge, "One")
    await until(lambda: session.turns[0].is_sounding)
    session.pause()
    yield first


@pytest.fixture
def attic(guild: GuildHandle) -> ChannelHandle:
    return guild.create_voice_channel("attic")


def waiting(session: VoiceSession) -> list[str]:
    """Return what is to be said in a call, without what is taken back."""
    return [turn.utterance.requests[0].text for turn in session.turns if not turn.is_cut]


async def said(bot: Bot, guild: GuildHandle, session: VoiceSession) -> dict[str, int]:
    """Let the bot go on, and return how many utterances ended in which way, once all have."""
    session.resume()
    await until(lambda: not session.turns)
    return bot.sessions.ledger.counts(guild.id)


@pytest.mark.parametrize("joins_by_itself", [False, True])
async def test_moved_to_another_call_the_bot_says_nothing_more_of_the_chat_of_the_first(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    attic: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
    joins_by_itself: bool,
) -> None:
    await rule(bot, guild, **HURRIED, joins_by_itself=joins_by_itself)
    of_the_lounge = await read(bot, alice, lounge, "Two")
    await read(bot, alice, chat, "Three")
    calls[0].be_moved(attic.id)
    await until_it_is(bot, of_the_lounge, Silence.OTHER_CALL)
    assert waiting(session) == ["One", "Three"], "what sounds is not cut"
    assert await said(bot, guild, session) == {"accepted": 3, "taken_back": 1, "spoken": 2}


async def test_moved_to_another_call_the_bot_does_not_say_there_what_it_holds_back(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    attic: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
    env: Env,
) -> None:
    await rule(bot, guild, **HURRIED, hold_back_ms=3_000)
    message = await alice.send(lounge, "Two")
    calls[0].be_moved(attic.id)
    await env.advance_time(3.0)
    await until_it_is(bot, message, Silence.OTHER_CALL)
    assert waiting(session) == ["One"]


async def test_what_waits_of_a_channel_that_is_to_be_read_in_another_call(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    attic: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
) -> None:
    message = await read(bot, alice, chat, "Two")
    await rule_channel(bot, guild, chat, is_read=True, voice_channel_id=attic.id)
    await until_it_is(bot, message, Silence.OTHER_CALL)
    assert waiting(session) == ["One"]


async def test_a_channel_that_is_read_no_more_takes_its_threads_along_but_no_mention(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
) -> None:
    assert bot.user is not None
    thread = await open_thread(bot, chat)
    doomed = [await read(bot, alice, place, text) for place, text in ((chat, "A"), (thread, "B"))]
    await read(bot, alice, chat, f"{bot.user.mention} C")
    await rule_channel(bot, guild, chat)
    for message in doomed:
        await until_it_is(bot, message, Silence.NOT_READ_HERE)
    assert waiting(session) == ["One", "C"]


async def test_what_waits_of_somebody_who_is_ignored_from_now_on(
    bot: Bot,
    guild: GuildHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
) -> None:
    await bob.join_voice(lounge)
    message = await read(bot, bob, lounge, "Two")
    await read(bot, alice, lounge, "Three")
    await rule(bot, guild, **HURRIED, ignored_member_ids=(bob.id,))
    await until_it_is(bot, message, Silence.IGNORED_MEMBER)
    assert waiting(session) == ["One", "Three"]


@pytest.mark.parametrize("is_thread", [False, True], ids=["channel", "thread"])
async def test_what_waits_of_a_channel_that_is_gone(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    is_thread: bool,
) -> None:
    thread = await open_thread(bot, chat)
    await read(bot, alice, thread, "Two")
    await read(bot, alice, lounge, "Three")
    gone = bot.get_channel((thread if is_thread else chat).id)
    assert isinstance(gone, discord.TextChannel | discord.Thread)
    await gone.delete()
    await until(lambda: waiting(session) == ["One", "Three"])
