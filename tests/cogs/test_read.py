"""`/read` and its menu: which channels are read, and why a message was not."""

from __future__ import annotations

from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Language
from bot.policy.admission import Silence
from bot.policy.silence import sentence
from bot.settings.channel import ChannelSettings
from bot.settings.choices import NameReading
from bot.storage.settings import SettingsRepository
from bot.voice.session import VoiceSession
from tests.cogs.answers import messages, private_answer, refusal
from tests.cogs.fakes import FakePresence
from tests.cogs.reading import fate_of, read, rule, rule_channel

LINK = "https://discord.com/channels/1/2/{id}"
UNKNOWN = "I know nothing of that message. I remember those of the last 15 minutes."
READ = (
    "It waits its turn, or I am saying it right now. See what waits with /queue.",
    "I have read it.",
)


class TestHere:
    async def test_who_is_in_a_call_has_the_channel_read_there(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
        calls: list[FakePresence],
    ) -> None:
        await moderator.join_voice(lounge)
        said = private_answer(env, await moderator.slash(chat, "read here"))
        assert said == f"I read {chat.mention} aloud. I am in {lounge.mention}."
        assert [call.channel_id for call in calls] == [lounge.id]
        assert await settings.fetch_channels(guild.id) == {chat.id: ChannelSettings(is_read=True)}

    async def test_who_is_in_no_call_is_told_how_to_call_the_bot(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, calls: list[FakePresence]
    ) -> None:
        said = private_answer(env, await moderator.slash(chat, "read here"))
        assert said == f"I read {chat.mention} aloud. Call me into a voice channel with /join."
        assert not calls

    async def test_what_was_decided_for_the_channel_stays(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
    ) -> None:
        await rule_channel(bot, guild, chat, voice="Ethan")
        private_answer(env, await moderator.slash(chat, "read here"))
        expected = ChannelSettings(is_read=True, voice="Ethan")
        assert await settings.fetch_channel(guild.id, chat.id) == expected

    async def test_where_discord_shows_no_text_it_says_so(
        self, env: Env, bot: Bot, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        bot.reading.reads_content = False
        said = private_answer(env, await moderator.slash(chat, "read here"))
        assert said.endswith(
            "Discord does not show me what people write, only messages that mention me; "
            "the operator of the bot can change that."
        )


class TestAdd:
    @pytest.mark.parametrize(
        ("options", "rules", "shown"),
        [
            ({}, {}, ""),
            ({"voice": "ethan"}, {"voice": "Ethan"}, " · voice Ethan"),
            ({"language": "German"}, {"language": Language.GERMAN}, " · German"),
            ({"only_in_call": True}, {"only_in_call": True}, " · only people in the call"),
            ({"only_in_call": False}, {"only_in_call": False}, " · everyone"),
            ({"names": "always"}, {"name_reading": NameReading.ALWAYS}, " · names: always"),
            ({"characters": 50}, {"max_characters": 50}, " · 50 characters"),
        ],
    )
    async def test_a_channel_has_a_rule_which_the_list_shows(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
        options: dict[str, Any],
        rules: dict[str, Any],
        shown: str,
    ) -> None:
        result = await moderator.slash(chat, "read add", channel=chat, **options)
        assert private_answer(env, result) == f"I read {chat.mention} aloud."
        expected = ChannelSettings(is_read=True, **rules)
        assert await settings.fetch_channel(guild.id, chat.id) == expected
        lines = private_answer(env, await moderator.slash(chat, "read list")).splitlines()
        assert lines == [chat.mention + shown, "The chat of the voice channel I am in."]

    async def test_a_channel_belongs_to_a_call_and_to_those_with_a_role(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
    ) -> None:
        role = guild.create_role("Singers")
        result = await moderator.slash(chat, "read add", channel=chat, call=lounge, role=role)
        assert private_answer(env, result) == (
            f"I read {chat.mention} aloud. I do so in {lounge.mention}."
        )
        assert await settings.fetch_channel(guild.id, chat.id) == ChannelSettings(
            is_read=True, voice_channel_id=lounge.id, required_role_id=role.id
        )
        first = private_answer(env, await moderator.slash(chat, "read list")).splitlines()[0]
        assert first == f"{chat.mention} · in {lounge.mention} · role {role.mention}"

    async def test_a_voice_that_does_not_exist_changes_nothing(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
    ) -> None:
        result = await moderator.slash(chat, "read add", channel=chat, voice="Chery")
        assert "Did you mean Cherry?" in refusal(env, result)
        assert not await settings.fetch_channels(guild.id)

    async def test_there_can_be_rules_for_so_many_channels_only(
        self,
        env: Env,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("bot.read_channels.MAX_READ_CHANNELS", 1)
        private_answer(env, await moderator.slash(chat, "read add", channel=chat))
        private_answer(env, await moderator.slash(chat, "read add", channel=chat, characters=50))
        assert refusal(env, await moderator.slash(chat, "read add", channel=lounge)) == (
            "I can have rules for 1 channels. Remove one first, with /read remove."
        )


class TestRemove:
    async def test_a_channel_is_read_no_more_and_its_rules_are_forgotten(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
    ) -> None:
        await rule_channel(bot, guild, chat, is_read=True, voice="Ethan")
        said = private_answer(env, await moderator.slash(chat, "read remove"))
        assert said == f"I do not read {chat.mention} any more."
        assert not await settings.fetch_channels(guild.id)

    async def test_the_chat_of_a_voice_channel_is_left_out_of_what_is_read_anyway(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        moderator: MemberActor,
        settings: SettingsRepository,
    ) -> None:
        private_answer(env, await moderator.slash(chat, "read remove", channel=lounge))
        expected = ChannelSettings(is_read=False)
        assert await settings.fetch_channel(guild.id, lounge.id) == expected
        first = private_answer(env, await moderator.slash(chat, "read list")).splitlines()[0]
        assert first == f"{lounge.mention}: not read"

    async def test_a_channel_that_is_not_read_cannot_be_removed(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        assert refusal(env, await moderator.slash(chat, "read remove")) == (
            f"I do not read {chat.mention}. See what I read with /read list."
        )


class TestList:
    async def test_a_server_where_nothing_is_read_is_told_how_to_change_that(
        self, env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        await rule(bot, guild, reads_voice_chat=False)
        said = private_answer(env, await moderator.slash(chat, "read list"))
        assert said == "I read nothing aloud. Add a channel with /read add."

    async def test_more_than_a_message_holds_is_several(
        self, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        for number in range(25):
            place = guild.create_text_channel(f"chat-{number}")
            await rule_channel(bot, guild, place, is_read=True, voice="v" * 100)
        pages = messages(await moderator.slash(chat, "read list"))
        assert all(page.ephemeral and len(page.content) <= 2_000 for page in pages)
        assert len("\n".join(page.content for page in pages).splitlines()) == 26


@pytest.mark.usefixtures("today")
class TestWhy:
    async def test_the_last_message_of_ones_own_is_explained(
        self,
        env: Env,
        bot: Bot,
        chat: ChannelHandle,
        lounge: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
    ) -> None:
        await alice.join_voice(lounge)
        await read(bot, alice, lounge, "Hello")
        await fate_of(bot, await bob.send(lounge, "Hello"))
        assert private_answer(env, await alice.slash(chat, "read why")) in READ
        said = private_answer(env, await bob.slash(chat, "read why"))
        assert said == sentence(Silence.NOT_IN_CALL)

    async def test_a_message_is_found_by_its_link_its_id_and_its_menu(
        self, env: Env, bot: Bot, chat: ChannelHandle, alice: MemberActor, bob: MemberActor
    ) -> None:
        message = await alice.send(chat, "Hello")
        assert await fate_of(bot, message) is Silence.NOT_READ_HERE
        why = sentence(Silence.NOT_READ_HERE)
        for written in (str(message.id), f" {LINK.format(id=message.id)} "):
            result = await bob.slash(chat, "read why", message=written)
            assert private_answer(env, result) == why
        result = await bob.context_menu(chat, "Why was this not read?", message)
        assert private_answer(env, result) == why

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            (
                {},
                "You wrote nothing I know of in the last 15 minutes. Give me a link to it.",
            ),
            (
                {"message": "hello"},
                "That is no message. Copy its link from the menu of the message.",
            ),
            ({"message": LINK.format(id=10**17)}, UNKNOWN),
        ],
        ids=["none", "no message", "unknown"],
    )
    async def test_what_is_not_known_is_said(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, options: dict[str, str], why: str
    ) -> None:
        assert refusal(env, await alice.slash(chat, "read why", **options)) == why

    async def test_a_message_of_another_server_is_not_known(
        self, env: Env, bot: Bot, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        other = env.create_guild("Elsewhere")
        there = other.create_text_channel("chat")
        message = await other.add_member(alice.user).send(there, "Hello")
        await fate_of(bot, message)
        result = await alice.slash(chat, "read why", message=str(message.id))
        assert refusal(env, result) == UNKNOWN
