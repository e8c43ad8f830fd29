"""`/queue`: what it shows, what can be done with it, and how it keeps up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot, Services
from bot.voice.queue import Room
from bot.voice.session import VoiceSession
from cogs.views.queue import EDIT_INTERVAL_S, LIFETIME_S
from tests.cogs.answers import NOBODY, messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.speaking import Speak, until
from tests.voice.fakes import utterance

TEXT, BUTTON, MENU = 10, 2, 3  # Discord's component types
MAX_COMPONENTS = 40
MAX_TEXT = 4_000
SKIP = "Skip what is said now"
OVER = "That is over already. See what waits with /queue."


@pytest.fixture(autouse=True)
async def _in_the_lounge(alice: MemberActor, bob: MemberActor, lounge: ChannelHandle) -> None:
    await alice.join_voice(lounge)
    await bob.join_voice(lounge)


def components(node: Any) -> Iterator[dict[str, Any]]:
    for component in node:
        yield component
        yield from components(component.get("components", ()))


def shown(panel: ResponseMessage) -> list[str]:
    """Return the lines of a panel."""
    texts = [each["content"] for each in components(panel.components) if each["type"] == TEXT]
    return "\n".join(texts).splitlines()


def offered(panel: ResponseMessage) -> dict[str, str]:
    """Return the texts that can be taken back, and what choosing each sends."""
    menus = [each for each in components(panel.components) if each["type"] == MENU]
    return {option["label"]: option["value"] for menu in menus for option in menu["options"]}


def buttons(panel: ResponseMessage) -> list[str]:
    return [each["label"] for each in components(panel.components) if each["type"] == BUTTON]


def panel_of(result: InteractionResult) -> ResponseMessage:
    [message] = messages(result)
    assert message.ephemeral
    return message


def edits(env: Env) -> int:
    return sum(
        request.method == "PATCH" and request.path.endswith("/messages/@original")
        for request in env.http_requests
    )


class TestShown:
    """What a panel says."""

    async def test_silence_has_its_sentence_and_nothing_to_press(
        self, chat: ChannelHandle, lounge: ChannelHandle, alice: MemberActor, session: VoiceSession
    ) -> None:
        panel = panel_of(await alice.slash(chat, "queue"))
        assert shown(panel) == [
            f"### What I say in {lounge.mention}",
            "Nothing is being said, and nothing waits.",
        ]
        assert not buttons(panel)

    async def test_what_is_said_comes_first_then_what_waits_in_order(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        await speak((bob, "One"), (alice, "Two"), (bob, "Three"))
        panel = panel_of(await alice.slash(chat, "queue"))
        assert shown(panel) == [
            f"### What I say in {lounge.mention}",
            f"Now: {bob.mention}, with Cherry: One",
            f"1. {alice.mention}, with Cherry: Two",
            f"2. {bob.mention}, with Cherry: Three",
        ]
        assert buttons(panel) == [SKIP]
        sent = [request.json for request in env.http_requests if request.method == "POST"]
        assert sent[-1]["data"]["allowed_mentions"] == NOBODY

    async def test_a_pause_is_told(
        self, chat: ChannelHandle, alice: MemberActor, session: VoiceSession
    ) -> None:
        session.pause()
        panel = panel_of(await alice.slash(chat, "queue"))
        assert shown(panel)[1] == "Paused. Go on with /resume."

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("**loud** _and_ `code` ||x||", r"\*\*loud\*\* \_and\_ \`code\` \|\|x\|\|"),
            ("[free](https://evil.example)", r"[free]\(https:\//evil.example)"),
            ("two\nlines\n# and a title", "two lines # and a title"),
            ("@everyone <@&1>", r"\@everyone \<@&1>"),
            ("x" * 80, "x" * 80),
            ("x" * 81, "x" * 79 + "…"),
            ("word " * 40, ("word " * 16)[:79].rstrip() + "…"),
        ],
        ids=["markdown", "link", "lines", "mentions", "80", "81", "words"],
    )
    async def test_texts_are_shown_as_they_were_written_and_cut(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        speak: Speak,
        text: str,
        line: str,
    ) -> None:
        await speak((alice, text))
        panel = panel_of(await alice.slash(chat, "queue"))
        assert shown(panel)[1] == f"Now: {alice.mention}, with Cherry: {line}"

    async def test_a_text_in_pieces_is_one_text(
        self, chat: ChannelHandle, alice: MemberActor, session: VoiceSession
    ) -> None:
        session.enqueue(utterance("First piece.", "Second piece.", speaker_id=alice.id))
        panel = panel_of(await alice.slash(chat, "queue"))
        assert shown(panel)[1].endswith(": First piece. Second piece.")

    async def test_a_full_queue_stays_within_what_discord_takes(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        synthesizer.frames = 500
        for number in (100, 101):  # one sounds, one is being made
            session.enqueue(utterance(str(number), speaker_id=number))
        await until(lambda: synthesizer.requests == ["100", "101"])
        for number in range(Room().waiting):
            speaker_id = alice.id if number < Room().each else number
            session.enqueue(utterance(f"{number:02}" + "*" * 200, speaker_id=speaker_id))
        panel = panel_of(await alice.slash(chat, "queue"))
        lines = shown(panel)
        assert lines[-1] == "and 1 more"
        assert len("\n".join(lines)) <= MAX_TEXT
        assert len(list(components(panel.components))) <= MAX_COMPONENTS
        assert len(offered(panel)) == Room().each

    async def test_only_those_in_the_call_may_look(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        session: VoiceSession,
    ) -> None:
        outsider = guild.add_member(env.create_user("oscar"))
        sentence = refusal(env, await outsider.slash(chat, "queue"))
        assert sentence == f"Only people in {lounge.mention} can do that. Join it first."

    async def test_moderators_of_the_channel_may_look_from_outside(
        self, env: Env, guild: GuildHandle, chat: ChannelHandle, session: VoiceSession
    ) -> None:
        role = guild.create_role("Role", permissions=discord.Permissions(mute_members=True))
        member = guild.add_member(env.create_user("mona"), roles=[role])
        assert shown(panel_of(await member.slash(chat, "queue")))


class TestPressed:
    """What can be done from a panel."""

    async def test_ones_own_can_be_taken_back_and_others_not(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        said = [(bob, "One"), (alice, "Mine"), (bob, "Three"), (alice, "Mine too")]
        [_, mine, _, _] = await speak(*said)
        panel = panel_of(await alice.slash(chat, "queue"))
        assert list(offered(panel)) == ["Mine", "Mine too"]
        await alice.select(panel, [offered(panel)["Mine"]])
        outcome = await mine.wait_until_ended()
        assert (outcome.ending, outcome.skipped_by) == ("skipped", alice.id)
        assert list(offered(panel)) == ["Mine too"]
        assert len(shown(panel)) == 4

    async def test_what_is_gone_cannot_be_taken_back(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        speak: Speak,
    ) -> None:
        [_, mine] = await speak((bob, "One"), (alice, "Mine"))
        env.inject_error("PATCH", "/webhooks/*", status=404, code=10_008)
        panel = panel_of(await alice.slash(chat, "queue"))
        session.skip(mine, by=bob.id)
        await mine.wait_until_ended()
        told = private_answer(env, await alice.select(panel, [str(mine.id)]))
        assert told == OVER

    async def test_a_forged_choice_takes_back_nothing_of_others(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        said = [(bob, "One"), (alice, "Mine"), (bob, "His")]
        [_, mine, his] = await speak(*said)
        panel = panel_of(await alice.slash(chat, "queue"))
        stored = env.backend.get_message(panel.channel_id, panel.id)
        for component in components(stored.components):
            for option in component.get("options", ()):
                option["value"] = str(his.id)
        told = private_answer(env, await alice.select(panel, [str(his.id)]))
        assert told == "Only who said that can take it back."
        assert not his.is_cut
        assert not mine.is_cut

    async def test_ones_own_speech_is_skipped_from_the_panel(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        [turn, _] = await speak((alice, "Mine"), (bob, "Next"))
        synthesizer.hold("Next")
        panel = panel_of(await alice.slash(chat, "queue"))
        await alice.click(panel, label=SKIP)
        assert (await turn.wait_until_ended()).skipped_by == alice.id
        assert shown(panel)[1] == f"Now: {bob.mention}, with Cherry: Next"

    async def test_what_others_say_is_voted_on_from_the_panel(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        carol = guild.add_member(env.create_user("carol"))
        await carol.join_voice(lounge)
        [turn] = await speak((alice, "Hers"))
        panel = panel_of(await bob.slash(chat, "queue"))
        [question] = messages(await bob.click(panel, label=SKIP))
        assert not question.ephemeral
        assert question.content == f"Skip what {alice.mention} says? 1 of 2 votes."
        told = private_answer(env, await bob.click(panel, label=SKIP))
        assert told == "1 of 2 votes to skip."
        await carol.click(question, label="Skip")
        assert (await turn.wait_until_ended()).skipped_by == carol.id

    async def test_the_button_means_what_was_said_when_it_was_shown(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        speak: Speak,
    ) -> None:
        [first, second] = await speak((alice, "First"), (alice, "Second"))
        synthesizer.hold("Second")
        env.inject_error("PATCH", "/webhooks/*", status=404, code=10_008)
        panel = panel_of(await alice.slash(chat, "queue"))
        session.skip(first, by=alice.id)
        await first.wait_until_ended()
        assert private_answer(env, await alice.click(panel, label=SKIP)) == OVER
        assert not second.is_cut

    async def test_who_left_the_call_votes_no_more(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        [turn] = await speak((alice, "Hers"))
        panel = panel_of(await bob.slash(chat, "queue"))
        await bob.leave_voice()
        told = private_answer(env, await bob.click(panel, label=SKIP))
        assert told == f"Only people in {lounge.mention} can do that. Join it first."
        assert not turn.is_cut

    async def test_a_panel_of_an_earlier_process_says_that_it_is_over(
        self,
        env: Env,
        chat: ChannelHandle,
        services: Services,
        alice: MemberActor,
        speak: Speak,
    ) -> None:
        [turn] = await speak((alice, "Mine"))
        panel = panel_of(await alice.slash(chat, "queue"))
        await env.restart_bot(Bot(services, shard_count=1))
        assert private_answer(env, await alice.click(panel, label=SKIP)) == OVER
        assert not turn.is_cut

    async def test_a_panel_of_a_call_that_is_over_says_so(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        speak: Speak,
    ) -> None:
        await speak((alice, "Mine"))
        env.inject_error("PATCH", "/webhooks/*", status=404, code=10_008)
        panel = panel_of(await alice.slash(chat, "queue"))
        await bot.sessions.leave(session.guild_id)
        told = private_answer(env, await alice.click(panel, label=SKIP))
        assert told == "I am in no voice channel. Call me with /join."


class TestKeptUp:
    """How a panel follows the queue."""

    async def test_a_change_is_shown_by_itself(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        panel = panel_of(await alice.slash(chat, "queue"))
        await speak((bob, "Something new"))
        await until(lambda: shown(panel)[1].endswith(": Something new"))

    async def test_many_changes_are_one_edit_in_a_while(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        speak: Speak,
    ) -> None:
        panel = panel_of(await alice.slash(chat, "queue"))
        await speak((bob, "0"))
        await until(lambda: edits(env) == 1)
        for number in range(1, 11):
            session.enqueue(utterance(str(number), speaker_id=number))
            await env.settle()
        assert edits(env) == 1
        await env.advance_time(EDIT_INTERVAL_S)
        await until(lambda: edits(env) == 2)
        assert shown(panel)[-1].endswith(": 10")

    async def test_what_changes_nothing_that_is_seen_is_not_sent(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, session: VoiceSession
    ) -> None:
        await alice.slash(chat, "queue")
        for _ in range(3):
            session.pause()
            session.resume()
            await env.advance_time(EDIT_INTERVAL_S)
        assert not edits(env)

    async def test_after_14_minutes_it_says_that_it_is_old(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        panel = panel_of(await alice.slash(chat, "queue"))
        await env.advance_time(LIFETIME_S)
        await until(lambda: edits(env) == 1)
        assert shown(panel) == ["This list is old. Ask for a new one with /queue."]
        await speak((bob, "Later"))
        await env.settle()
        assert edits(env) == 1

    async def test_it_ends_with_the_call(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        speak: Speak,
    ) -> None:
        await speak((alice, "Mine"))
        panel = panel_of(await alice.slash(chat, "queue"))
        await bot.sessions.leave(session.guild_id)
        await until(lambda: shown(panel) == ["That call is over."])
        assert not buttons(panel)

    async def test_who_leaves_the_call_sees_no_more_of_it(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        panel = panel_of(await alice.slash(chat, "queue"))
        await alice.leave_voice()
        await speak((bob, "Behind her back"))
        await until(lambda: shown(panel) == [f"You are not in {lounge.mention} any more."])

    async def test_a_new_panel_takes_the_place_of_the_old_one(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        speak: Speak,
    ) -> None:
        old = panel_of(await alice.slash(chat, "queue"))
        new = panel_of(await alice.slash(chat, "queue"))
        await speak((bob, "News"))
        await until(lambda: shown(new)[1].endswith(": News"))
        await env.settle()
        assert edits(env) == 1
        assert not buttons(old)

    async def test_a_panel_that_was_dismissed_is_left_alone(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        speak: Speak,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("INFO")
        env.inject_error("PATCH", "/webhooks/*", status=404, code=10_008)
        await alice.slash(chat, "queue")
        await speak((bob, "One"))
        await until(lambda: "a queue panel ends: NotFound" in caplog.text)
        session.enqueue(utterance("Two", speaker_id=bob.id))
        await env.advance_time(2 * EDIT_INTERVAL_S)
        assert edits(env) == 1
        assert not session._narrator._watchers[1:]
