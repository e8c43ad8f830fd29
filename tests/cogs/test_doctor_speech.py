"""`/doctor` where speech fails, costs too much or is not wanted, and nothing can be saved."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.errors import ProviderError, ProviderFault
from bot.models import Origin, SpeechRequest, Voice, VoiceSettings
from bot.policy.budget import Budgets
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.kinds import Hours
from bot.storage.app_state import AppStateRepository
from bot.storage.database import Database
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.synthesizer import Synthesizer
from bot.voice.session import VoiceSession
from cogs._diagnosis.examination import look_at_keeping
from cogs._diagnosis.facts import Keeping
from tests.cogs.diagnosis import heading, lines, set_permission
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.panels import panel_of, text

REFUSED = ProviderError("refused", fault=ProviderFault.REFUSED_CONTENT, retryable=False)
DOWN = ProviderError("down", fault=ProviderFault.UNAVAILABLE, retryable=False)
FLASH = "qwen3-tts-flash"


@pytest.fixture
def speaker(synthesizer: AttentiveSynthesizer, breaker: Breaker) -> Synthesizer:
    return GuardedSynthesizer(synthesizer, breaker)


class TestSpeech:
    async def test_a_service_that_is_left_alone_is_told_until_it_is_back(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        env: Env,
    ) -> None:
        await alice.join_voice(lounge)
        synthesizer.frames, synthesizer.error = 0, DOWN
        for number in range(5):
            await alice.slash(chat, "say", text=f"Hello {number}")
        env.errors.clear()
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel)[0] == "2 problems"
        found = lines(panel)
        assert found["Speech service"].startswith(
            "problem. The speech service is out of order. Try again in a few minutes. "
            "I leave it alone and try it again <t:"
        )
        assert found["Last texts"] == (
            "problem. 0 spoken, 0 skipped, 5 dropped. The last was dropped: The speech service is "
            "out of order. Try again in a few minutes."
        )

    async def test_what_it_refuses_of_one_member_is_no_problem_of_another(
        self,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        env: Env,
    ) -> None:
        await alice.join_voice(lounge)
        await bob.join_voice(lounge)
        await alice.slash(chat, "say", text="Hello")
        synthesizer.frames, synthesizer.error = 0, REFUSED
        await bob.slash(chat, "say", text="Unspeakable")
        env.errors.clear()
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert "problem" not in heading(panel)[0]
        assert lines(panel)["Last texts"] == (
            "OK. 1 spoken, 0 skipped, 1 dropped. Most often lately: It concerned that text alone."
        )

    async def test_a_failure_is_a_problem_no_longer_than_ten_minutes(
        self,
        bot: Bot,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
        synthesizer: AttentiveSynthesizer,
        env: Env,
    ) -> None:
        await alice.join_voice(lounge)
        synthesizer.frames, synthesizer.error = 0, DOWN
        await alice.slash(chat, "say", text="Hello")
        env.errors.clear()
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["Last texts"].startswith("problem. ")
        clock = bot.sessions.ledger.clock
        bot.sessions.ledger.clock = lambda: clock() + 600.0
        await alice.click(panel, label="Check again")
        assert lines(panel)["Last texts"] == "OK. 0 spoken, 0 skipped, 1 dropped."

    async def test_what_happens_in_other_servers_is_not_told(
        self,
        bot: Bot,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        await alice.join_voice(lounge)
        await alice.slash(chat, "say", text="Hello")
        elsewhere = env.create_guild("Elsewhere")
        hall = elsewhere.create_text_channel("hall")
        bob = elsewhere.add_member(env.create_user("bobby"))
        panel = panel_of(await bob.slash(hall, "doctor"))
        found = lines(panel)
        assert found["Last texts"] == "unknown. None since my start."
        assert found["Voice channel"].startswith("problem. I am in none.")
        assert str(lounge.id) not in text(panel)

    @pytest.mark.parametrize("defaults", [VoiceSettings(model="gone-tts")])
    async def test_where_nobody_can_speak_it_says_so(
        self, chat: ChannelHandle, alice: MemberActor, defaults: VoiceSettings
    ) -> None:
        said = lines(panel_of(await alice.slash(chat, "doctor")))["Speech service"]
        assert said.startswith("problem. There is no such speech model.")
        assert said.endswith("Moderators choose another voice with /server voice.")


class TestBudget:
    @pytest.fixture
    def budgets(self) -> Budgets:
        return Budgets(guild_day=100)

    async def test_what_is_left_is_told_and_that_nothing_is(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        await alice.join_voice(lounge)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["Characters of today"] == "OK. 100 of 100 are left here."
        origin = Origin(guild.id, alice.id)
        await bot.usage.charge(SpeechRequest("x" * 100, FLASH, Voice("Cherry"), origin=origin))
        await alice.click(panel, label="Check again")
        title, step = heading(panel)
        assert title == "1 problem"
        assert step.startswith("This server has used up its characters of today.")


class TestReading:
    async def test_quiet_hours_are_told_while_they_are_in_force(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        await alice.join_voice(lounge)
        now = datetime.now(UTC)
        start, end = ((now + timedelta(hours=hours)).time() for hours in (-1, 1))
        hours = Hours(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
        quiet = GuildSettings(quiet_hours=hours)
        await bot.settings.change_guild(guild.id, lambda _: quiet, by=1)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert heading(panel)[0] == "It works, with limits"
        assert lines(panel)["Reading aloud"].startswith(
            f"limited. I read {lounge.mention}. Not now: the quiet hours are {hours} (UTC)."
        )
        later = GuildSettings(quiet_hours=Hours(hours.end, hours.start))
        await bot.settings.change_guild(guild.id, lambda _: later, by=1)
        await alice.click(panel, label="Check again")
        assert heading(panel)[0] == "All is well"

    async def test_channels_are_named_to_those_alone_who_can_see_them(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        secret, elsewhere = guild.create_text_channel("a"), guild.create_text_channel("b")
        attic = guild.create_voice_channel("attic")
        read = ChannelSettings(is_read=True)
        for channel, settings in (
            (chat, read),
            (secret, read),
            (elsewhere, replace(read, voice_channel_id=attic.id)),
            (lounge, ChannelSettings(is_read=False)),
        ):
            await bot.settings.change_channel(
                guild.id, channel.id, lambda _, settings=settings: settings, by=1
            )
        set_permission(env, guild, secret, of_bot=False, view_channel=True)
        panel = panel_of(await alice.slash(chat, "doctor"))
        assert lines(panel)["Reading aloud"] == f"OK. I read {chat.mention}."
        assert str(secret.id) not in text(panel)

    async def test_a_channel_that_it_cannot_see_is_told(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        session: VoiceSession,
    ) -> None:
        team = guild.create_text_channel("team")
        read = ChannelSettings(is_read=True)
        await bot.settings.change_channel(guild.id, team.id, lambda _: read, by=1)
        set_permission(env, guild, team, of_bot=True, view_channel=True)
        said = lines(panel_of(await alice.slash(chat, "doctor")))["Reading aloud"]
        assert f"{team.mention}: I need the permission View Channel." in said

    async def test_without_the_intent_it_hears_commands_alone(
        self, bot: Bot, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        bot.reading.reads_content = False
        said = lines(panel_of(await alice.slash(chat, "doctor")))["Reading aloud"]
        assert said.startswith("limited. Discord does not show me what people write")


class TestDatabase:
    async def test_one_that_takes_no_changes_is_told(
        self, chat: ChannelHandle, alice: MemberActor, database_url: str
    ) -> None:
        with closing(sqlite3.connect(database_url.partition("///")[2])) as connection:
            connection.execute("DROP TABLE app_state")
        said = lines(panel_of(await alice.slash(chat, "doctor")))["Settings"]
        assert said.startswith("limited. The database takes no changes right now.")

    async def test_one_that_does_not_answer_is_not_waited_for(
        self, database: Database, database_url: str
    ) -> None:
        state = AppStateRepository(database)
        with closing(sqlite3.connect(database_url.partition("///")[2])) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            assert await look_at_keeping(state, 0.05) is Keeping.SLOW
        assert await look_at_keeping(state) is Keeping.KEPT
