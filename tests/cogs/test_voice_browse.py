"""`/voice browse`: voices looked through, listened to and chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot, Services
from bot.models import Voice, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings
from bot.tts.cached import ClipCache
from bot.tts.offered import CustomVoice
from cogs.views.voice_picker import key
from tests.cogs.answers import messages, private_answer
from tests.cogs.fakes import AttentiveSynthesizer

ROW, BUTTON, MENU, SECTION, TEXT = 1, 2, 3, 9, 10  # Discord's component types
EPHEMERAL = 1 << 6
MAX_COMPONENTS = 40
MAX_TEXT = 4_000
MAX_ID = 100

CLONE = "qwen3-tts-vc-2026-01-22"


def components(node: Any) -> Iterator[dict[str, Any]]:
    for component in node:
        yield component
        yield from components(component.get("components", ()))
        yield from components([each for each in [component.get("accessory")] if each])


def of_type(panel: ResponseMessage, type_: int) -> list[dict[str, Any]]:
    return [each for each in components(panel.components) if each["type"] == type_]


def panel_of(result: InteractionResult) -> ResponseMessage:
    [message] = messages(result)
    assert message.ephemeral
    return message


def head(panel: ResponseMessage) -> str:
    return str(of_type(panel, TEXT)[0]["content"])


def voices(panel: ResponseMessage) -> list[str]:
    """Return the ids of the voices on this page."""
    labels = [each["accessory"]["label"] for each in of_type(panel, SECTION)]
    return [label.removeprefix("Listen to ") for label in labels]


def menus(panel: ResponseMessage) -> dict[str, dict[str, Any]]:
    """Return the menus by what they are for."""
    return {each["custom_id"].split(":")[1]: each for each in of_type(panel, MENU)}


def labels(menu: Mapping[str, Any]) -> list[str]:
    return [option["label"] for option in menu["options"]]


def chosen(menu: Mapping[str, Any]) -> list[str]:
    return [option["value"] for option in menu["options"] if option.get("default")]


def buttons(panel: ResponseMessage) -> dict[str, bool]:
    """Return the buttons below the voices, and whether they can be pressed."""
    rows = [each["components"] for each in panel.components if each["type"] == ROW]
    flat = [each for row in rows for each in row if each["type"] == BUTTON]
    return {each["label"]: not each.get("disabled", False) for each in flat}


async def browse(member: MemberActor, chat: ChannelHandle) -> ResponseMessage:
    return panel_of(await member.slash(chat, "voice browse"))


async def filter_by(member: MemberActor, panel: ResponseMessage, name: str, value: str) -> None:
    await member.select(panel, [value], custom_id=menus(panel)[name]["custom_id"])


async def choose(member: MemberActor, panel: ResponseMessage, voice: str) -> InteractionResult:
    custom_id = menus(panel)["choose"]["custom_id"]
    return await member.select(panel, [key(Voice(voice))], custom_id=custom_id)


async def rule(bot: Bot, guild: GuildHandle, rules: GuildSettings) -> None:
    await bot.settings.change_guild(guild.id, lambda _: rules, by=1)


class TestShown:
    async def test_the_first_page_has_eight_voices_in_words(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        panel = await browse(alice, chat)
        assert head(panel) == (
            "### Voices\nYou choose for this server. 48 voices fit. Page 1 of 6."
        )
        texts = [text["content"] for text in of_type(panel, TEXT)[1:]]
        assert texts[:2] == [
            (
                "**Cherry · 芊悦 (speaks for you now)**\n"
                "Female · Chinese · sunny, friendly, natural young woman"
            ),
            "**Serena · 苏瑶**\nFemale · Chinese · gentle young woman",
        ]
        assert len(texts) == 8
        assert labels(menus(panel)["choose"])[0] == "Cherry · 芊悦"
        assert buttons(panel) == {
            "Page before": False,
            "Next page": True,
            "Choose for all servers": True,
        }

    async def test_every_page_stays_within_what_discord_takes_and_shows_every_voice_once(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot
    ) -> None:
        panel = await browse(alice, chat)
        seen = voices(panel)
        while buttons(panel)["Next page"]:
            assert len(list(components(panel.components))) <= MAX_COMPONENTS
            assert len("".join(text["content"] for text in of_type(panel, TEXT))) <= MAX_TEXT
            ids = [
                each["custom_id"] for each in components(panel.components) if "custom_id" in each
            ]
            assert len(ids) == len(set(ids))
            assert max(map(len, ids)) <= MAX_ID
            await alice.click(panel, label="Next page")
            seen += voices(panel)
        catalog = await bot.speech.catalog(None)
        assert seen == [voice.id for voice in catalog.voices_of("qwen3-tts-flash")]
        await alice.click(panel, label="Page before")
        assert head(panel).endswith("Page 5 of 6.")

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"tongue": "Sichuan"}, ["Sunny", "Eric"]),
            ({"tongue": "Sichuan", "sex": "male"}, ["Eric"]),
            ({"tongue": "French"}, ["Emilien"]),
            ({"manner": "childlike"}, ["Bella", "Mochi", "Bunny", "Pip"]),
            ({"manner": "childlike", "sex": "female"}, ["Bella", "Bunny"]),
            ({"tongue": "Southern_Min", "sex": "female"}, []),
        ],
    )
    async def test_filters_leave_what_fits_all_of_them(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        filters: dict[str, str],
        found: list[str],
    ) -> None:
        panel = await browse(alice, chat)
        await alice.click(panel, label="Next page")
        for name, value in filters.items():
            await filter_by(alice, panel, name, value)
        assert voices(panel) == found
        assert {name: chosen(menus(panel)[name]) for name in filters} == {
            name: [value] for name, value in filters.items()
        }

    async def test_nothing_that_fits_is_said_and_can_be_undone(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        panel = await browse(alice, chat)
        await filter_by(alice, panel, "tongue", "French")
        await filter_by(alice, panel, "sex", "female")
        assert head(panel).endswith("No voice fits. Choose other filters.")
        assert "choose" not in menus(panel)
        await filter_by(alice, panel, "sex", "-")
        assert voices(panel) == ["Emilien"]
        assert head(panel).endswith("1 voice fits.")

    async def test_only_what_may_be_chosen_is_shown_here_and_everything_for_all_servers(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, GuildSettings(allowed_voices=("Kai", "Mia")))
        panel = await browse(alice, chat)
        assert voices(panel) == ["Kai", "Mia"]
        assert "tongue" not in menus(panel)  # they have it in common
        assert labels(menus(panel)["sex"]) == ["Women and men", "Female", "Male"]
        await alice.click(panel, label="Choose for all servers")
        assert head(panel) == (
            "### Voices\nYou choose for all servers. 48 voices fit. Page 1 of 6."
        )
        await alice.click(panel, label="Choose for this server")
        assert voices(panel) == ["Kai", "Mia"]

    @pytest.mark.parametrize(
        ("server", "rules", "note"),
        [
            (
                GuildSettings(voice="Kai", forces_voice=True),
                MemberRules(),
                "Everyone speaks as Kai in this server.",
            ),
            (
                GuildSettings(),
                MemberRules(voice="Kai"),
                "Moderators chose Kai for you in this server.",
            ),
        ],
        ids=["forced", "locked"],
    )
    async def test_where_there_is_no_choice_it_says_so(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        server: GuildSettings,
        rules: MemberRules,
        note: str,
    ) -> None:
        await rule(bot, guild, server)
        await bot.settings.change_rules(guild.id, alice.id, lambda _: rules, by=1)
        panel = await browse(alice, chat)
        assert head(panel).splitlines()[0] == note
        assert voices(panel) == ["Kai"]

    async def test_alone_with_me_one_chooses_for_all_servers(
        self, env: Env, alice: MemberActor
    ) -> None:
        panel = panel_of(await alice.user.slash("voice browse"))
        assert "You choose for all servers." in head(panel)
        assert list(buttons(panel)) == ["Page before", "Next page"]

    async def test_a_servers_own_voices_of_any_name_can_be_chosen(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        long_id = "vc-" + "x" * 120
        for number, name in enumerate(("*Grandpa*", "Robot")):
            voice = CustomVoice(CLONE, Voice(f"{long_id}{number}", name))
            await bot.custom_voices.add(guild.id, voice, by=1)
        await rule(bot, guild, GuildSettings(model=CLONE))
        panel = await browse(alice, chat)
        assert voices(panel) == ["*Grandpa*", "Robot"]
        assert of_type(panel, TEXT)[1]["content"] == r"**\*Grandpa\* (speaks for you now)**"
        await choose(alice, panel, f"{long_id}1")
        assert (await bot.settings.fetch_member(alice.id, guild.id)).voice == f"{long_id}1"


class TestChosen:
    async def test_a_voice_is_saved_for_this_server_and_the_list_says_so(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        panel = await browse(alice, chat)
        await choose(alice, panel, "Ethan")
        assert head(panel).splitlines()[0] == "Saved for this server."
        assert of_type(panel, TEXT)[3]["content"].startswith(
            "**Ethan · 晨煦 (speaks for you now)**"
        )
        kept = await bot.settings.fetch_member(alice.id, guild.id)
        assert kept == MemberSettings(voice="Ethan")

    async def test_or_for_all_servers(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await rule(bot, guild, GuildSettings(banned_voices=("Ethan",)))
        panel = await browse(alice, chat)
        assert "Ethan" not in voices(panel)
        await alice.click(panel, label="Choose for all servers")
        await choose(alice, panel, "Ethan")
        assert head(panel).splitlines()[0] == "Saved for all servers."
        assert "Your voice Ethan is not heard here" in head(panel)
        assert await bot.settings.fetch_member(alice.id, None) == MemberSettings(voice="Ethan")
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_what_was_banned_meanwhile_is_not_saved(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        panel = await browse(alice, chat)
        await rule(bot, guild, GuildSettings(banned_voices=("Ethan",)))
        assert private_answer(env, await choose(alice, panel, "Ethan")) == (
            "That voice may not be chosen any more. Look again with /voice browse."
        )
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()


class TestHeard:
    @pytest.fixture
    def cache(self) -> ClipCache:
        return ClipCache(memory_bytes=1_000_000)

    async def test_a_voice_is_heard_in_private_and_costs_once(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        synthesizer.frames = 100  # long enough to be levelled, and so to be kept
        for member in (alice, bob):
            panel = await browse(member, chat)
            result = await member.click(panel, label="Listen to Ethan")
            [heard] = messages(result)
            [file] = heard.attachments
            assert heard.ephemeral
            assert file.description == "Hello, I am Ethan. This is how I sound."
            assert (await file.read()).startswith(b"RIFF")
        assert len(synthesizer.asked) == 1

    async def test_what_may_not_be_chosen_is_not_heard_either(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        panel = await browse(alice, chat)
        await rule(bot, guild, GuildSettings(banned_voices=("Ethan",)))
        told = private_answer(env, await alice.click(panel, label="Listen to Ethan"))
        assert told == "That voice may not be chosen any more. Look again with /voice browse."
        assert not synthesizer.asked

    @pytest.mark.parametrize("defaults", [VoiceSettings(model="espeak-ng")])
    async def test_a_provider_without_languages_has_fewer_menus(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, defaults: VoiceSettings
    ) -> None:
        panel = await browse(alice, chat)
        assert list(menus(panel)) == ["sex", "choose"]


class TestPressed:
    async def test_a_list_works_after_a_restart(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        services: Services,
    ) -> None:
        panel = await browse(alice, chat)
        await env.restart_bot(Bot(services, shard_count=1))
        await alice.click(panel, label="Next page")
        await filter_by(alice, panel, "tongue", "Cantonese")
        assert voices(panel) == ["Rocky", "Kiki"]
        assert messages(await alice.click(panel, label="Listen to Kiki"))[0].attachments
        await choose(alice, panel, "Kiki")
        assert (await services.settings.fetch_member(alice.id, guild.id)).voice == "Kiki"

    @pytest.mark.parametrize("label", ["Next page", "Choose for all servers", "Listen to Ethan"])
    async def test_nobody_else_can_use_it(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        synthesizer: AttentiveSynthesizer,
        label: str,
    ) -> None:
        panel = await browse(alice, chat)
        stored = env.backend.get_message(panel.channel_id, panel.id)
        stored.flags &= ~EPHEMERAL
        told = private_answer(env, await bob.click(panel, label=label))
        assert told == "Only who opened this list can use it. Open your own with /voice browse."
        assert head(panel).endswith("Page 1 of 6.")
        assert not synthesizer.asked
