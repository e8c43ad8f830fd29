"""`/skip`, `/stop`, `/pause`, `/resume`: who may cut off what, and how the others vote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot, Services
from bot.voice.playback import OPUS_SILENCE, SILENCE_FRAMES
from bot.voice.queue import Turn
from bot.voice.session import VoiceSession
from tests.cogs.answers import answer, messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.people import member_with
from tests.cogs.speaking import Speak, until
from tests.voice.fakes import utterance

HoldForth = Callable[..., Awaitable[list[Turn]]]

NOTHING_SAID = "Nothing is being said right now."
OVER = "That is over already. See what waits with /queue."


@pytest.fixture
async def people(
    env: Env, guild: GuildHandle, alice: MemberActor, bob: MemberActor, lounge: ChannelHandle
) -> list[MemberActor]:
    """Five members in the lounge; three of them are half."""
    others = [guild.add_member(env.create_user(name)) for name in ("carol", "dave", "eve")]
    members = [alice, bob, *others]
    for member in members:
        await member.join_voice(lounge)
    return members


@pytest.fixture
def outsider(env: Env, guild: GuildHandle) -> MemberActor:
    return guild.add_member(env.create_user("oscar"))


@pytest.fixture
def hold_forth(speak: Speak) -> HoldForth:
    """Let each of some members say something that never ends."""
    return lambda *speakers: speak(*((speaker, "never ending") for speaker in speakers))


def open_turns(session: VoiceSession) -> list[Turn]:
    return [turn for turn in session.turns if not turn.is_cut]


def question_of(result: Any) -> ResponseMessage:
    """Return the public message that asks for votes."""
    [message] = messages(result)
    assert not message.ephemeral
    return message


class TestSkip:
    """What is said now."""

    async def test_in_silence_there_is_nothing_to_skip(
        self, env: Env, chat: ChannelHandle, people: list[MemberActor], session: VoiceSession
    ) -> None:
        assert refusal(env, await people[0].slash(chat, "skip")) == NOTHING_SAID

    async def test_ones_own_speech_stops_mid_word(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        calls: list[FakePresence],
    ) -> None:
        synthesizer.frames = 500
        turn = session.enqueue(utterance("a long story", speaker_id=people[0].id))
        await turn.wait_until_started()
        assert private_answer(env, await people[0].slash(chat, "skip")) == "Skipped."
        outcome = await turn.wait_until_ended()
        assert outcome.ending == "skipped"
        assert outcome.skipped_by == people[0].id
        assert len(calls[0].speech) < 100

    async def test_what_comes_after_it_is_said(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        after = session.enqueue(utterance("the next", speaker_id=people[1].id))
        await people[0].slash(chat, "skip")
        assert (await turn.wait_until_ended()).ending == "skipped"
        assert (await after.wait_until_ended()).ending == "spoken"

    async def test_ones_own_speech_can_be_skipped_from_outside_the_call(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        outsider: MemberActor,
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        await hold_forth(outsider)
        assert private_answer(env, await outsider.slash(chat, "skip")) == "Skipped."
        assert not open_turns(session)

    @pytest.mark.parametrize("permission", ["move_members", "mute_members", "administrator"])
    @pytest.mark.parametrize("is_present", [True, False])
    async def test_a_moderator_of_the_channel_needs_no_vote(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
        permission: str,
        is_present: bool,
    ) -> None:
        await hold_forth(people[0])
        member = member_with(env, guild, **{permission: True})
        if is_present:
            await member.join_voice(lounge)
        assert private_answer(env, await member.slash(chat, "skip")) == "Skipped."
        assert not open_turns(session)

    async def test_who_moderates_another_channel_is_no_moderator_here(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        permissions = discord.Permissions(mute_members=True, move_members=True, manage_guild=True)
        role = guild.create_role("Role", permissions=permissions)
        member = guild.add_member(env.create_user("mona"), roles=[role])
        channel = bot.get_channel(lounge.id)
        assert isinstance(channel, discord.VoiceChannel)
        await channel.set_permissions(
            channel.guild.get_role(role.id), mute_members=False, move_members=False
        )
        await env.settle()
        await hold_forth(people[0])
        sentence = refusal(env, await member.slash(chat, "skip"))
        assert sentence == f"Only people in {lounge.mention} can do that. Join it first."
        assert open_turns(session)

    async def test_of_two_people_one_is_half(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        hold_forth: HoldForth,
    ) -> None:
        await alice.join_voice(lounge)
        await bob.join_voice(lounge)
        [turn] = await hold_forth(alice)
        assert private_answer(env, await bob.slash(chat, "skip")) == "Skipped."
        assert (await turn.wait_until_ended()).skipped_by == bob.id

    async def test_only_those_in_the_call_may_skip_what_others_say(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        people: list[MemberActor],
        outsider: MemberActor,
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        sentence = refusal(env, await outsider.slash(chat, "skip"))
        assert sentence == f"Only people in {lounge.mention} can do that. Join it first."
        assert open_turns(session) == [turn]
        assert not turn.votes

    async def test_the_cut_does_not_wait_for_the_answer(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        env.inject_error("POST", "/interactions/*/callback", status=404, code=10_062)
        await people[0].slash(chat, "skip")
        assert env.errors
        assert turn.is_cut


class TestVote:
    """What others say goes when half of the call wants it to."""

    async def test_a_vote_asks_the_others_in_public(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        message = answer(env, await people[1].slash(chat, "skip"))
        assert message.content == f"Skip what {people[0].mention} says? 1 of 3 votes."
        assert not message.ephemeral
        assert open_turns(session) == [turn]

    async def test_presses_count_up_until_half_of_the_call_is_reached(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        alice, bob, carol, dave, _ = people
        [turn] = await hold_forth(alice)
        question = question_of(await bob.slash(chat, "skip"))
        await carol.click(question, label="Skip")
        assert question.content == f"Skip what {alice.mention} says? 2 of 3 votes."
        await dave.click(question, label="Skip")
        assert (await turn.wait_until_ended()).skipped_by == dave.id
        assert question.content == "Skipped."
        assert not question.components

    async def test_a_second_press_of_the_same_member_changes_nothing(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        for _ in range(3):
            await people[1].click(question, label="Skip")
        assert question.content == f"Skip what {people[0].mention} says? 1 of 3 votes."
        assert open_turns(session) == [turn]

    async def test_another_skip_adds_to_the_message_that_is_there(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        counted = private_answer(env, await people[2].slash(chat, "skip"))
        assert counted == "2 of 3 votes to skip."
        assert question.content == f"Skip what {people[0].mention} says? 2 of 3 votes."

    async def test_a_skip_that_is_enough_ends_the_message_too(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await people[2].slash(chat, "skip")
        assert private_answer(env, await people[3].slash(chat, "skip")) == "Skipped."
        await until(lambda: question.content == "Skipped.")
        assert not question.components

    async def test_the_speaker_may_end_the_vote(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await people[0].click(question, label="Skip")
        assert question.content == "Skipped."
        assert not open_turns(session)

    async def test_who_left_the_call_has_no_vote_any_more(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await people[2].leave_voice()
        told = private_answer(env, await people[2].click(question, label="Skip"))
        assert told == f"Only people in {lounge.mention} can do that. Join it first."
        await people[1].leave_voice()
        await people[3].click(question, label="Skip")
        assert question.content == f"Skip what {people[0].mention} says? 1 of 2 votes."
        assert open_turns(session) == [turn]

    async def test_a_message_nobody_needs_any_more_is_deleted(
        self,
        env: Env,
        chat: ChannelHandle,
        bob: MemberActor,
        people: list[MemberActor],
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        gate = synthesizer.hold("short")
        turn = session.enqueue(utterance("short", speaker_id=people[0].id))
        await bob.slash(chat, "skip")
        assert chat.history(viewer=bob)
        gate.set()
        await turn.wait_until_ended()
        await until(lambda: not chat.history(viewer=bob))

    async def test_a_message_that_somebody_deleted_keeps_nobody_from_voting(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        [turn] = await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await env.bot.get_channel(chat.id).get_partial_message(question.id).delete()
        await people[2].slash(chat, "skip")
        await people[3].slash(chat, "skip")
        assert (await turn.wait_until_ended()).ending == "skipped"

    async def test_a_button_left_behind_says_that_it_is_over(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        env.inject_error("PATCH", "/webhooks/*", status=404, code=10_008)
        [turn, after] = await hold_forth(people[0], people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        session.skip(turn, by=people[0].id)
        await turn.wait_until_ended()
        assert private_answer(env, await people[2].click(question, label="Skip")) == OVER
        assert open_turns(session) == [after]

    async def test_a_button_of_another_process_says_that_it_is_over(
        self,
        env: Env,
        chat: ChannelHandle,
        services: Services,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        turns = await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await env.restart_bot(Bot(services, shard_count=1))
        told = private_answer(env, await people[2].click(question, label="Skip"))
        assert told == OVER
        assert open_turns(session) == turns

    async def test_a_button_of_a_call_that_is_over_says_so(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        env.inject_error("DELETE", "/webhooks/*", status=404, code=10_008)
        await hold_forth(people[0])
        question = question_of(await people[1].slash(chat, "skip"))
        await bot.sessions.leave(session.guild_id)
        told = private_answer(env, await people[2].click(question, label="Skip"))
        assert told == "I am in no voice channel. Call me with /join."


class TestStop:
    """Everything, or what is one's own."""

    async def test_a_moderator_stops_everything(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        people: list[MemberActor],
        hold_forth: HoldForth,
    ) -> None:
        turns = await hold_forth(*people)
        member = member_with(env, guild, mute_members=True)
        assert private_answer(env, await member.slash(chat, "stop")) == "Stopped 5 messages."
        endings = [await turn.wait_until_ended() for turn in turns]
        assert {(outcome.ending, outcome.skipped_by) for outcome in endings} == {
            ("skipped", member.id)
        }

    async def test_who_listens_alone_stops_everything(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        await alice.join_voice(lounge)
        await hold_forth(bob)
        assert private_answer(env, await alice.slash(chat, "stop")) == "Stopped 1 message."
        assert not open_turns(session)

    async def test_others_stop_only_what_is_theirs_and_learn_it(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        alice, bob, *_ = people
        turns = await hold_forth(alice, bob, alice)
        assert private_answer(env, await alice.slash(chat, "stop")) == (
            "Stopped 2 messages. What others say stays: only moderators can stop that."
        )
        assert open_turns(session) == [turns[1]]

    async def test_who_has_nothing_there_is_told_of_the_vote(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        turns = await hold_forth(people[0])
        assert refusal(env, await people[1].slash(chat, "stop")) == (
            "Only moderators can stop what others say. Vote to skip what is said now with /skip."
        )
        assert open_turns(session) == turns

    async def test_from_outside_the_call_only_ones_own_can_be_stopped(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        people: list[MemberActor],
        outsider: MemberActor,
        session: VoiceSession,
        hold_forth: HoldForth,
    ) -> None:
        await hold_forth(people[0], outsider)
        await outsider.slash(chat, "stop")
        assert [turn.utterance.speaker_id for turn in open_turns(session)] == [people[0].id]
        sentence = refusal(env, await outsider.slash(chat, "stop"))
        assert sentence == f"Only people in {lounge.mention} can do that. Join it first."

    async def test_in_silence_there_is_nothing_to_stop(
        self, env: Env, chat: ChannelHandle, people: list[MemberActor], session: VoiceSession
    ) -> None:
        assert refusal(env, await people[0].slash(chat, "stop")) == NOTHING_SAID


class TestPause:
    """Anyone in the call may make it wait, and go on."""

    async def test_a_pause_ends_with_resume(
        self, env: Env, chat: ChannelHandle, people: list[MemberActor], session: VoiceSession
    ) -> None:
        told = private_answer(env, await people[0].slash(chat, "pause"))
        assert told == "Paused. Let me go on with /resume."
        assert session.is_paused
        assert private_answer(env, await people[1].slash(chat, "resume")) == "I go on."
        assert not session.is_paused

    async def test_what_is_said_stops_at_a_pause_and_is_said_whole(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        calls: list[FakePresence],
    ) -> None:
        synthesizer.frames = 50
        turn = session.enqueue(utterance("one second", speaker_id=people[0].id))
        await turn.wait_until_started()
        await people[1].slash(chat, "pause")
        await until(lambda: calls[0].announcements == [True, False])
        said = len(calls[0].speech)
        assert said < synthesizer.frames
        assert calls[0].packets[said:] == [OPUS_SILENCE] * SILENCE_FRAMES
        await people[1].slash(chat, "resume")
        outcome = await turn.wait_until_ended()
        assert (outcome.ending, outcome.frames_sent) == ("spoken", outcome.frames_due)

    @pytest.mark.parametrize(
        ("command", "sentence"),
        [
            ("pause", "I am paused already. Let me go on with /resume."),
            ("resume", "I am not paused. Make me wait with /pause."),
        ],
    )
    async def test_what_is_so_already_is_said(
        self,
        env: Env,
        chat: ChannelHandle,
        people: list[MemberActor],
        session: VoiceSession,
        command: str,
        sentence: str,
    ) -> None:
        if command == "pause":
            session.pause()
        assert refusal(env, await people[0].slash(chat, command)) == sentence

    @pytest.mark.parametrize("command", ["pause", "resume"])
    async def test_only_those_in_the_call_may(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        outsider: MemberActor,
        session: VoiceSession,
        command: str,
    ) -> None:
        den = guild.create_voice_channel("den")
        await outsider.join_voice(den)
        sentence = refusal(env, await outsider.slash(chat, command))
        assert sentence == f"Only people in {lounge.mention} can do that. Join it first."
        assert not session.is_paused
