"""`/dictionary`: words of a server and of one's own, and who may change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from tests.cogs.answers import private_answer, refusal
from tests.cogs.panels import EPHEMERAL, assert_fits, buttons, panel_of, text
from tests.cogs.people import demote

ONLY_OWN = (
    "Only members with the permission Manage Server can do that for everyone here. "
    "With the option mine: True you do it for yourself."
)
LONGEST = LexiconEntry("*" * 49, "_" * 100)
SQL = LexiconEntry("SQL", "sequel")


@pytest.fixture
def server(guild: GuildHandle) -> LexiconOwner:
    return LexiconOwner(guild_id=guild.id)


async def know(bot: Bot, owner: LexiconOwner, *entries: LexiconEntry) -> None:
    await bot.lexicons.add(owner, entries, by=1)


def numbered(count: int) -> list[LexiconEntry]:
    return [LexiconEntry(f"word{number:04}", f"reading {number}") for number in range(count)]


def listed(panel: ResponseMessage) -> list[str]:
    return [line for line in text(panel).splitlines() if line.startswith("- ")]


class TestChanged:
    async def test_a_moderator_teaches_everyones_word(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        told = await moderator.slash(chat, "dictionary add", word=" SQL ", reading="se*quel*")
        assert private_answer(env, told) == r"I say **SQL** as **se\*quel\*** in this server."
        assert await bot.lexicons.find(server) == (LexiconEntry("SQL", "se*quel*"),)
        [entry] = await bot.audit.fetch(server.guild_id, most=9)
        assert (entry.by, entry.name, entry.new) == (moderator.id, "SQL", '"se*quel*"')

    async def test_another_reading_takes_the_place_of_the_first_and_says_so(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await know(bot, server, SQL)
        told = await moderator.slash(chat, "dictionary add", word="sql")
        assert private_answer(env, told) == (
            "I leave **sql** out in this server. Before, it was **SQL**: sequel."
        )
        assert await bot.lexicons.find(server) == (LexiconEntry("sql", ""),)

    async def test_a_member_teaches_a_word_of_their_own(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        told = await alice.slash(chat, "dictionary add", word="SQL", reading="sequel", mine=True)
        assert private_answer(env, told) == "I say **SQL** as **sequel** where you write it."
        assert await bot.lexicons.find(LexiconOwner(member_id=alice.id)) == (SQL,)
        assert await bot.lexicons.find(server) == ()

    async def test_alone_with_me_every_word_is_ones_own(
        self, env: Env, alice: MemberActor, bot: Bot
    ) -> None:
        await alice.user.slash("dictionary add", word="SQL", reading="sequel")
        assert await bot.lexicons.find(LexiconOwner(member_id=alice.id)) == (SQL,)
        told = await alice.user.slash("dictionary remove", word="sql")
        assert private_answer(env, told) == "Removed: **SQL**: sequel"

    async def test_what_cannot_be_a_word_is_refused(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        told = await moderator.slash(chat, "dictionary add", word="SQL", reading="...")
        assert refusal(env, told).startswith("I could not pronounce that.")

    async def test_a_word_that_is_not_there_is_not_removed(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        told = await moderator.slash(chat, "dictionary remove", word="*SQL*")
        assert refusal(env, told) == (
            r"The word **\*SQL\*** is not in there. See which are with /dictionary list."
        )

    @pytest.mark.parametrize(
        ("command", "options"),
        [
            ("add", {"word": "SQL"}),
            ("remove", {"word": "SQL"}),
            ("list", {}),
            ("export", {}),
            ("import", {"file": ("words.csv", b"a,b")}),
        ],
    )
    async def test_who_may_not_do_it_for_everyone_is_told_of_their_own(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bot: Bot,
        server: LexiconOwner,
        command: str,
        options: dict[str, str],
    ) -> None:
        await know(bot, server, SQL)
        assert refusal(env, await alice.slash(chat, f"dictionary {command}", **options)) == ONLY_OWN
        assert await bot.lexicons.find(server) == (SQL,)

    async def test_words_are_suggested_from_the_dictionary_that_is_meant(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
    ) -> None:
        await know(bot, server, SQL, LexiconEntry("GIF", "jif"), LONGEST)
        await know(bot, LexiconOwner(member_id=alice.id), LexiconEntry("lol", ""))
        suggest = moderator.autocomplete
        assert [
            (each["name"], each["value"])
            for each in await suggest(chat, "dictionary remove", "word", "seq")
        ] == [("SQL: sequel", "SQL")]
        assert len(await suggest(chat, "dictionary remove", "word", "")) == 3
        assert await alice.autocomplete(chat, "dictionary remove", "word", "") == []
        own = await alice.autocomplete(chat, "dictionary remove", "word", "", mine=True)
        assert [each["name"] for each in own] == ["lol: (left out)"]


class TestListed:
    async def test_the_words_come_page_by_page(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await know(bot, server, *numbered(21), SQL, LexiconEntry("lol", ""))
        panel = panel_of(await moderator.slash(chat, "dictionary list"))
        assert text(panel).splitlines()[:4] == [
            "### Dictionary of this server",
            "23 words. Page 1 of 3.",
            "- **lol**: *(left out)*",
            "- **SQL**: sequel",
        ]
        assert buttons(panel) == {
            "Page before": False,
            "Next page": True,
            "Add a word": True,
            "Search": True,
        }
        await moderator.click(panel, label="Next page")
        await moderator.click(panel, label="Next page")
        assert [line.split("**")[1] for line in listed(panel)] == [
            "word0018",
            "word0019",
            "word0020",
        ]
        await moderator.click(panel, label="Page before")
        assert "Page 2 of 3." in text(panel)

    async def test_the_fullest_page_fits(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot
    ) -> None:
        longest = [LexiconEntry(f"{'*' * 48}{n:02}", "_" * 100) for n in range(100)]
        await know(bot, LexiconOwner(member_id=alice.id), *longest)
        found = await alice.slash(chat, "dictionary list", search="*" * 25, mine=True)
        panel = panel_of(found)
        assert_fits(panel)
        await alice.click(panel, label="Next page")
        await alice.select(panel, [longest[11].word])
        assert_fits(panel)
        assert len(listed(panel)) == 10

    async def test_it_is_searched_in_any_case(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await know(bot, server, *numbered(12), SQL)
        panel = panel_of(await moderator.slash(chat, "dictionary list"))
        asked = await moderator.click(panel, label="Search")
        await moderator.submit_modal(asked, {"word": " SEQU "})
        assert text(panel).splitlines()[1:] == ["1 word with **SEQU**.", "- **SQL**: sequel"]
        await moderator.click(panel, label="Show all words")
        assert "13 words." in text(panel)

    async def test_a_word_is_added_in_a_dialog(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot
    ) -> None:
        panel = panel_of(await alice.slash(chat, "dictionary list", mine=True))
        assert "There is no word in it yet." in text(panel)
        asked = await alice.click(panel, label="Add a word")
        await alice.submit_modal(asked, {"word": "SQL", "reading": "sequel"})
        assert text(panel).splitlines() == [
            "I say **SQL** as **sequel** where you write it.",
            "### Your dictionary",
            "1 word.",
            "- **SQL**: sequel",
        ]

    async def test_a_word_is_removed_from_a_menu(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await know(bot, server, *numbered(11))
        panel = panel_of(await moderator.slash(chat, "dictionary list"))
        await moderator.click(panel, label="Next page")
        await moderator.select(panel, ["word0010"])
        assert text(panel).splitlines()[:3] == [
            "Removed: **word0010**: reading 10",
            "### Dictionary of this server",
            "10 words.",
        ]
        [entry, *_] = await bot.audit.fetch(server.guild_id, most=1)
        assert (entry.by, entry.name, entry.new) == (moderator.id, "word0010", None)

    async def test_it_works_after_a_restart_dialogs_too(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        await know(bot, server, *numbered(12))
        panel = panel_of(await moderator.slash(chat, "dictionary list", search="reading"))
        asked = await moderator.click(panel, label="Add a word")
        await restart()
        await moderator.submit_modal(asked, {"word": "zig", "reading": "reading zag"})
        await moderator.click(panel, label="Next page")
        assert [line.split("**")[1] for line in listed(panel)][-1] == "zig"

    async def test_nobody_else_can_use_it(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bob: MemberActor,
        bot: Bot,
    ) -> None:
        await know(bot, LexiconOwner(member_id=alice.id), SQL)
        panel = panel_of(await alice.slash(chat, "dictionary list", mine=True))
        env.backend.get_message(panel.channel_id, panel.id).flags &= ~EPHEMERAL
        told = "Only who opened this list can use it. Open your own with /dictionary list."
        assert private_answer(env, await bob.click(panel, label="Add a word")) == told
        removed = await bob.select(panel, ["SQL"])
        assert private_answer(env, removed) == told
        assert await bot.lexicons.find(LexiconOwner(member_id=alice.id)) == (SQL,)

    async def test_who_may_no_longer_is_told_so_and_changes_nothing(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await know(bot, server, SQL)
        panel = panel_of(await moderator.slash(chat, "dictionary list"))
        asked = await moderator.click(panel, label="Add a word")
        demote(env, moderator)
        removed = await moderator.select(panel, ["SQL"])
        assert private_answer(env, removed) == ONLY_OWN
        added = await moderator.submit_modal(asked, {"word": "GIF", "reading": "jif"})
        assert private_answer(env, added) == ONLY_OWN
        assert private_answer(env, await moderator.click(panel, label="Search")) == ONLY_OWN
        assert await bot.lexicons.find(server) == (SQL,)
