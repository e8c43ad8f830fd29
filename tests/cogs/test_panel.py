"""`/server panel`: every page, every control, in anybody's hands and after a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import time
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle

from bot.client import Bot
from bot.models import Language, Voice
from bot.settings.channel import ChannelSettings
from bot.settings.choices import LinkReading
from bot.settings.declare import Setting, settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import (
    Choice,
    Flag,
    Hours,
    HoursOfDay,
    Id,
    Ids,
    Kind,
    Mentionable,
    Number,
    Text,
    TimeZone,
    WordPerKey,
    Words,
)
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from bot.tts.offered import CustomVoice
from cogs.views.panel.spot import Action, Spot, Tab
from cogs.views.voice_picker import key
from tests.cogs.answers import NOBODY
from tests.cogs.panel import BUTTON, MENUS, Panel, every_spot, refused_with, spot_of

SETTINGS = settings_of(GuildSettings)
INSTRUCT = "qwen3-tts-instruct-flash"
MAX_COMPONENTS, MAX_TEXT, MAX_ID = 40, 4_000, 100  # Discord's limits


@dataclass(frozen=True)
class Server:
    """What there is in a server to be chosen."""

    role: RoleHandle
    channel: ChannelHandle
    member: MemberActor

    def of(self, kind: Mentionable) -> Any:
        if kind is Mentionable.ROLE:
            return self.role
        return self.channel if kind is Mentionable.TEXT_CHANNEL else self.member


@pytest.fixture
def server(guild: GuildHandle, chat: ChannelHandle, bob: MemberActor) -> Server:
    return Server(guild.create_role("Guests"), chat, bob)


async def kept(bot: Bot, guild: GuildHandle) -> GuildSettings:
    return await bot.settings.fetch_guild(guild.id)


# Every setting, by the control that its kind has


@singledispatch
async def use(kind: Kind, panel: Panel, setting: Setting, server: Server) -> Any:
    """Use the control of a setting; return the value it should have then."""
    raise NotImplementedError(kind)


@use.register
async def _(_: Flag, panel: Panel, setting: Setting, server: Server) -> Any:
    action = Action.OFF if setting.default else Action.ON
    await panel.press(spot_of(setting.name).custom_id(action, setting.name))
    return not setting.default


@use.register
async def _(kind: Choice, panel: Panel, setting: Setting, server: Server) -> Any:
    value = next(each for each in reversed(kind.labels) if each != setting.default)
    await panel.choose(spot_of(setting.name).custom_id(Action.SET, setting.name), value.value)
    return value


@use.register
async def _(kind: Id, panel: Panel, setting: Setting, server: Server) -> Any:
    chosen = server.of(kind.of)
    await panel.choose(spot_of(setting.name).custom_id(Action.SET, setting.name), chosen)
    return chosen.id


@use.register
async def _(kind: Ids, panel: Panel, setting: Setting, server: Server) -> Any:
    chosen = server.of(kind.of)
    await panel.choose(spot_of(setting.name).custom_id(Action.SET, setting.name), chosen)
    return (chosen.id,)


TYPED = {
    "voice": ("serena", "Serena"),
    "speed": ("1,5", 1.5),
    "volume": ("80 %", 0.8),
    "hold_back_ms": ("1.5 s", 1_500),
    "name_template": ("{name}  writes", "{name} writes"),
    "read_prefix": (";", ";"),
    "skip_prefix": ("*", "*"),
    "quiet_hours": ("22:00 - 7:00", Hours(time(22), time(7))),
    "time_zone": ("europe/berlin", ZoneInfo("Europe/Berlin")),
}


@use.register
async def _(
    kind: Number | Text | HoursOfDay | TimeZone, panel: Panel, setting: Setting, server: Server
) -> Any:
    smallest = getattr(kind, "least", None)
    typed, value = TYPED.get(setting.name, (str(smallest), smallest))
    await panel.type(spot_of(setting.name).custom_id(Action.ASK, setting.name), value=typed)
    return value


@use.register
async def _(_: Words, panel: Panel, setting: Setting, server: Server) -> Any:
    ask = spot_of(setting.name).custom_id(Action.ASK, setting.name)
    await panel.type(ask, added="Cherry\n\n Ethan \nCherry")
    await panel.type(ask, added="Serena", removed="ethan")
    return ("Cherry", "Serena")


@use.register
async def _(_: WordPerKey, panel: Panel, setting: Setting, server: Server) -> Any:
    ask = spot_of(setting.name).custom_id(Action.ASK, setting.name)
    await panel.type(ask, key=["Korean"], value="Sohee")
    await panel.type(ask, key=["German"], value="lenn")
    await panel.type(ask, key=["Korean"])
    return ((Language.GERMAN, "Lenn"),)


NEEDS_MORE = {"model", "style"}
"""Settings that have tests of their own: they go with others, or not."""


@pytest.mark.parametrize(
    "setting",
    [each for each in SETTINGS.values() if each.name not in NEEDS_MORE],
    ids=lambda setting: setting.name,
)
async def test_every_setting_is_changed_where_it_is_shown_and_set_back_after_a_restart(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    server: Server,
    setting: Setting,
    restart: Callable[[], Awaitable[None]],
) -> None:
    spot = spot_of(setting.name)
    panel = await Panel.open(moderator, chat, spot)
    assert f"**{setting.label}" in panel.text
    assert setting.about in panel.text
    value = await use(setting.kind, panel, setting, server)
    assert await kept(bot, guild) == replace(GuildSettings(), **{setting.name: value})
    assert f"Saved. **{setting.label}**: " in panel.text
    await restart()
    await panel.choose(spot.custom_id(Action.RESET), setting.name)
    assert await kept(bot, guild) == GuildSettings()
    assert f"Saved. **{setting.label}**: " in panel.text


# What every page has


@pytest.fixture
async def _full(bot: Bot, guild: GuildHandle, server: Server) -> None:
    """A server in which everything is as long as it may be."""
    ids = tuple(range(2**62, 2**62 + 25))
    words = tuple(f"{number:03}" + "*" * 47 for number in range(200))
    settings = GuildSettings(
        model="qwen3-tts-vc-2026-01-22",
        voice="v" * 128,
        voices=tuple((language, "_" * 128) for language in Language),
        language=Language.GERMAN,
        style="*" * 1_600,
        speed=1.25,
        volume=0.333,
        pause_ms=2_999,
        forces_voice=True,
        gives_voices=True,
        allowed_voices=tuple(f"{number:03}" + "_" * 125 for number in range(50)),
        banned_voices=tuple(f"{number:03}" + "_" * 125 for number in range(50)),
        name_template="{name}" + "*" * 54,
        required_role_id=server.role.id,
        ignored_role_ids=(*ids[1:], server.role.id),
        ignored_member_ids=ids,
        listed_bot_ids=ids,
        read_prefix="*" * 10,
        skip_prefix="_" * 10,
        blocked_words=words,
        leave_when_alone_s=604_799,
        time_zone=ZoneInfo("America/Argentina/ComodRivadavia"),
        log_channel_id=server.channel.id,
        captions_channel_id=server.channel.id,
    )
    await bot.settings.change_guild(guild.id, lambda _: settings, by=server.member.id)
    await bot.lexicons.add(
        LexiconOwner(guild_id=guild.id),
        [LexiconEntry(f"{number:04}" + "*" * 46, "*x" * 50) for number in range(2_000)],
        by=server.member.id,
    )
    for number in range(50):
        voice = Voice("v" * (79 + number), f"{number:02}" + "_" * 30)
        await bot.custom_voices.add(
            guild.id, CustomVoice("qwen3-tts-vc-2026-01-22", voice), by=server.member.id
        )
        await bot.settings.change_rules(
            guild.id,
            2**62 + number,
            lambda now: replace(now, is_muted=True, voice="_" * 128),
            by=server.member.id,
        )


@pytest.mark.usefixtures("_full")
async def test_no_page_is_ever_too_much_for_discord(
    env: Env, guild: GuildHandle, chat: ChannelHandle, bob: MemberActor
) -> None:
    role = guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = guild.add_member(env.create_user("ada"), roles=[role])
    panel = await Panel.open(admin, chat)
    sizes = {}
    for spot in every_spot():
        await panel.turn_to(spot)
        sizes[spot] = (len(panel.components), len(panel.text))
    await panel.turn_to(Spot(Tab.MEMBERS))
    await panel.choose(Spot(Tab.MEMBERS).custom_id(Action.PICK), bob)
    sizes[Spot(Tab.MEMBERS, 0, bob.id)] = (len(panel.components), len(panel.text))
    assert {spot: size for spot, size in sizes.items() if size[0] > MAX_COMPONENTS} == {}
    assert {spot: size for spot, size in sizes.items() if size[1] > MAX_TEXT} == {}
    assert env.errors == []


async def test_every_control_of_every_page_has_words_and_an_id_of_its_version(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    panel = await Panel.open(moderator, chat)
    for spot in every_spot():
        await panel.turn_to(spot)
        pressable = [each for each in panel.components if each["type"] in (BUTTON, *MENUS)]
        assert all(each.get("label") or each.get("placeholder") for each in pressable)
        assert all(each["custom_id"].startswith("panel1:") for each in pressable)
        assert all(len(each["custom_id"]) <= MAX_ID for each in pressable)
    sent = [request.json for request in env.http_requests if request.method == "PATCH"]
    assert all(each["allowed_mentions"] == NOBODY for each in sent)


async def test_pages_and_parts_are_a_press_away(
    chat: ChannelHandle, moderator: MemberActor
) -> None:
    panel = await Panel.open(moderator, chat)
    assert panel.message.ephemeral
    assert panel.text.startswith("### Voices: Who speaks\nNow I speak as Cherry · ")
    for label, title in [
        ("How I speak", "### Voices: How I speak"),
        ("Reading", "### Reading"),
        ("Filters", "### Filters: Whom I read"),
        ("Links, emoji, code", "### Filters: Links, emoji, code"),
        ("Limits", "### Limits: Length"),
        ("Dictionary", "### Dictionary"),
        ("Members", "### Members"),
        ("Log", "### Log"),
        ("Voices", "### Voices: Who speaks"),
    ]:
        await panel.press(panel.labels[label])
        assert panel.text.startswith(title)


async def test_current_values_are_inside_the_controls(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor, server: Server
) -> None:
    settings = GuildSettings(
        voice="Serena",
        banned_voices=("Kai",),
        links=LinkReading.WORD,
        required_role_id=server.role.id,
        ignored_member_ids=(server.member.id,),
        reads_silent=True,
        skip_prefix=";",
    )
    await bot.settings.change_guild(guild.id, lambda _: settings, by=1)
    panel = await Panel.open(moderator, chat)
    for name, chosen in [
        ("model", ["As the operator of the bot chose"]),
        ("voice", ["Serena"]),
        ("banned_voices", ["Kai"]),
        ("links", ["The word “link”"]),
        ("required_role_id", [str(server.role.id)]),
        ("ignored_member_ids", [str(server.member.id)]),
        ("ignored_role_ids", []),
    ]:
        await panel.turn_to(spot_of(name))
        assert panel.chosen(spot_of(name).custom_id(Action.SET, name)) == chosen
    await panel.turn_to(spot_of("reads_silent"))
    assert "**Silent messages:** on" in panel.text
    assert "**Prefix to skip:** ;" in panel.text
    assert "Turn off: Silent messages" in panel.labels


# Voices


async def test_a_model_with_a_style_is_chosen_and_then_takes_one(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    await moderator.slash(chat, "server voice", voice="Jennifer")
    panel = await Panel.open(moderator, chat, spot_of("style"))
    refused = await panel.type(spot_of("style").custom_id(Action.ASK, "style"), value="calm")
    assert refused_with(refused).startswith("qwen3-tts-flash does not follow a style.")
    await panel.turn_to(spot_of("model"))
    await panel.choose(spot_of("model").custom_id(Action.SET, "model"), INSTRUCT)
    assert "**Voice**: Jennifer → Cherry" in panel.text
    await panel.turn_to(spot_of("style"))
    await panel.type(spot_of("style").custom_id(Action.ASK, "style"), value=" *calm*\nand slow ")
    assert await kept(bot, guild) == GuildSettings(
        model=INSTRUCT, voice="Cherry", style="*calm* and slow"
    )
    assert r"**Style:** \*calm\* and slow" in panel.text


async def test_a_voice_is_chosen_from_the_menu(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    panel = await Panel.open(moderator, chat)
    menu = spot_of("voice").custom_id(Action.SET, "voice")
    await panel.choose(menu, key(Voice("Ethan")))
    assert (await kept(bot, guild)).voice == "Ethan"
    assert panel.chosen(menu) == ["Ethan"]
    await panel.choose(menu, "-")
    assert (await kept(bot, guild)).voice is None


async def test_allowed_voices_are_ticked_and_unticked(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    spot = spot_of("allowed_voices")
    menu = spot.custom_id(Action.SET, "allowed_voices")
    panel = await Panel.open(moderator, chat, spot)
    await panel.type(spot.custom_id(Action.ASK, "allowed_voices"), added="Radio Gol\nalloy")
    await panel.choose(menu, *(key(Voice(each)) for each in ("Radio Gol", "Cherry", "Ethan")))
    assert (await kept(bot, guild)).allowed_voices == ("Radio Gol", "alloy", "Cherry", "Ethan")
    await panel.choose(menu, key(Voice("Cherry")))
    assert (await kept(bot, guild)).allowed_voices == ("alloy", "Cherry")


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("voice", {"value": "dylann"}, "qwen3-tts-flash has no such voice. Did you mean Dylan?"),
        (
            "voices",
            {"key": ["German"], "value": "nobody"},
            "qwen3-tts-flash has no such voice. Pick one of its 48 voices.",
        ),
        (
            "allowed_voices",
            {"added": "nobody"},
            "qwen3-tts-flash has no such voice. Pick one of its 48 voices.",
        ),
        ("blocked_words", {"removed": "*x*"}, r"Blocked words: \*x\* is not in that list."),
        (
            "blocked_words",
            {"added": "x" * 51},
            "Blocked words must be a text of 1 to 50 characters.",
        ),
        (
            "listed_bot_ids",
            {"added": "somebody"},
            "Bots and webhooks must be the id of a bot or webhook.",
        ),
        (
            "max_characters",
            {"value": "many"},
            "Longest message must be a whole number from 10 characters to 600 characters.",
        ),
        ("quiet_hours", {"value": "22"}, "Quiet hours must be a span such as 22:00-07:00."),
    ],
)
async def test_what_cannot_be_is_refused_in_one_sentence_and_changes_nothing(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    name: str,
    typed: dict[str, Any],
    sentence: str,
) -> None:
    panel = await Panel.open(moderator, chat, spot_of(name))
    before = panel.text
    refused = await panel.type(spot_of(name).custom_id(Action.ASK, name), **typed)
    assert refused_with(refused) == sentence
    assert await kept(bot, guild) == GuildSettings()
    assert panel.text == before


async def test_a_channel_i_may_not_write_in_is_not_taken_for_the_log(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    locked = guild.create_text_channel("locked")
    await bot.get_channel(locked.id).set_permissions(
        bot.get_guild(guild.id).me, send_messages=False
    )
    panel = await Panel.open(moderator, chat, Spot(Tab.LOG))
    refused = await panel.choose(Spot(Tab.LOG).custom_id(Action.SET, "log_channel_id"), locked)
    assert refused_with(refused) == (
        f"I may not write in {locked.mention}. "
        "Give me View Channel and Send Messages there, then choose it again."
    )
    assert await kept(bot, guild) == GuildSettings()


async def test_webhooks_are_listed_by_their_ids(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    spot = spot_of("listed_bot_ids")
    panel = await Panel.open(moderator, chat, spot)
    ask = spot.custom_id(Action.ASK, "listed_bot_ids")
    await panel.type(ask, added="123\n45")
    assert (await kept(bot, guild)).listed_bot_ids == (45, 123)
    await panel.type(ask, removed="123")
    assert (await kept(bot, guild)).listed_bot_ids == (45,)


async def test_channels_are_read_and_read_no_more(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    spot = spot_of("reads_voice_chat")
    menu = spot.custom_id(Action.SET, "read_channels")
    news, notes = guild.create_text_channel("news"), guild.create_text_channel("notes")
    mine = await Panel.open(moderator, chat, spot)
    theirs = await Panel.open(moderator, chat, spot)
    await mine.choose(menu, chat, news)
    assert f"Saved. I read {chat.mention}." in mine.text
    await theirs.choose(menu, notes)
    assert set(theirs.chosen(menu)) == {str(each.id) for each in (chat, news, notes)}
    await theirs.choose(menu, news)
    assert f"Saved. I do not read {chat.mention}." in theirs.text
    assert await bot.settings.fetch_channels(guild.id) == {news.id: ChannelSettings(is_read=True)}


async def test_words_of_the_dictionary_are_added_and_removed(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    panel = await Panel.open(moderator, chat, Spot(Tab.DICTIONARY))
    assert "**0 words** of 2,000 at most" in panel.text
    await panel.type(panel.labels["Add a word…"], key="b*tw", value="by the way")
    await panel.type(panel.labels["Add a word…"], key="lol")
    assert "**2 words** of 2,000 at most" in panel.text
    assert r"- **b\*tw**: by the way" in panel.text
    await panel.type(panel.labels["Remove a word…"], key="LOL")
    owner = LexiconOwner(guild_id=guild.id)
    assert await bot.lexicons.find(owner) == (LexiconEntry("b*tw", "by the way"),)
    refused = await panel.type(panel.labels["Remove a word…"], key="lol")
    assert refused_with(refused).startswith("The word **lol** is not in there.")
    entries = await bot.audit.fetch(guild.id, most=9)
    assert [(entry.name, entry.by) for entry in entries] == [
        (word, moderator.id) for word in ("lol", "lol", "b*tw")
    ]


async def test_the_chat_of_a_voice_channel_is_left_out_by_name(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    moderator: MemberActor,
) -> None:
    spot = spot_of("reads_voice_chat")
    menu = spot.custom_id(Action.SET, "read_channels")
    panel = await Panel.open(moderator, chat, spot)
    await panel.choose(menu, lounge)
    await panel.choose(menu)
    assert await bot.settings.fetch_channels(guild.id) == {
        lounge.id: ChannelSettings(is_read=False)
    }


async def test_what_discord_knows_no_more_does_not_break_a_page(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    gone = GuildSettings(
        required_role_id=71, ignored_member_ids=(72,), log_channel_id=73, captions_channel_id=74
    )
    await bot.settings.change_guild(guild.id, lambda _: gone, by=1)
    panel = await Panel.open(moderator, chat)
    for name in ("required_role_id", "log_channel_id", "captions_channel_id"):
        await panel.turn_to(spot_of(name))
        assert panel.chosen(spot_of(name).custom_id(Action.SET, name)) == []
    env.inject_error("PATCH", "/webhooks/*", status=400, code=50_035, times=1)
    spot = spot_of("ignored_member_ids")
    await panel.press(spot.custom_id(Action.SHOW, "page"))
    assert panel.chosen(spot.custom_id(Action.SET, "ignored_member_ids")) == []
    await panel.choose(spot.custom_id(Action.SET, "ignored_member_ids"), moderator)
    assert (await kept(bot, guild)).ignored_member_ids == (72, moderator.id)


async def test_the_log_page_shows_the_newest_changes(
    chat: ChannelHandle, moderator: MemberActor
) -> None:
    panel = await Panel.open(moderator, chat, Spot(Tab.LOG))
    assert "Nobody has changed anything here" in panel.text
    await moderator.slash(chat, "server voice", voice="Ethan")
    await panel.press(panel.labels["Log"])
    assert f"{moderator.mention}: **Voice**: as the operator of the bot chose → Ethan" in panel.text


async def test_where_nobody_can_speak_the_panel_says_so_and_still_opens(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog = bot.speech._catalog
    monkeypatch.setattr(
        catalog,
        "_offers",
        {id_: offer for id_, offer in catalog._offers.items() if id_.startswith("qwen3-tts-v")},
    )
    monkeypatch.setattr(
        bot.speech,
        "_defaults",
        replace(
            bot.speech._defaults,
            settings=replace(bot.speech._defaults.settings, model="qwen3-tts-vc-2026-01-22"),
        ),
    )
    panel = await Panel.open(moderator, chat)
    assert "A moderator can add one with /server customvoice add." in panel.text
    for spot in every_spot():
        await panel.turn_to(spot)
