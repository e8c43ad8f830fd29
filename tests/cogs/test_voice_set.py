"""`/voice set`, `/voice show` and `/voice reset`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Language, Voice, VoiceSettings
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.settings import SettingsRepository
from bot.tts.offered import CustomVoice
from tests.cogs.answers import private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer

INSTRUCT = "qwen3-tts-instruct-flash"
CLONE = "qwen3-tts-vc-2026-01-22"
GRANDPA = CustomVoice(CLONE, Voice("vc-1", "Grandpa"))

ETHAN = "Ethan · 晨煦 · sunny, warm, lively, light northern accent"
AS_ETHAN = f"I speak for you as {ETHAN} · language: Auto · speed: 1."


async def rule(bot: Bot, guild: GuildHandle, **chosen: Any) -> None:
    """Let moderators decide something for their server."""
    await bot.settings.change_guild(guild.id, lambda now: replace(now, **chosen), by=1)


async def lock(bot: Bot, guild: GuildHandle, member: MemberActor, voice: str) -> None:
    rules = MemberRules(voice=voice)
    await bot.settings.change_rules(guild.id, member.id, lambda _: rules, by=1)


class TestSet:
    async def test_a_voice_speaks_for_its_member_in_this_server_only(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bob: MemberActor,
        settings: SettingsRepository,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        told = private_answer(env, await alice.slash(chat, "voice set", voice="ethan"))
        assert told == f"Saved for this server.\n{AS_ETHAN}"
        assert await settings.fetch_member(alice.id, guild.id) == MemberSettings(voice="Ethan")
        assert await settings.fetch_member(alice.id, None) == MemberSettings()
        await alice.slash(chat, "tts", text="Mine")
        await bob.slash(chat, "tts", text="His")
        assert [request.voice.id for request in synthesizer.asked] == ["Ethan", "Cherry"]

    async def test_everywhere_is_also_in_other_servers_and_alone_with_me(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        settings: SettingsRepository,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        other = env.create_guild("Elsewhere")
        there = other.create_text_channel("chat")
        alice_there = other.add_member(alice.user)
        options = {"voice": "Ethan", "everywhere": True}
        told = private_answer(env, await alice.slash(chat, "voice set", **options))
        assert told == f"Saved for all servers.\n{AS_ETHAN}"
        assert await settings.fetch_member(alice.id, None) == MemberSettings(voice="Ethan")
        await alice_there.slash(there, "tts", text="There")
        await alice.user.slash("tts", text="Alone")
        assert [request.voice.id for request in synthesizer.asked] == ["Ethan", "Ethan"]

    async def test_alone_with_me_everything_is_for_all_servers(
        self, env: Env, alice: MemberActor, settings: SettingsRepository
    ) -> None:
        told = private_answer(env, await alice.user.slash("voice set", voice="Ethan"))
        assert told == f"Saved for all servers.\n{AS_ETHAN}"
        assert await settings.fetch_member(alice.id, None) == MemberSettings(voice="Ethan")

    async def test_what_is_not_named_stays_as_it_was(
        self, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, model=INSTRUCT)
        await alice.slash(chat, "voice set", voice="Kai", style=" calm\u200b ")
        await alice.slash(chat, "voice set", speed=1.5, language="German")
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings(
            voice="Kai", style="calm", speed=1.5, language=Language.GERMAN
        )

    async def test_nothing_to_save_is_refused(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        told = refusal(env, await alice.slash(chat, "voice set", everywhere=True))
        assert told == "Choose at least one option, such as voice or speed."

    @pytest.mark.parametrize(
        ("rules", "options", "sentence"),
        [
            (
                {"banned_voices": ("Ethan",)},
                {"voice": "Ethan"},
                "Ethan may not be chosen in this server. Pick another voice from the list.",
            ),
            (
                {"allowed_voices": ("Kai",)},
                {"voice": "Ethan"},
                "Ethan may not be chosen in this server. Pick another voice from the list.",
            ),
            (
                {"forces_voice": True, "voice": "Kai"},
                {"voice": "Ethan"},
                "Everyone speaks as Kai in this server. Leave the voice out.",
            ),
            (
                {"model": INSTRUCT},
                {"voice": "Jennifer"},
                "Jennifer does not speak with qwen3-tts-instruct-flash. Pick one of its 24 voices.",
            ),
            (
                {},
                {"style": "calm"},
                (
                    "qwen3-tts-flash does not follow a style. "
                    "A moderator can choose an instruct model with /server voice."
                ),
            ),
            (
                {"model": INSTRUCT},
                {"style": "\u200b"},
                "A style needs words. Write a few, such as: calm and slow.",
            ),
            (
                {"model": "qwen-tts"},
                {"language": "German"},
                "qwen-tts does not speak German. Choose another language or model.",
            ),
        ],
        ids=["banned", "not allowed", "forced", "model", "style", "empty style", "language"],
    )
    async def test_what_is_not_free_here_is_refused_with_the_reason(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        rules: dict[str, Any],
        options: dict[str, Any],
        sentence: str,
    ) -> None:
        await rule(bot, guild, **rules)
        assert refusal(env, await alice.slash(chat, "voice set", **options)) == sentence
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_a_locked_member_chooses_no_voice_here(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await lock(bot, guild, alice, "Kai")
        told = refusal(env, await alice.slash(chat, "voice set", voice="Ethan"))
        assert told == "Moderators chose Kai for you in this server. Leave the voice out."

    @pytest.mark.parametrize(
        ("rules", "options", "sentence"),
        [
            (
                {"banned_voices": ("Ethan",)},
                {"voice": "Ethan"},
                "Your voice Ethan is not heard here: moderators do not allow it.",
            ),
            (
                {"forces_voice": True, "voice": "Kai"},
                {"voice": "Ethan"},
                "Your voice Ethan is not heard here: everyone speaks as Kai.",
            ),
            (
                {"model": INSTRUCT},
                {"voice": "Jennifer"},
                (
                    "Your voice Jennifer is not heard here: "
                    "it does not speak with qwen3-tts-instruct-flash."
                ),
            ),
            (
                {},
                {"style": "calm"},
                "Your style is not followed here: qwen3-tts-flash follows none.",
            ),
            (
                {"model": "qwen-tts"},
                {"language": "German"},
                "Your language German is not used here: qwen-tts does not speak it.",
            ),
        ],
        ids=["banned", "forced", "model", "style", "language"],
    )
    async def test_what_is_not_free_here_may_be_chosen_for_all_servers_and_that_is_said(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        rules: dict[str, Any],
        options: dict[str, Any],
        sentence: str,
    ) -> None:
        await rule(bot, guild, **rules)
        result = await alice.slash(chat, "voice set", everywhere=True, **options)
        saved, _, *notes = private_answer(env, result).splitlines()
        assert saved == "Saved for all servers."
        assert notes == [sentence]
        kept = await bot.settings.fetch_member(alice.id, None)
        assert kept == MemberSettings(**options)

    async def test_a_voice_of_this_server_speaks_in_no_other(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await bot.custom_voices.add(guild.id, GRANDPA, by=1)
        await rule(bot, guild, model=CLONE)
        options = {"voice": "Grandpa"}
        told = refusal(env, await alice.slash(chat, "voice set", everywhere=True, **options))
        assert told == "Grandpa belongs to this server, so it speaks for you only here."
        await alice.slash(chat, "voice set", **options)
        assert (await bot.settings.fetch_member(alice.id, guild.id)).voice == "vc-1"

    async def test_a_choice_for_all_that_gives_way_to_the_one_for_here_is_told(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        await alice.slash(chat, "voice set", voice="Ethan")
        result = await alice.slash(chat, "voice set", voice="Kai", everywhere=True)
        assert private_answer(env, result) == (
            f"Saved for all servers.\n{AS_ETHAN}\n"
            "What you chose for this server alone still holds here: see /voice show."
        )

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (
                {"voice": "Nobody"},
                "qwen3-tts-flash has no such voice. Pick one of its 48 voices.",
            ),
            (
                {"voice": "Jennifer", "style": "calm"},
                (
                    "qwen3-tts-flash does not follow a style. "
                    "A moderator can choose an instruct model with /server voice."
                ),
            ),
        ],
        ids=["unknown", "together in no model"],
    )
    async def test_what_no_model_can_do_is_refused_for_all_servers_too(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        options: dict[str, str],
        sentence: str,
    ) -> None:
        result = await alice.slash(chat, "voice set", everywhere=True, **options)
        assert refusal(env, result) == sentence


class TestSuggested:
    async def suggestions(
        self, member: MemberActor, chat: ChannelHandle, typed: str, **options: Any
    ) -> list[str]:
        found = await member.autocomplete(chat, "voice set", "voice", typed, **options)
        return [choice["value"] for choice in found]

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("chery", ["Cherry"]),
            ("芊悦", ["Cherry"]),
            ("storyteller", ["Arthur"]),
            ("french", ["Emilien"]),
            ("sichuan", ["Sunny", "Eric"]),
            ("zzz", []),
        ],
        ids=["id", "chinese name", "character", "language", "dialect", "nothing"],
    )
    async def test_voices_are_found_by_what_people_remember(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, typed: str, found: list[str]
    ) -> None:
        assert await self.suggestions(alice, chat, typed) == found

    async def test_only_what_may_be_chosen_is_suggested(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, allowed_voices=("Kai", "Mia"), banned_voices=("Mia",))
        assert await self.suggestions(alice, chat, "") == ["Kai"]
        await lock(bot, guild, alice, "Bella")
        assert await self.suggestions(alice, chat, "") == ["Bella"]
        for_all = await self.suggestions(alice, chat, "mia", everywhere=True)
        assert for_all[0] == "Mia"


class TestReset:
    async def test_it_forgets_the_voice_and_nothing_else(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        kept = MemberSettings(spoken_name="Ali", is_opted_out=True)
        full = replace(kept, voice="Kai", language=Language.GERMAN, style="calm", speed=2.0)
        for place in (guild.id, None):
            await bot.settings.change_member(alice.id, place, lambda _: full)
        told = private_answer(env, await alice.slash(chat, "voice reset"))
        assert told.splitlines() == [
            "Forgotten for this server.",
            "I speak for you as Kai · 凯 · soothing · language: German · speed: 2.",
            "Your style is not followed here: qwen3-tts-flash follows none.",
        ]
        assert await bot.settings.fetch_member(alice.id, guild.id) == kept
        told = private_answer(env, await alice.slash(chat, "voice reset", everywhere=True))
        assert told.startswith("Forgotten for all servers.\nI speak for you as Cherry")
        assert await bot.settings.fetch_member(alice.id, None) == kept


class TestShown:
    async def shown(self, env: Env, member: MemberActor, chat: ChannelHandle) -> list[str]:
        return private_answer(env, await member.slash(chat, "voice show")).splitlines()

    OWN_NAME = "- I call you by the name others see. Choose another with /nickname."
    READ = "- I may read what you write here. Stop that with /optout."

    async def test_who_has_chosen_nothing_hears_the_usual_voice(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        usual = "It is the usual one. Choose your own with /voice set."
        assert await self.shown(env, alice, chat) == [
            "### How I speak for you here",
            f"- **Voice:** Cherry · 芊悦 · sunny, friendly, natural young woman. {usual}",
            f"- **Language:** Auto. {usual}",
            (
                "- **Style:** none. qwen3-tts-flash follows none; "
                "a moderator can choose a model that does."
            ),
            f"- **Speed:** 1. {usual}",
            "- **Model, volume and pause:** qwen3-tts-flash, 100 percent, 200 ms.",
            self.OWN_NAME,
            self.READ,
        ]

    async def test_ones_name_and_whether_one_is_read_are_shown_too(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        await alice.slash(chat, "nickname", name="Ali *the Great*")
        await alice.slash(chat, "optout", everywhere=True)
        assert (await self.shown(env, alice, chat))[-2:] == [
            "- I call you “Ali the Great” in this server. /nickname alone lets go of it.",
            "- I never read what you write here. Change that with /optin.",
        ]

    @pytest.mark.parametrize(
        ("chosen", "line"),
        [
            (
                {"here": MemberSettings(voice="Kai")},
                "You chose it for this server. Let go of it with /voice reset.",
            ),
            (
                {"everywhere": MemberSettings(voice="Kai")},
                "You chose it for all servers. Choose again with /voice set.",
            ),
            (
                {"channel": ChannelSettings(voice="Kai")},
                "It is the one of this channel. Choose your own with /voice set.",
            ),
            (
                {"server": GuildSettings(voice="Kai")},
                "It is the one of this server. Choose your own with /voice set.",
            ),
            (
                {
                    "server": GuildSettings(
                        language=Language.GERMAN, voices=((Language.GERMAN, "Kai"),)
                    )
                },
                "It is the one of this server for that language. Choose your own with /voice set.",
            ),
            (
                {"server": GuildSettings(gives_voices=True, allowed_voices=("Kai",))},
                "Everyone here gets one of their own. Choose another with /voice set.",
            ),
            (
                {"server": GuildSettings(voice="Kai", forces_voice=True)},
                "It speaks for everyone in this server. Only moderators can change that.",
            ),
            (
                {"rules": MemberRules(voice="Kai")},
                "Moderators chose it for you. Ask one of them for another.",
            ),
        ],
        ids=[
            "here",
            "everywhere",
            "channel",
            "server",
            "language of the server",
            "given",
            "forced",
            "locked",
        ],
    )
    async def test_the_voice_says_who_has_chosen_it_and_what_to_do(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        chosen: dict[str, Any],
        line: str,
    ) -> None:
        nothing = MemberSettings()
        here, everywhere = chosen.get("here", nothing), chosen.get("everywhere", nothing)
        server = chosen.get("server", GuildSettings())
        channel = chosen.get("channel", ChannelSettings())
        rules = chosen.get("rules", MemberRules())
        await bot.settings.change_member(alice.id, guild.id, lambda _: here)
        await bot.settings.change_member(alice.id, None, lambda _: everywhere)
        await bot.settings.change_guild(guild.id, lambda _: server, by=1)
        await bot.settings.change_channel(guild.id, chat.id, lambda _: channel, by=1)
        await bot.settings.change_rules(guild.id, alice.id, lambda _: rules, by=1)
        assert (await self.shown(env, alice, chat))[
            1
        ] == f"- **Voice:** Kai · 凯 · soothing. {line}"

    async def test_a_thread_has_the_voice_of_its_channel(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
    ) -> None:
        voice = ChannelSettings(voice="Kai")
        await bot.settings.change_channel(guild.id, chat.id, lambda _: voice, by=1)
        channel = bot.get_channel(chat.id)
        assert isinstance(channel, discord.TextChannel)
        thread = await channel.create_thread(name="aside", type=discord.ChannelType.public_thread)
        [there] = [each for each in chat.threads if each.id == thread.id]
        lines = await self.shown(env, alice, there)
        assert lines[1].startswith(
            "- **Voice:** Kai · 凯 · soothing. It is the one of this channel."
        )

    async def test_a_style_is_shown_as_it_was_written(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, model=INSTRUCT)
        lines = await self.shown(env, alice, chat)
        assert lines[3] == "- **Style:** none. Describe one with /voice set."
        await alice.slash(chat, "voice set", style="*very* calm")
        lines = await self.shown(env, alice, chat)
        assert lines[3] == (
            r"- **Style:** \*very\* calm. You chose it for this server. "
            "Let go of it with /voice reset."
        )

    async def test_what_is_not_heard_says_why(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await alice.slash(chat, "voice set", voice="Jennifer")
        await alice.slash(chat, "voice set", voice="Ethan", everywhere=True)
        await rule(bot, guild, model=INSTRUCT, banned_voices=("Ethan",))
        assert (await self.shown(env, alice, chat))[-4:-2] == [
            (
                "- Your voice Jennifer is not heard here: "
                "it does not speak with qwen3-tts-instruct-flash."
            ),
            "- Your voice Ethan is not heard here: moderators do not allow it.",
        ]
        await lock(bot, guild, alice, "Bella")
        assert (await self.shown(env, alice, chat))[-4:-2] == [
            "- Your voice Jennifer is not heard here: moderators chose Bella for you.",
            "- Your voice Ethan is not heard here: moderators chose Bella for you.",
        ]

    async def test_alone_with_me_there_is_nothing_of_a_server(
        self, env: Env, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, voice="Kai", forces_voice=True)
        told = private_answer(env, await alice.user.slash("voice show"))
        assert "**Voice:** Cherry" in told


@pytest.mark.parametrize("defaults", [VoiceSettings(voice="Serena")])
async def test_the_operators_voice_is_the_usual_one(
    env: Env, chat: ChannelHandle, alice: MemberActor, defaults: VoiceSettings
) -> None:
    told = private_answer(env, await alice.slash(chat, "voice show"))
    assert "**Voice:** Serena · 苏瑶 · gentle young woman. It is the usual one." in told
