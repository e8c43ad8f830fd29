"""Who uses the panel: two moderators at once, one who is none any more, and whom they rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.models import Voice
from bot.settings.choices import LinkReading
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.voice.session import VoiceSession
from cogs.views.panel.spot import Action, Spot, Tab
from cogs.views.voice_picker import key
from tests.cogs.panel import Panel, refused_with, spot_of
from tests.cogs.people import demote, member_with
from tests.cogs.speaking import Speak

LACKS = "Only members with the permission {permission} can do that."
ROLES, WORDS = spot_of("ignored_role_ids"), spot_of("blocked_words")


@pytest.fixture
def other(env: Env, guild: GuildHandle) -> MemberActor:
    """Another one with Manage Server."""
    return member_with(env, guild, "otto", manage_guild=True)


@pytest.fixture
def keeper(env: Env, guild: GuildHandle) -> MemberActor:
    """Somebody who may decide about members, too."""
    return member_with(env, guild, "kim", manage_guild=True, moderate_members=True)


OpenBoth = Callable[[Spot], Awaitable[list[Panel]]]
Rules = Callable[[], Awaitable[MemberRules]]


async def kept(bot: Bot, guild: GuildHandle) -> GuildSettings:
    return await bot.settings.fetch_guild(guild.id)


class TestTwo:
    """Both have a panel open, and neither loses what the other changes."""

    @pytest.fixture
    def open_both(
        self, chat: ChannelHandle, moderator: MemberActor, other: MemberActor
    ) -> OpenBoth:
        async def open_at(spot: Spot) -> list[Panel]:
            return [await Panel.open(each, chat, spot) for each in (moderator, other)]

        return open_at

    async def test_what_one_adds_to_a_list_stays_when_the_other_adds_too(
        self, bot: Bot, guild: GuildHandle, open_both: OpenBoth
    ) -> None:
        red, green, blue = (guild.create_role(name) for name in ("red", "green", "blue"))
        await bot.settings.change_guild(
            guild.id, lambda now: replace(now, ignored_role_ids=(red.id,)), by=1
        )
        mine, theirs = await open_both(ROLES)
        menu = ROLES.custom_id(Action.SET, "ignored_role_ids")
        await mine.choose(menu, red, green)
        await theirs.choose(menu, blue)
        assert (await kept(bot, guild)).ignored_role_ids == (green.id, blue.id)
        assert set(theirs.chosen(menu)) == {str(green.id), str(blue.id)}

    async def test_both_may_take_the_same_away(
        self, bot: Bot, guild: GuildHandle, open_both: OpenBoth
    ) -> None:
        red = guild.create_role("red")
        await bot.settings.change_guild(
            guild.id, lambda now: replace(now, ignored_role_ids=(red.id,)), by=1
        )
        mine, theirs = await open_both(ROLES)
        for panel in (mine, theirs):
            await panel.choose(ROLES.custom_id(Action.SET, "ignored_role_ids"))
        assert (await kept(bot, guild)).ignored_role_ids == ()
        assert "Nothing to change: it is so already." in theirs.text

    async def test_a_switch_that_both_press_is_not_turned_back(
        self, bot: Bot, guild: GuildHandle, open_both: OpenBoth
    ) -> None:
        spot = spot_of("forces_voice")
        mine, theirs = await open_both(spot)
        for panel in (mine, theirs):
            await panel.press(panel.labels["Turn on: One voice for all"])
        assert (await kept(bot, guild)).forces_voice

    async def test_dialogs_change_nothing_but_what_was_typed(
        self,
        bot: Bot,
        guild: GuildHandle,
        moderator: MemberActor,
        other: MemberActor,
        open_both: OpenBoth,
    ) -> None:
        mine, theirs = await open_both(WORDS)
        shown = [
            await mine.press(WORDS.custom_id(Action.ASK, "blocked_words")),
            await theirs.press(WORDS.custom_id(Action.ASK, "blocked_words")),
            await mine.press(WORDS.custom_id(Action.ASK, "skip_prefix")),
        ]
        await moderator.submit_modal(shown[0], {"added": "one"})
        await other.submit_modal(shown[1], {"added": "two"})
        await moderator.submit_modal(shown[2], {"value": ";"})
        assert await kept(bot, guild) == GuildSettings(
            blocked_words=("one", "two"), skip_prefix=";"
        )

    async def test_a_page_is_shown_as_it_is_now(
        self, bot: Bot, guild: GuildHandle, open_both: OpenBoth
    ) -> None:
        spot = spot_of("links")
        mine, theirs = await open_both(spot)
        await mine.choose(spot.custom_id(Action.SET, "links"), LinkReading.OFF.value)
        await theirs.choose(spot.custom_id(Action.SET, "emoji"), "off")
        assert theirs.chosen(spot.custom_id(Action.SET, "links")) == ["Nothing"]


PRESSES = [
    (Spot(), Spot(Tab.READING).custom_id(Action.SHOW, "page"), None),
    (spot_of("follows"), spot_of("follows").custom_id(Action.ON, "follows"), None),
    (spot_of("links"), spot_of("links").custom_id(Action.SET, "links"), ["off"]),
    (spot_of("voice"), spot_of("voice").custom_id(Action.RESET), ["voice"]),
    (
        spot_of("max_characters"),
        spot_of("max_characters").custom_id(Action.ASK, "max_characters"),
        None,
    ),
]


class TestNobody:
    """A panel in the hands of somebody who may not use it any more."""

    @pytest.mark.parametrize(
        ("spot", "custom_id", "values"), PRESSES, ids=["page", "switch", "menu", "reset", "dialog"]
    )
    async def test_a_stale_panel_does_nothing_but_say_so(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        spot: Spot,
        custom_id: str,
        values: list[str] | None,
    ) -> None:
        before = (
            await bot.settings.change_guild(guild.id, lambda now: replace(now, voice="Ethan"), by=1)
        ).after
        panel = await Panel.open(moderator, chat, spot)
        shown = panel.text
        demote(env, moderator)
        press = panel.press(custom_id) if values is None else panel.choose(custom_id, *values)
        result = await press
        assert refused_with(result) == LACKS.format(permission="Manage Server")
        assert result.modal is None
        assert panel.text == shown
        assert await kept(bot, guild) == before

    async def test_a_dialog_that_was_open_does_nothing_either(
        self,
        env: Env,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
    ) -> None:
        panel = await Panel.open(moderator, chat, WORDS)
        shown = await panel.press(WORDS.custom_id(Action.ASK, "skip_prefix"))
        demote(env, moderator)
        result = await moderator.submit_modal(shown, {"value": ";"})
        assert refused_with(result) == LACKS.format(permission="Manage Server")
        assert await kept(bot, guild) == GuildSettings()

    async def test_a_dialog_that_outlives_the_process_is_heard(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        panel = await Panel.open(moderator, chat, WORDS)
        shown = await panel.press(WORDS.custom_id(Action.ASK, "skip_prefix"))
        await restart()
        await moderator.submit_modal(shown, {"value": ";"})
        assert (await kept(bot, guild)).skip_prefix == ";"
        assert "**Prefix to skip:** ;" in panel.text


MEMBERS = Spot(Tab.MEMBERS)


class TestMembers:
    """The page on which moderators decide about others."""

    @pytest.fixture
    async def panel(self, chat: ChannelHandle, keeper: MemberActor, alice: MemberActor) -> Panel:
        """The page with Alice chosen."""
        panel = await Panel.open(keeper, chat, MEMBERS)
        await panel.choose(MEMBERS.custom_id(Action.PICK), alice)
        return panel

    @pytest.fixture
    def rules(self, bot: Bot, guild: GuildHandle, alice: MemberActor) -> Rules:
        """What is decided about Alice."""
        return lambda: bot.settings.fetch_rules(guild.id, alice.id)

    async def test_a_member_is_muted_and_read_again(
        self,
        alice: MemberActor,
        panel: Panel,
        rules: Rules,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        assert "**Muted:** off" in panel.text
        await panel.press(panel.labels["Mute"])
        assert (await rules()).is_muted
        assert f"{alice.mention}: Muted: on" in panel.text
        await restart()
        await panel.press(panel.labels["Read again"])
        assert await rules() == MemberRules()

    async def test_muting_takes_back_what_waits(
        self,
        alice: MemberActor,
        bob: MemberActor,
        session: VoiceSession,
        speak: Speak,
        panel: Panel,
    ) -> None:
        await speak((alice, "One"), (bob, "Two"), (alice, "Three"))
        await panel.press(panel.labels["Mute"])
        waiting = [turn.utterance.speaker_id for turn in session.turns if not turn.is_cut]
        assert waiting == [bob.id]

    async def test_a_voice_is_locked_from_the_menu_or_by_its_name_and_unlocked(
        self,
        alice: MemberActor,
        panel: Panel,
        rules: Rules,
    ) -> None:
        spot = Spot(Tab.MEMBERS, 0, alice.id)
        menu = spot.custom_id(Action.SET, "voice")
        await panel.choose(menu, key(Voice("Ethan")))
        assert (await rules()).voice == "Ethan"
        await panel.type(panel.labels["Another voice…"], value="radio gol")
        assert (await rules()).voice == "Radio Gol"
        assert panel.chosen(menu) == ["Radio Gol"]
        refused = await panel.type(panel.labels["Another voice…"], value="dylann")
        assert refused_with(refused) == "qwen3-tts-flash has no such voice. Did you mean Dylan?"
        await panel.choose(menu, "-")
        assert await rules() == MemberRules()

    async def test_all_of_it_is_forgotten_at_once(
        self,
        bot: Bot,
        guild: GuildHandle,
        chat: ChannelHandle,
        keeper: MemberActor,
        alice: MemberActor,
        rules: Rules,
    ) -> None:
        await bot.settings.change_rules(
            guild.id, alice.id, lambda _: MemberRules(is_muted=True, voice="Kai"), by=1
        )
        panel = await Panel.open(keeper, chat, MEMBERS)
        await panel.choose(MEMBERS.custom_id(Action.PICK), alice)
        await panel.press(panel.labels["Forget all of this"])
        assert await rules() == MemberRules()

    async def test_who_may_not_decide_about_members_is_told_so_at_once(
        self, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = await Panel.open(moderator, chat, MEMBERS)
        assert "Only members with the permission Moderate Members" in panel.text
        assert "Mute" not in panel.labels

    async def test_who_may_not_do_so_any_more_changes_nothing(
        self,
        env: Env,
        guild: GuildHandle,
        panel: Panel,
        rules: Rules,
    ) -> None:
        role_id = guild.roles["kim"].id
        env.backend.edit_role(
            guild.id, role_id, {"permissions": discord.Permissions(manage_guild=True).value}
        )
        result = await panel.press(panel.labels["Mute"])
        assert refused_with(result) == LACKS.format(permission="Moderate Members")
        assert await rules() == MemberRules()


@pytest.mark.parametrize(
    "custom_id",
    [
        "panel1:dance:voices.0.0:voice",
        "panel1:set:voices.0.0:of_the_future",
        "panel1:on:nowhere.9.0:of_the_future",
    ],
)
async def test_a_control_of_another_version_says_to_open_a_new_panel(
    env: Env, chat: ChannelHandle, moderator: MemberActor, custom_id: str
) -> None:
    panel = await Panel.open(moderator, chat)
    stored = env.backend.get_message(chat.id, panel.message.id)
    button = next(each for each in panel.components if each.get("label") == "Another voice…")
    stored.components[0]["components"].append(
        {"type": 1, "id": 90, "components": [{**button, "id": 91, "custom_id": custom_id}]}
    )
    result = await panel.press(custom_id)
    assert refused_with(result) == (
        "This panel is of an older version. Open a new one with /server panel."
    )
