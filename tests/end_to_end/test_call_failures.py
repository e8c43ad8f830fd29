"""Whatever is in the way of a call, the user reads one sentence in time, and the bot goes on."""

import time

import pytest

from bot.sandbox.discord.world.permissions import Permission
from tests.end_to_end.stage import SPEECH_S, Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

MAX_WAIT_S = 10.0


async def test_who_is_in_no_call_is_told_to_join_one(stage: Stage) -> None:
    await stage.loopback.speaker.leave_voice()

    answer = await stage.answer(await stage.say("Hello?"))

    assert answer.content == "You are not in a voice channel. Join one first, then try again."
    assert answer.is_ephemeral


@pytest.mark.parametrize(
    ("missing", "name"),
    [(Permission.CONNECT, "Connect"), (Permission.SPEAK, "Speak")],
)
async def test_a_missing_permission_is_named(stage: Stage, missing: Permission, name: str) -> None:
    world = stage.loopback
    world.voice_channel.set_overwrites(world.guild.bot, deny=missing)

    answer = await stage.answer(await stage.say("May I?"))
    world.voice_channel.remove_overwrites(world.guild.bot.id)

    assert f"I need the permission {name} in {world.voice_channel.mention}" in answer.content
    await stage.assert_speaks()


async def test_a_full_channel_is_told_at_once(stage: Stage) -> None:
    world = stage.loopback
    cabin = world.guild.add_voice_channel("Cabin", user_limit=1)
    await world.speaker.leave_voice()
    await world.speaker.join_voice(cabin)

    answer = await stage.answer(await stage.say("Is there room?"))
    await world.speaker.leave_voice()
    await world.speaker.join_voice(world.voice_channel)

    assert answer.content.startswith(f"{cabin.mention} is full.")
    await stage.assert_speaks()


async def test_a_voice_server_that_never_answers_is_told_within_10_s(stage: Stage) -> None:
    world = stage.loopback
    world.discord.voice.faults.is_endpoint_silent = True
    began = time.monotonic()

    answer = await stage.answer(await stage.say("Hello?"))
    waited_s = time.monotonic() - began
    world.discord.voice.faults.is_endpoint_silent = False

    assert "did not let me into" in answer.content
    assert waited_s < MAX_WAIT_S
    await stage.assert_speaks()


async def test_people_in_a_call_keep_the_bot_until_one_of_them_sends_it(stage: Stage) -> None:
    world = stage.loopback
    await stage.answer(await world.listener.slash("join"))
    elsewhere = next(
        channel for channel in world.guild.channels.values() if channel.name == "Quiet room"
    )
    await world.speaker.leave_voice()
    await world.speaker.join_voice(elsewhere)

    refused = [
        await stage.answer(await stage.say("Come here!")),
        await stage.answer(await world.speaker.slash("join")),
    ]
    moved = await stage.answer(await world.listener.slash("join", {"channel": elsewhere}))
    await world.speaker.leave_voice()

    for answer in refused:
        assert answer.content.startswith(f"I am reading in {world.voice_channel.mention}.")
    assert elsewhere.mention in moved.content


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"text": "Hello", "voice": "Nobody at all"}, "has no such voice"),
        ({"text": "Hello", "style": "sad"}, "does not follow a style"),
        ({"text": "?!…"}, "There is nothing to say"),
    ],
)
async def test_a_wrong_wish_is_told_before_anything_is_asked_of_the_endpoint(
    stage: Stage, options: dict[str, str], sentence: str
) -> None:
    before = len(stage.loopback.qwen.requests)

    used = await stage.loopback.speaker.slash("say", options)
    answer = await stage.answer(used)

    assert sentence in answer.content
    assert len(stage.loopback.qwen.requests) == before


async def test_a_kick_is_not_answered_by_coming_back(stage: Stage) -> None:
    world = stage.loopback
    spoken = await stage.say("This is going to be cut off by a moderator. " * 4)
    await stage.hear()

    await world.moderator.kick_from_voice(world.guild.bot)
    (followup,) = await spoken.wait_for_followups(1, timeout_s=SPEECH_S)

    assert followup.content.endswith(
        "I was disconnected from the voice channel. Call me back with /join."
    )
    assert world.guild.bot.voice is None
    await stage.assert_speaks()


async def test_on_a_stage_the_bot_speaks_only_where_it_may(stage: Stage) -> None:
    world = stage.loopback
    platform = world.guild.add_stage_channel("Bandstand")
    for member in (world.speaker, world.listener):
        await member.leave_voice()
        await member.join_voice(platform)

    refused = await stage.answer(await stage.say("May I speak here?"))
    before = world.guild.bot.permissions
    world.guild.set_bot_permissions(before | Permission.MUTE_MEMBERS)
    stage.since_ns = time.monotonic_ns()
    await stage.say("Now I may.")
    heard = await stage.hear_out()
    world.guild.set_bot_permissions(before)
    for member in (world.speaker, world.listener):
        await member.leave_voice()

    assert refused.content.startswith(f"Only speakers are heard in {platform.mention}.")
    assert find(expected("Now I may."), stage.heard_samples(heard))[1] > 0.9
