"""`/say`, `/join`, `/leave`, up to the call and in one."""

from __future__ import annotations

import asyncio

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.errors import ProviderError, ProviderFault
from bot.voice.queue import Room
from bot.voice.session import VoiceSession
from tests.cogs.answers import messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.people import member_with
from tests.cogs.speaking import begin_to_say, until
from tests.voice.fakes import utterance

IN_NO_CALL = "You are not in a voice channel. Join one first, then try again."
BOT_IN_NO_CALL = "I am in no voice channel. Call me with /join."
NOTHING_SAID = "Nothing is being said right now."
CALLING = [pytest.param("say", {"text": "Hello"}, id="say"), pytest.param("join", {}, id="join")]


@pytest.fixture
async def den(env: Env, guild: GuildHandle, bob: MemberActor) -> ChannelHandle:
    """A voice channel with somebody else in it."""
    den = guild.create_voice_channel("den")
    await bob.join_voice(den)
    return den


@pytest.fixture
async def caller(alice: MemberActor, lounge: ChannelHandle) -> MemberActor:
    """A member in the lounge."""
    await alice.join_voice(lounge)
    return alice


def _channel(bot: Bot, handle: ChannelHandle) -> discord.VoiceChannel:
    channel = bot.get_channel(handle.id)
    assert isinstance(channel, discord.VoiceChannel)
    return channel


async def _deny(env: Env, bot: Bot, handle: ChannelHandle, **permissions: bool) -> None:
    channel = _channel(bot, handle)
    await channel.set_permissions(channel.guild.me, **permissions)
    await env.settle()


async def _until_said(env: Env, sentence: str) -> None:
    await until(lambda: any(sentence in str(request.json) for request in env.http_requests))


@pytest.mark.parametrize(("command", "options"), CALLING)
async def test_whoever_is_in_no_call_is_told_to_join_one(
    env: Env, chat: ChannelHandle, alice: MemberActor, command: str, options: dict[str, str]
) -> None:
    assert refusal(env, await alice.slash(chat, command, **options)) == IN_NO_CALL


async def test_read_aloud_needs_a_call_too(
    env: Env, chat: ChannelHandle, alice: MemberActor
) -> None:
    message = await alice.send(chat, "Read me")
    assert refusal(env, await alice.context_menu(chat, "Read aloud", message)) == IN_NO_CALL


@pytest.mark.parametrize(("command", "options"), CALLING)
@pytest.mark.parametrize(
    ("denied", "missing"),
    [
        ("view_channel", "View Channel"),
        ("connect", "Connect"),
        ("speak", "Speak"),
    ],
)
async def test_a_missing_permission_is_named(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    caller: MemberActor,
    calls: list[FakePresence],
    command: str,
    options: dict[str, str],
    denied: str,
    missing: str,
) -> None:
    await _deny(env, bot, lounge, **{denied: False})
    sentence = refusal(env, await caller.slash(chat, command, **options))
    # Whatever the missing one takes along may be named after it.
    assert sentence.startswith(f"I need the permission {missing}")
    assert sentence.endswith(f" in {lounge.mention}. Ask a moderator to grant it.")
    assert not calls


@pytest.mark.parametrize(("command", "options"), CALLING)
async def test_a_full_channel_is_said_to_be_full(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    calls: list[FakePresence],
    command: str,
    options: dict[str, str],
) -> None:
    booth = guild.create_voice_channel("booth", user_limit=1)
    await alice.join_voice(booth)
    await _deny(env, bot, booth, move_members=False)
    sentence = refusal(env, await alice.slash(chat, command, **options))
    assert sentence == (
        f"{booth.mention} is full. Make room for me, or ask a moderator to raise its limit."
    )
    assert not calls


async def test_the_bot_stays_with_the_people_it_reads_to(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    den: ChannelHandle,
    caller: MemberActor,
    calls: list[FakePresence],
) -> None:
    await bot.sessions.join(_channel(bot, den))
    sentence = refusal(env, await caller.slash(chat, "say", text="Over here"))
    assert (
        sentence
        == f"I am reading in {den.mention}. Join me there, or ask somebody in it to send me."
    )
    assert [call.has_left for call in calls] == [False]


AWAY = [pytest.param("leave", False, id="leave"), pytest.param("join", True, id="join elsewhere")]


@pytest.fixture
async def others_call(bot: Bot, den: ChannelHandle, calls: list[FakePresence]) -> FakePresence:
    """The bot, where somebody listens."""
    await bot.sessions.join(_channel(bot, den))
    return calls[0]


@pytest.mark.parametrize(("command", "goes_elsewhere"), AWAY)
async def test_nobody_takes_the_bot_out_of_a_call_they_are_not_in(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    den: ChannelHandle,
    caller: MemberActor,
    others_call: FakePresence,
    command: str,
    goes_elsewhere: bool,
) -> None:
    options = {"channel": lounge} if goes_elsewhere else {}
    sentence = refusal(env, await caller.slash(chat, command, **options))
    assert den.mention in sentence
    assert others_call.channel_id == den.id


@pytest.mark.parametrize(("command", "goes_elsewhere"), AWAY)
@pytest.mark.parametrize("who", ["a listener", "a moderator", "anybody where nobody is left"])
async def test_who_may_take_the_bot_out_of_a_call_does(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    den: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    others_call: FakePresence,
    command: str,
    goes_elsewhere: bool,
    who: str,
) -> None:
    match who:
        case "a listener":
            actor = bob
        case "a moderator":
            actor = member_with(env, guild, mute_members=True)
        case _:
            actor = alice
            await bob.leave_voice()
    options = {"channel": lounge} if goes_elsewhere else {}
    answered = private_answer(env, await actor.slash(chat, command, **options))
    assert answered.startswith("I am in" if goes_elsewhere else "I left")
    assert others_call.channel_id == (lounge.id if goes_elsewhere else None)


async def test_nobody_calls_the_bot_where_they_may_not_go(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    calls: list[FakePresence],
) -> None:
    channel = _channel(bot, lounge)
    await channel.set_permissions(channel.guild.me, view_channel=True, connect=True, speak=True)
    await channel.set_permissions(channel.guild.default_role, connect=False)
    await env.settle()
    sentence = refusal(env, await alice.slash(chat, "join", channel=lounge))
    assert sentence == (
        f"You may not go into {lounge.mention} yourself. Call me into one where you may."
    )
    assert not calls


@pytest.mark.parametrize("command", ["leave", "skip", "stop", "pause", "resume", "queue"])
async def test_in_no_call_there_is_nothing_to_end(
    env: Env, chat: ChannelHandle, caller: MemberActor, command: str
) -> None:
    assert refusal(env, await caller.slash(chat, command)) == BOT_IN_NO_CALL


@pytest.mark.parametrize("command", ["skip", "stop"])
async def test_in_silence_there_is_nothing_to_end(
    env: Env, chat: ChannelHandle, caller: MemberActor, session: VoiceSession, command: str
) -> None:
    assert refusal(env, await caller.slash(chat, command)) == NOTHING_SAID


async def test_join_into_the_call_it_is_in_says_where_it_is(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
) -> None:
    sentence = private_answer(env, await alice.slash(chat, "join", channel=lounge))
    assert sentence == f"I am in {lounge.mention}. I read its chat aloud; /say speaks, too."
    assert len(calls) == 1


async def test_leave_ends_the_call(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
) -> None:
    assert private_answer(env, await caller.slash(chat, "leave")) == "I left the voice channel."
    assert [call.has_left for call in calls] == [True]


async def test_say_names_who_speaks_and_is_heard(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
) -> None:
    result = await caller.slash(chat, "say", text="Hello there", voice="serena")
    assert private_answer(env, result) == "Speaking as Serena."
    assert calls[0].speech


async def test_read_aloud_says_what_the_message_says(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    message = await bob.send(chat, "Dinner is ready")
    result = await caller.context_menu(chat, "Read aloud", message)
    assert private_answer(env, result) == "Speaking as Cherry."
    assert synthesizer.requests == ["Dinner is ready"]


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "Cherry says it after 1 other message."),
        (2, "Cherry says it after 2 other messages."),
    ],
)
async def test_say_tells_how_many_are_before_it(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    count: int,
    sentence: str,
) -> None:
    gate = synthesizer.hold("first")
    for number in range(count):
        session.enqueue(utterance("first", speaker_id=number))
    saying = asyncio.create_task(caller.slash(chat, "say", text="second"))
    await _until_said(env, sentence)
    gate.set()
    assert private_answer(env, await saying) == sentence
    assert synthesizer.requests[-1] == "second"


async def test_a_full_queue_says_how_many_wait(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.hold("never ending")
    session.enqueue(utterance("never ending"))
    await synthesizer.was_asked.wait()
    for number in range(Room().waiting):
        session.enqueue(utterance("never ending", speaker_id=number))
    sentence = refusal(env, await caller.slash(chat, "say", text="Me too"))
    assert sentence == ("10 messages are waiting already. Try again when a few have been spoken.")


async def test_a_member_with_three_waiting_is_told_what_to_do(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.hold("never ending")
    session.enqueue(utterance("never ending"))
    await synthesizer.was_asked.wait()
    for _ in range(Room().each):
        session.enqueue(utterance("never ending", speaker_id=caller.id))
    sentence = refusal(env, await caller.slash(chat, "say", text="Me too"))
    assert sentence == (
        "3 messages of yours are waiting already. "
        "Wait until one has been spoken, or take one back with /queue."
    )


async def test_who_does_not_wait_for_an_answer_is_given_one(
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
    env: Env,
) -> None:
    synthesizer.hold("never ending")
    session.enqueue(utterance("never ending"))
    await synthesizer.was_asked.wait()
    for _ in range(Room().each):
        session.enqueue(utterance("never ending", speaker_id=caller.id))
    results = [await caller.slash(chat, "say", text="Me too") for _ in range(5)]
    assert [len(messages(result)) for result in results] == [1, 0, 0, 0, 0]
    assert all(result.acknowledged for result in results)
    assert len(env.errors) == 1


async def test_a_failed_say_tells_its_speaker_and_the_next_is_heard(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.frames = 0
    synthesizer.error = ProviderError("down", fault=ProviderFault.UNAVAILABLE, retryable=True)
    sentence = refusal(env, await caller.slash(chat, "say", text="Hello"))
    assert sentence == "The speech service is out of order. Try again in a few minutes."
    synthesizer.frames, synthesizer.error = 5, None
    result = await caller.slash(chat, "say", text="Hello again")
    assert private_answer(env, result) == "Speaking as Cherry."
    assert calls[0].speech


async def test_a_say_that_breaks_off_is_told_after_it_began(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.error = ProviderError("cut", fault=ProviderFault.TRUNCATED, retryable=True)
    result = await caller.slash(chat, "say", text="Hello")
    assert env.errors
    assert [message.ephemeral for message in messages(result)] == [True, True]
    assert [message.content for message in messages(result)] == [
        "Speaking as Cherry.",
        "The speech service broke off. Try again in a moment.",
    ]


@pytest.mark.parametrize("count", [0, 1])
async def test_a_say_that_has_to_wait_says_for_what(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    count: int,
) -> None:
    for _ in range(count):
        session.enqueue(utterance("before it"))
    session.pause()
    saying = asyncio.create_task(caller.slash(chat, "say", text="Hello"))
    queued = "Cherry says it after 1 other message. " * count
    await _until_said(env, f"{queued}I am paused. /resume lets me go on.")
    session.resume()
    private_answer(env, await saying)


async def test_a_say_while_the_call_is_lost_is_said_once_it_is_back(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
) -> None:
    calls[0].lose()
    saying = asyncio.create_task(caller.slash(chat, "say", text="Hello"))
    await _until_said(env, "I am getting back into the call, then I say it.")
    assert not calls[0].speech
    calls[0].come_back()
    private_answer(env, await saying)
    assert calls[0].speech


async def test_what_is_dropped_with_the_call_is_told_to_its_speaker(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    saying = await begin_to_say(synthesizer, caller, chat)
    await bot.sessions.leave(session.guild_id)
    assert refusal(env, await saying) == "I was sent out of the voice channel."


async def test_a_speaker_learns_who_skipped_them(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    saying = await begin_to_say(synthesizer, caller, chat)
    session.skip(session.turns[0], by=bob.id)
    assert private_answer(env, await saying) == f"Skipped by {bob.mention}."


async def test_a_speaker_learns_that_the_call_voted(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    bob: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    saying = await begin_to_say(synthesizer, caller, chat)
    session.turns[0].votes.add(bob.id)
    session.skip(session.turns[0], by=bob.id)
    assert private_answer(env, await saying) == "Skipped because the call voted for it."


async def test_who_skips_themselves_before_a_word_is_answered(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    saying = await begin_to_say(synthesizer, caller, chat)
    session.skip(session.turns[0], by=caller.id)
    assert private_answer(env, await saying) == "Skipped before it was spoken."


async def test_who_skips_themselves_mid_word_hears_no_more_of_it(
    env: Env,
    chat: ChannelHandle,
    caller: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.frames = 500
    saying = asyncio.create_task(caller.slash(chat, "say", text="Hello"))
    await _until_said(env, "Speaking as Cherry.")
    session.skip(session.turns[0], by=caller.id)
    assert private_answer(env, await saying) == "Speaking as Cherry."


@pytest.mark.parametrize("command", ["say", "join"])
async def test_notices_go_where_the_bot_was_called(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    caller: MemberActor,
    calls: list[FakePresence],
    command: str,
) -> None:
    await caller.slash(chat, command, **({"text": "Hello"} if command == "say" else {}))
    session = bot.sessions.get(guild.id)
    assert session is not None
    assert session.home_id == chat.id


async def test_being_removed_from_a_server_ends_its_call(
    env: Env, guild: GuildHandle, session: VoiceSession, calls: list[FakePresence]
) -> None:
    env.backend.remove_guild(guild.id)
    await env.settle()
    assert [call.has_left for call in calls] == [True]
