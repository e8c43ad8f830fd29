"""`/setup`: what is there, what is missing, what to press next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot
from bot.errors import ProviderError, ProviderFault
from bot.models import VoiceSettings
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberSettings
from bot.voice.gateway import Departure
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.panels import EPHEMERAL, assert_fits, buttons, panel_of, text
from tests.cogs.people import demote
from tests.cogs.speaking import until

NOT_ALLOWED = "Only members with the permission Manage Server can do that."
TEST = "Say a test sentence"
SENTENCE = "Hello, I am Cherry. This is how I sound."


async def read(bot: Bot, guild: GuildHandle, channel: ChannelHandle, **settings: int) -> None:
    chosen = ChannelSettings(is_read=True, **settings)
    await bot.settings.change_channel(guild.id, channel.id, lambda _: chosen, by=1)


def forbid(env: Env, guild: GuildHandle, *names: str) -> None:
    """Take permissions from the bot in every channel."""
    role = next(each for each in env.backend.get_guild(guild.id).roles.values() if each.managed)
    everyone = env.backend.get_guild(guild.id).roles[guild.id]
    for each in (role, everyone):
        permissions = discord.Permissions(each.permissions)
        permissions.update(**dict.fromkeys(names, False))
        env.backend.edit_role(guild.id, each.id, {"permissions": permissions.value})


def points(panel: ResponseMessage) -> list[str]:
    return [line for line in text(panel).splitlines() if line[0] in "✅❌➡"]


def step(panel: ResponseMessage) -> str:
    [line] = [each for each in text(panel).splitlines() if each.startswith("**Next:** ")]
    return line.removeprefix("**Next:** ")


class TestChecked:
    async def test_a_first_time_moderator_is_told_to_join_a_call(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert step(panel) == "Join a voice channel, then press **Say a test sentence**."
        assert points(panel) == [
            "➡️ Join a voice channel and press **Check again**: I look at what I may do there.",
            "✅ I read the chat of the voice channel I am in.",
            f"✅ {chat.mention}: I may write and post audio here.",
            "✅ Discord shows me what people write.",
            "✅ I speak as **Cherry**, with the model qwen3-tts-flash.",
        ]
        assert list(buttons(panel)) == [TEST, "Check again", "Voice and all settings"]
        assert_fits(panel)

    async def test_it_looks_at_every_channel_where_the_bot_is_wanted(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
    ) -> None:
        attic = guild.create_voice_channel("attic")
        stage = guild.create_stage_channel("stage")
        await read(bot, guild, chat, voice_channel_id=attic.id)
        await read(bot, guild, stage)
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert points(panel)[:5] == [
            f"✅ {lounge.mention}: I may come and speak.",
            f"✅ {attic.mention}: I may come and speak.",
            f"✅ {stage.mention}: I may come and speak.",
            f"✅ {chat.mention}: I read it aloud.",
            f"✅ {stage.mention}: I read it aloud.",
        ]
        assert step(panel) == "Everything is ready. Press **Say a test sentence**."

    @pytest.mark.parametrize(
        ("names", "told"),
        [
            (["connect", "speak"], "{lounge}: I need the permissions Connect, Speak."),
            (["speak"], "{lounge}: I need the permission Speak."),
            (["attach_files"], "{chat}: I need the permission Attach Files."),
            (
                ["send_messages"],
                "{chat}: I need the permissions Send Messages, Attach Files.",
            ),
        ],
        ids=["two", "one", "to post", "to write"],
    )
    async def test_what_is_missing_is_named_with_what_to_do(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        names: list[str],
        told: str,
    ) -> None:
        await moderator.join_voice(lounge)
        forbid(env, guild, *names)
        panel = panel_of(await moderator.slash(chat, "setup"))
        places = {"lounge": lounge.mention, "chat": chat.mention}
        assert f"❌ {told.format(**places)}" in points(panel)
        assert step(panel).startswith("Give me ")
        assert "under Permissions. Then press **Check again**." in step(panel)

    async def test_a_full_channel_takes_another_permission(
        self, env: Env, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        booth = guild.create_voice_channel("booth", user_limit=1)
        await moderator.join_voice(booth)
        forbid(env, guild, "move_members")
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert f"❌ {booth.mention}: I need the permission Move Members." in points(panel)

    async def test_what_was_mended_turns_green_in_place(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
    ) -> None:
        await bot.settings.change_guild(
            guild.id, lambda _: GuildSettings(reads_voice_chat=False), by=1
        )
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert "❌ I read no channel aloud." in points(panel)
        assert step(panel) == "Choose a text channel in the menu below."
        await read(bot, guild, chat)
        await moderator.click(panel, label="Check again")
        assert f"✅ {chat.mention}: I read it aloud." in points(panel)

    async def test_without_the_intent_it_says_what_still_works(
        self, env: Env, bot: Bot, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        bot.reading.reads_content = False
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert "❌ Discord does not show me what people write" in text(panel)
        assert step(panel).startswith("Ask the operator of the bot for the Message Content Intent")

    @pytest.mark.parametrize("defaults", [VoiceSettings(model="gone-tts")])
    async def test_where_nobody_can_speak_it_says_so(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, defaults: VoiceSettings
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert points(panel)[-1].startswith("❌ There is no such speech model.")
        assert step(panel) == "Choose another voice with the button below."

    async def test_with_as_many_channels_as_can_be_it_fits_and_names_what_is_missing(
        self, env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        hidden = {guild.default_role: discord.PermissionOverwrite(view_channel=False)}
        await read(bot, guild, chat)
        for number in range(24):
            text_channel = guild.create_text_channel(f"text-{number}", overwrites=hidden)
            voice = guild.create_voice_channel(f"voice-{number}")
            await read(bot, guild, text_channel, voice_channel_id=voice.id)
        forbid(env, guild, "connect", "speak", "send_messages", "attach_files")
        panel = panel_of(await moderator.slash(chat, "setup"))
        assert_fits(panel)
        assert points(panel).count("❌ and 16 more channels") == 1
        assert points(panel).count("❌ and 17 more channels") == 1


class TestPressed:
    async def test_a_channel_is_read_from_then_on(
        self, env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        await moderator.select(panel, [chat])
        assert points(panel)[0] == f"✅ Saved. I read {chat.mention} aloud."
        assert f"✅ {chat.mention}: I read it aloud." in points(panel)
        assert (await bot.settings.fetch_channel(guild.id, chat.id)).is_read
        [entry] = await bot.audit.fetch(guild.id, most=9)
        assert entry.by == moderator.id

    async def test_the_settings_are_a_button_away(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        await moderator.click(panel, label="Voice and all settings")
        assert "Voices" in text(panel)
        assert TEST not in buttons(panel)

    async def test_it_works_after_a_restart(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        await restart()
        await moderator.join_voice(lounge)
        await moderator.click(panel, label="Check again")
        assert points(panel)[0] == f"✅ {lounge.mention}: I may come and speak."
        await moderator.select(panel, [chat])
        assert f"✅ {chat.mention}: I read it aloud." in points(panel)

    @pytest.mark.usefixtures("calls")
    async def test_who_may_not_is_told_so_and_changes_nothing(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        env.backend.get_message(panel.channel_id, panel.id).flags &= ~EPHEMERAL
        demote(env, moderator)
        for member in (alice, moderator):
            await member.join_voice(lounge)
            for label in (TEST, "Check again"):
                assert private_answer(env, await member.click(panel, label=label)) == NOT_ALLOWED
            assert private_answer(env, await member.select(panel, [chat])) == NOT_ALLOWED
        assert not synthesizer.asked
        assert await bot.settings.fetch_channel(guild.id, chat.id) == ChannelSettings()


@pytest.mark.usefixtures("calls")
class TestHeard:
    async def test_a_sentence_is_spoken_with_the_voice_of_the_server_and_told_of_truly(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
        calls: list[FakePresence],
    ) -> None:
        await bot.settings.change_guild(guild.id, lambda _: GuildSettings(voice="Ethan"), by=1)
        own = MemberSettings(voice="Kai")
        await bot.settings.change_member(moderator.id, guild.id, lambda _: own)
        synthesizer.frames = 40
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        await moderator.click(panel, label=TEST)
        assert points(panel)[0].startswith(f"✅ I have spoken in {lounge.mention}: all ")
        assert step(panel) == f"Write something in {lounge.mention}: I read it aloud."
        [request] = synthesizer.asked
        assert (request.voice.id, request.text) == (
            "Ethan",
            "Hello, I am Ethan. This is how I sound.",
        )
        assert request.origin.member_id == moderator.id
        assert calls[0].speech

    async def test_whoever_is_in_no_call_is_told_to_join_one(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = panel_of(await moderator.slash(chat, "setup"))
        told = private_answer(env, await moderator.click(panel, label=TEST))
        assert told == "You are not in a voice channel. Join one first, then try again."

    async def test_what_stands_in_the_way_is_said(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
    ) -> None:
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        forbid(env, guild, "speak")
        await moderator.click(panel, label=TEST)
        assert points(panel)[0] == (
            f"❌ I need the permission Speak in {lounge.mention}. Ask a moderator to grant it."
        )

    async def test_a_speech_service_that_fails_is_told_of(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        synthesizer.error = ProviderError("", fault=ProviderFault.BAD_KEY, retryable=False)
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        await moderator.click(panel, label=TEST)
        assert points(panel)[0] == (
            "❌ The speech service refuses this bot's account. Its operator has to fix that."
        )

    @pytest.mark.parametrize(
        ("end", "told"),
        [
            (lambda session, _call: session.clear(by=1), "➡️ Somebody skipped the sentence"),
            (
                lambda _session, call: call.depart(Departure.KICKED),
                "❌ I was disconnected from the voice channel. Call me back with /join.",
            ),
        ],
        ids=["skipped", "kicked"],
    )
    async def test_a_sentence_that_was_not_spoken_to_its_end_did_not_go_well(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        synthesizer: AttentiveSynthesizer,
        calls: list[FakePresence],
        end: Callable[[Any, Any], Any],
        told: str,
    ) -> None:
        synthesizer.hold(SENTENCE)
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        pressing = asyncio.create_task(moderator.click(panel, label=TEST))
        await synthesizer.was_asked.wait()
        await until(lambda: points(panel)[0].startswith("➡️ I speak in"))
        end(bot.sessions.get(guild.id), calls[0])
        await pressing
        assert points(panel)[0].startswith(told)
        assert step(panel) == "Everything is ready. Press **Say a test sentence**."

    async def test_a_sentence_that_waits_says_for_what(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        session: VoiceSession,
    ) -> None:
        session.pause()
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        pressing = asyncio.create_task(moderator.click(panel, label=TEST))
        await until(lambda: points(panel)[0] == "➡️ I am paused. /resume lets me go on.")
        session.resume()
        await pressing
        assert points(panel)[0].startswith("✅ I have spoken")

    async def test_nobody_looks_at_it_for_ever(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        session: VoiceSession,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("cogs._sound_check.PATIENCE_S", 0)
        session.pause()
        await moderator.join_voice(lounge)
        panel = panel_of(await moderator.slash(chat, "setup"))
        await moderator.click(panel, label=TEST)
        assert points(panel)[0] == ("❌ I have not come to an end yet. See what waits with /queue.")
