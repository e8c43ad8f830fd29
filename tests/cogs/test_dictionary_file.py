"""`/dictionary export` and `import`: nothing is changed before somebody agrees."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import MAX_PERSONAL_ENTRIES, LexiconEntry
from bot.text.lexicon_files import MAX_BYTES, read_file, write_csv, write_json
from tests.cogs.answers import private_answer, refusal
from tests.cogs.panel import refused_with
from tests.cogs.panels import EPHEMERAL, assert_fits, buttons, panel_of, text
from tests.cogs.people import demote

SQL, GIF = LexiconEntry("SQL", "sequel"), LexiconEntry("GIF", "jif")
OLD = LexiconEntry("sql", "ess cue ell")
LOL = LexiconEntry("lol", "")


@pytest.fixture
def server(guild: GuildHandle) -> LexiconOwner:
    return LexiconOwner(guild_id=guild.id)


def numbered(count: int, *, size: int = 1) -> list[LexiconEntry]:
    return [LexiconEntry(f"{n:04}{'w' * size}", "r" * size * 2) for n in range(count)]


async def bring(
    member: MemberActor,
    chat: ChannelHandle,
    content: bytes,
    *,
    name: str = "words.csv",
    **options: bool,
) -> InteractionResult:
    return await member.slash(chat, "dictionary import", file=(name, content), **options)


async def exported(
    member: MemberActor, chat: ChannelHandle, **options: str | bool
) -> Sequence[tuple[str, bytes]]:
    message = panel_of(await member.slash(chat, "dictionary export", **options))
    return [(each.filename, await each.read()) for each in message.attachments]


def files_of(env: Env, panel: ResponseMessage) -> int:
    return len(env.backend.get_message(panel.channel_id, panel.id).attachments)


class TestExport:
    @pytest.mark.parametrize("format_", ["csv", "json"])
    async def test_an_export_can_be_imported_elsewhere(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
        format_: str,
    ) -> None:
        entries = (LexiconEntry("=1+1", "two"), GIF, LOL, SQL, LexiconEntry("草", "くさ"))
        await bot.lexicons.add(server, entries, by=1)
        [(name, content)] = await exported(moderator, chat, format=format_)
        assert name == f"dictionary.{format_}"
        panel = panel_of(await bring(moderator, chat, content, mine=True))
        await moderator.click(panel, label="Add them")
        own = await bot.lexicons.find(LexiconOwner(member_id=moderator.id))
        assert own == await bot.lexicons.find(server)

    async def test_ones_own_words_go_to_oneself(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await bot.lexicons.add(server, [GIF], by=1)
        await bot.lexicons.add(LexiconOwner(member_id=alice.id), [SQL], by=alice.id)
        [(_, content)] = await exported(alice, chat, format="json", mine=True)
        assert json.loads(content) == [{"word": "SQL", "reading": "sequel"}]

    async def test_what_is_too_large_to_be_imported_at_once_comes_in_parts(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        entries = numbered(2_000, size=46)
        await bot.lexicons.add(server, entries, by=1)
        files = await exported(moderator, chat)
        assert [name for name, _ in files] == ["dictionary-1.csv", "dictionary-2.csv"]
        assert all(len(content) <= MAX_BYTES for _, content in files)
        assert sum(len(read_file(content).entries) for _, content in files) == len(entries)

    async def test_an_empty_dictionary_is_no_file(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        told = refusal(env, await moderator.slash(chat, "dictionary export"))
        assert told == "There is no word in it yet. Add one with /dictionary add."


class TestImport:
    async def test_what_would_change_is_said_before_it_does(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        await bot.lexicons.add(server, [OLD, LOL], by=1)
        panel = panel_of(await bring(moderator, chat, b"word,reading\nSQL,sequel\nGIF,jif\n"))
        assert text(panel) == (
            "### Dictionary of this server\n"
            "The file has 2 words.\n"
            "**Add them to what is there:** 1 word added, 1 word changed.\n"
            "**Put them in place of all that is there:** 1 word added, 1 word changed, "
            "1 word removed.\n"
            "New, such as:\n"
            "- **GIF**: jif\n"
            "Changed, such as:\n"
            "- **SQL**: sequel, before: ess cue ell\n"
            "Gone if all is replaced, such as:\n"
            "- **lol**: *(left out)*"
        )
        assert buttons(panel) == {"Add them": True, "Replace all": True, "Change nothing": True}
        assert await bot.lexicons.find(server) == (LOL, OLD)

    @pytest.mark.parametrize(
        ("label", "after", "said"),
        [
            ("Add them", (GIF, LOL, SQL), "Saved: 1 word added, 1 word changed."),
            ("Replace all", (GIF, SQL), "Saved: 1 word added, 1 word changed, 1 word removed."),
            ("Change nothing", (LOL, OLD), "Nothing was changed."),
        ],
    )
    async def test_a_moderator_decides(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
        restart: Callable[[], Awaitable[None]],
        label: str,
        after: tuple[LexiconEntry, ...],
        said: str,
    ) -> None:
        await bot.lexicons.add(server, [OLD, LOL], by=1)
        panel = panel_of(await bring(moderator, chat, write_csv([SQL, GIF])))
        assert files_of(env, panel) == 1
        await restart()
        await moderator.click(panel, label=label)
        assert text(panel) == said
        assert not files_of(env, panel)
        assert await bot.lexicons.find(server) == after

    async def test_rows_that_cannot_be_used_are_named(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        rows = ["SQL,sequel", "sql,again", *["x,..."] * 6]
        panel = panel_of(await bring(moderator, chat, "\n".join(rows).encode()))
        assert text(panel).splitlines()[1:4] == [
            "The file has 1 word.",
            "7 rows cannot be used and are left out:",
            r"- Row 2: The word is in row 1 already. Keep one of them.",
        ]
        assert "- and 2 more" in text(panel)
        await moderator.click(panel, label="Add them")
        assert await bot.lexicons.find(server) == (SQL,)

    async def test_the_fullest_question_fits(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor, bot: Bot, server: LexiconOwner
    ) -> None:
        def longest(mark: str, reading: str) -> list[LexiconEntry]:
            return [LexiconEntry(f"{mark * 48}{n:02}", reading * 50) for n in range(9)]

        await bot.lexicons.add(server, longest("*", "x_") + longest("~", "_|"), by=1)
        faulty = [LexiconEntry("*" * 60, "x")] * 9
        content = write_json([*longest("*", "_x"), *longest("`", "|_"), *faulty])
        panel = panel_of(await bring(moderator, chat, content, name="words.json"))
        assert "Gone if all is replaced" in text(panel)
        assert_fits(panel)

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"x" * (MAX_BYTES + 1), "The file is too large. It may have 256 kilobytes."),
            (b"\xff\xfe\xff", "I cannot read that file. Save it as a text in UTF-8."),
            (
                b"SQL,...",
                (
                    "There is no word in that file that I can use.\n"
                    "Row 1: I could not pronounce that. "
                    "Write how the word is said in letters, or nothing to leave the word out."
                ),
            ),
            (b"lol,", "All of that is in the dictionary already, and nothing else is."),
        ],
        ids=["too large", "no text", "no word", "nothing new"],
    )
    async def test_a_file_that_is_none_is_refused(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
        content: bytes,
        told: str,
    ) -> None:
        await bot.lexicons.add(server, [LOL], by=1)
        assert refusal(env, await bring(moderator, chat, content)) == told

    async def test_a_file_that_does_not_fit_cannot_be_added(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, bot: Bot
    ) -> None:
        owner = LexiconOwner(member_id=alice.id)
        await bot.lexicons.add(owner, numbered(MAX_PERSONAL_ENTRIES), by=1)
        panel = panel_of(await bring(alice, chat, write_csv([SQL]), mine=True))
        assert "There is not enough room to add them to what is there." in text(panel)
        assert buttons(panel)["Add them"] is False
        await alice.click(panel, label="Replace all")
        assert await bot.lexicons.find(owner) == (SQL,)
        told = await bring(alice, chat, write_csv(numbered(201)), mine=True)
        assert refusal(env, told) == (
            "The file has too many words. A dictionary like this may have 200."
        )

    async def test_nobody_else_decides_and_nobody_who_may_no_longer(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        moderator: MemberActor,
        bot: Bot,
        server: LexiconOwner,
    ) -> None:
        panel = panel_of(await bring(moderator, chat, write_csv([SQL])))
        stored = env.backend.get_message(panel.channel_id, panel.id)
        stored.flags &= ~EPHEMERAL
        told = private_answer(env, await alice.click(panel, label="Add them"))
        assert told == "Only who brought this file can decide about it."
        demote(env, moderator)
        told = private_answer(env, await moderator.click(panel, label="Add them"))
        assert told.startswith("Only members with the permission Manage Server")
        assert await bot.lexicons.find(server) == ()

    async def test_a_file_that_discord_does_not_hand_out_changes_nothing(
        self, env: Env, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        panel = panel_of(await bring(moderator, chat, write_csv([SQL])))
        env.backend.cdn._blobs.clear()
        told = refused_with(await moderator.click(panel, label="Add them"))
        assert told == "I cannot get that file from Discord. Upload it again."
