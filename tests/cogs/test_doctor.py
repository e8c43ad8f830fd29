"""`/doctor` in the states a call gets into: what it says, to whom, and what it costs nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.voice.condition import Condition
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer
from tests.cogs.diagnosis import heading, lines, set_permission
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.panels import EPHEMERAL, assert_fits, buttons, panel_of, text
from tests.voice.fakes import utterance

FLASH = "qwen3-tts-flash"


def set_voice(
    env: Env, guild: GuildHandle, user_id: int, channel: ChannelHandle, **flags: bool
) -> None:
    env.backend.set_voice_state(guild.id, user_id, channel.id, **flags)


class TestWell:
    async def test_whoever_listens_is_told_that_all_is_well(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        await alice.join_voice(lounge)
        await alice.slash(chat, "say", text="Hello")
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel) == (
            "All is well",
            "If you hear nothing, look at my volume: right-click or long-press me in the call.",
        )
        found = lines(panel)
        assert found.pop("Discord").startswith("OK. It answers me in ")
        assert found.pop("Speech service").startswith(
            f"OK. I speak as **Cherry**, with the model {FLASH}. Lately I began after 0."
        )
        assert found == {
            "Voice channel": f"OK. I am in {lounge.mention}, encrypted end to end, its server "
            "answers in 20 ms.",
            "Permission to speak": f"OK. {lounge.mention}: I may come and speak.",
            "What waits": "OK. Nothing.",
            "You": f"OK. You are in {lounge.mention}, and not deafened.",
            "Characters of today": "OK. There is no daily limit.",
            "Last texts": "OK. 1 spoken, 0 skipped, 0 dropped.",
            "Settings": "OK. What is changed now is saved.",
            "Reading aloud": f"OK. I read {lounge.mention}.",
        }
        assert_fits(panel)

    async def test_nothing_is_asked_of_the_speech_service(
        self,
        chat: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        panel = panel_of(await alice.slash(chat, "doctor"))
        await alice.click(panel, label="Check again")
        assert not synthesizer.asked

    async def test_it_points_to_what_became_of_a_single_message(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        panel = panel_of(await alice.slash(chat, "doctor"))
        read = env.backend.find_command("read", None)["id"]
        assert text(panel).splitlines()[-1] == (
            f"What became of a single message: </read why:{read}>"
        )


class TestCall:
    async def test_who_is_in_no_call_with_nobody_is_told_to_join_one(
        self, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel) == ("1 problem", "Join one, then call me with /join.")
        assert lines(panel)["Voice channel"].startswith("problem. I am in none.")

    async def test_what_is_missing_in_the_call_of_whoever_asks_is_named(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
    ) -> None:
        await alice.join_voice(lounge)
        set_permission(env, guild, lounge, of_bot=True, connect=True)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel)[0] == "2 problems"
        assert lines(panel)["Permission to speak"].startswith(
            f"problem. {lounge.mention}: I need the permission"
        )
        set_permission(env, guild, lounge, of_bot=True)
        await alice.click(panel, label="Check again")
        assert heading(panel) == ("1 problem", f"Call me into {lounge.mention} with /join.")

    async def test_in_another_call_nobody_hears_it(
        self,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        attic = guild.create_voice_channel("attic")
        await alice.join_voice(attic)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["You"] == (
            f"problem. You are in {attic.mention}, and I am in {lounge.mention}. Come to me, or "
            "call me over with /join."
        )

    async def test_a_pause_and_what_waits_for_its_end_are_told(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        await alice.join_voice(lounge)
        session.pause()
        session.enqueue(utterance("Hello"))
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel) == ("1 problem", "I am paused. /resume lets me go on.")
        assert lines(panel)["What waits"] == (
            "problem. 1 text is being said or waits. I am paused. /resume lets me go on."
        )

    @pytest.mark.parametrize(
        ("flags", "sentence"),
        [
            ({"mute": True}, "A moderator has muted me in {channel}."),
            ({"suppress": True}, "Discord lets nobody hear me in {channel}."),
        ],
        ids=["muted", "suppressed"],
    )
    async def test_a_silenced_bot_says_by_whom(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        calls: list[FakePresence],
        flags: dict[str, bool],
        sentence: str,
    ) -> None:
        await alice.join_voice(lounge)
        assert bot.user
        set_voice(env, guild, bot.user.id, lounge, **flags)
        calls[0].is_silenced = True
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel)[0] == "1 problem"
        said = lines(panel)["Permission to speak"]
        assert said.startswith("problem. " + sentence.format(channel=lounge.mention))

    async def test_on_a_stage_it_asks_to_be_invited(
        self,
        guild: GuildHandle,
        bot: Bot,
        chat: ChannelHandle,
        alice: MemberActor,
        calls: list[FakePresence],
    ) -> None:
        stage = guild.create_stage_channel("stage")
        await alice.join_voice(stage)
        await bot.sessions.join(bot.get_channel(stage.id))
        calls[0].is_silenced = True
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel)[1] == "Ask a moderator to invite me to speak."

    @pytest.mark.parametrize(
        ("flags", "sentence"),
        [
            ({"self_deaf": True}, "problem. You have deafened yourself."),
            ({"deaf": True, "self_deaf": True}, "problem. A moderator has deafened you."),
        ],
        ids=["by themselves", "by a moderator"],
    )
    async def test_whoever_is_deafened_learns_it(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        flags: dict[str, bool],
        sentence: str,
    ) -> None:
        set_voice(env, guild, alice.id, lounge, **flags)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["You"].startswith(sentence)

    async def test_a_lost_connection_and_one_without_encryption_are_told(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        calls: list[FakePresence],
    ) -> None:
        await alice.join_voice(lounge)
        calls[0].lose()
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["Voice channel"].startswith("problem. I lost the connection to ")
        calls[0].come_back()
        calls[0].condition = Condition(is_settled=False, is_encrypted=False)
        await alice.click(panel, label="Check again")
        assert lines(panel)["Voice channel"].startswith("problem. The end-to-end encryption of ")
        calls[0].condition = Condition(is_settled=True, is_encrypted=True)
        await alice.click(panel, label="Check again")
        assert heading(panel)[0] == "All is well"


class TestAsked:
    async def test_moderators_get_to_their_checklist(
        self, chat: ChannelHandle, alice: MemberActor, moderator: MemberActor
    ) -> None:
        assert list(buttons(panel_of(await alice.slash(chat, "doctor")))) == ["Check again"]
        panel = panel_of(await moderator.slash(chat, "doctor"))
        assert list(buttons(panel)) == ["Check again", "First steps"]
        await moderator.click(panel, label="First steps")
        assert text(panel).startswith("### First steps")

    async def test_the_checklist_stays_closed_to_those_who_may_not_see_it(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, moderator: MemberActor
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "doctor"))
        env.backend.get_message(panel.channel_id, panel.id).flags &= ~EPHEMERAL
        assert private_answer(env, await alice.click(panel, label="First steps")) == (
            "Only members with the permission Manage Server can do that."
        )

    async def test_it_works_after_a_restart(
        self, chat: ChannelHandle, alice: MemberActor, restart: Callable[[], Awaitable[None]]
    ) -> None:
        panel = panel_of(await alice.slash(chat, "doctor"))
        await restart()
        await alice.click(panel, label="Check again")
        assert heading(panel)[0] == "1 problem"

    async def test_it_is_not_offered_in_direct_messages(self, env: Env, alice: MemberActor) -> None:
        assert "doctor" not in alice.user.available_commands()
