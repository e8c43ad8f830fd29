"""`/privacy`: what is kept is shown, handed out and deleted."""

from __future__ import annotations

import gzip
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor

from bot.client import Bot, Services
from bot.errors import UserError
from bot.models import Language, Origin, SpeechRequest, Voice
from bot.privacy.disclosure import Disclosure
from bot.privacy.service import PrivacyService
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings
from bot.storage.app_state import greeted
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from bot.tts.cached import ClipCache
from bot.tts.catalog import Provider
from bot.tts.offered import CustomVoice
from bot.voice.session import VoiceSession
from tests.cogs.answers import answer, messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.speaking import Speak

CLONE = "qwen3-tts-vc-2026-01-22"
FLASH = "qwen3-tts-flash"
NOT_ALLOWED = "Only members with the permission Manage Server can do that."
GONE_S = 1.0
"""Reliability catalogue, row D-12."""

PROMISES = [
    "### How I treat what people write",
    (
        "- **What people write** is kept nowhere: I have it in memory until it was spoken, and it "
        "is in no log."
    ),
    (
        "- **The sound of it** is kept for up to 7 days, without text and names, so that the same "
        "sentence is there at once."
    ),
    (
        "- **Who else gets the text:** Alibaba Cloud Model Studio, which makes the speech, and "
        "nothing that says who wrote it."
    ),
    "- Take it along with /privacy export, delete it with /privacy delete.",
]


@pytest.fixture
def cache() -> ClipCache:
    return ClipCache(memory_bytes=1_000_000)


async def leave_traces(
    bot: Bot, guild: GuildHandle, member: MemberActor, chat: ChannelHandle
) -> None:
    """Let a member, who is a moderator too, do everything of which something is kept."""
    await member.slash(chat, "voice set", voice="Ethan", speed=1.5)
    await member.slash(chat, "voice set", voice="Kai", everywhere=True)
    await member.slash(chat, "nickname", name="Ali")
    await member.slash(chat, "optout", everywhere=True)
    await member.slash(chat, "server voice", voice="Serena")
    await bot.custom_voices.add(
        guild.id, CustomVoice(CLONE, Voice("vc-1", "Grandpa"), Language.GERMAN), by=member.id
    )
    await bot.lexicons.add(
        LexiconOwner(member_id=member.id), [LexiconEntry("gg", "good game")], by=member.id
    )
    await bot.lexicons.add(
        LexiconOwner(guild_id=guild.id), [LexiconEntry("afk", "away")], by=member.id
    )
    await bot.state_of_app.save(greeted(guild.id), "2026-11-30T12:00:00+00:00")
    request = SpeechRequest("Hello", FLASH, Voice("Kai"), origin=Origin(guild.id, member.id))
    await bot.usage.charge(request)
    bot.usage.note_saved(request.origin, 7)
    await bot.settings.change_channel(
        guild.id, chat.id, lambda _: ChannelSettings(is_read=True), by=member.id
    )
    # Moderators have once ignored them, and do so no more.
    for ignored in ((member.id,), ()):
        await bot.settings.change_guild(
            guild.id,
            lambda now, ignored=ignored: replace(now, ignored_member_ids=ignored),
            by=1,
        )


@pytest.fixture
def rows_with(database_url: str) -> Callable[[int], list[str]]:
    """Look for an id in every column of every table."""

    def look(id_: int) -> list[str]:
        path = Path(database_url.partition(":///")[2])
        with closing(sqlite3.connect(path)) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            ]
            return [
                f"{table}: {row}"
                for table in tables
                for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608
                if any(str(id_) in str(value) for value in row)
            ]

    return look


async def ask_to_delete(
    member: MemberActor, chat: ChannelHandle, what: str = "me"
) -> InteractionResult:
    return await member.slash(chat, "privacy delete", what=what)


async def delete(member: MemberActor, chat: ChannelHandle, what: str = "me") -> str:
    """Ask for a deletion, confirm it, and return what is said then."""
    [question] = messages(await ask_to_delete(member, chat, what))
    assert question.ephemeral
    await member.click(question, label="Delete everything")
    return str(question.content)


class TestShown:
    async def test_who_has_done_nothing_reads_that_nothing_is_kept(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        told = private_answer(env, await alice.slash(chat, "privacy show"))
        assert told.splitlines() == ["### What I keep about you", "- Nothing.", *PROMISES]

    async def test_everything_that_is_kept_is_told_in_words(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        moderator: MemberActor,
        bot: Bot,
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        muted = MemberRules(is_muted=True)
        await bot.settings.change_rules(guild.id, moderator.id, lambda _: muted, by=1)
        told = private_answer(env, await moderator.slash(chat, "privacy show"))
        assert told.splitlines() == [
            "### What I keep about you",
            (
                "- **What you have chosen**: Never read me, Speed, Spoken name, Voice. "
                "It is kept until you delete it."
            ),
            "- **Your dictionary**: 1 word. It is kept until you delete it.",
            "- **That you have added a voice** to a server; the voice is the server's.",
            (
                "- **How much was spoken for you**: 12 characters, counted by day, server and "
                "model. Each day is deleted after 90 days."
            ),
            ("- **What was changed** by you or about you: 11 entries, each deleted after 90 days."),
            (
                "- **What moderators have decided about you** in 1 server. "
                "Only they can change or delete that."
            ),
            *PROMISES,
        ]

    async def test_a_server_is_told_of_to_its_moderators(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        moderator: MemberActor,
        session: VoiceSession,
        bot: Bot,
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        told = private_answer(env, await moderator.slash(chat, "privacy show", what="server"))
        assert told.splitlines() == [
            "### What I keep about this server",
            "- **The call I am in**, so that I come back to it.",
            (
                "- **Settings**: 1 of the server, 1 of single channels, 0 about members. "
                "They are kept until you delete them."
            ),
            "- **The dictionary**: 1 word. It is kept until you delete it.",
            "- **Voices of its own**: 1. They are kept until you delete them.",
            (
                "- **How much was spoken**: 12 characters, counted by day, member and model. "
                "Each day is deleted after 90 days."
            ),
            "- **Who changed what**: 6 entries, each deleted after 90 days.",
            "- **When I said hello**, so that I do that once.",
            *PROMISES,
        ]

    @pytest.mark.parametrize(
        ("disclosure", "lines"),
        [
            (
                Disclosure((Provider.ESPEAK,), sound_days=0),
                [
                    "**The sound of it** is not kept either.",
                    "**The built-in voice** sends nothing to anybody.",
                ],
            ),
            (
                Disclosure((Provider.OPENAI, Provider.QWEN), 1, "https://example.org/privacy"),
                [
                    "up to 1 day, without",
                    "a speech server that the operator of this bot has chosen",
                    "Alibaba Cloud Model Studio",
                    "Read all of it: <https://example.org/privacy>",
                ],
            ),
        ],
        ids=["embedded", "own server"],
    )
    async def test_it_says_who_else_gets_what_of_this_operator(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        bot: Bot,
        monkeypatch: pytest.MonkeyPatch,
        disclosure: Disclosure,
        lines: list[str],
    ) -> None:
        monkeypatch.setattr(bot.privacy, "disclosure", disclosure)
        told = private_answer(env, await alice.slash(chat, "privacy show"))
        assert [line for line in lines if line not in told] == []

    async def test_alone_with_me_one_reads_the_same(self, env: Env, alice: MemberActor) -> None:
        told = private_answer(env, await alice.user.slash("privacy show"))
        assert told.splitlines()[1:] == ["- Nothing.", *PROMISES]


class TestExported:
    async def exported(
        self, env: Env, member: MemberActor, chat: ChannelHandle, what: str = "me"
    ) -> dict[str, Any]:
        message = answer(env, await member.slash(chat, "privacy export", what=what))
        [file] = message.attachments
        assert message.ephemeral
        assert file.filename == "what-i-keep.json"
        assert file.description
        content: dict[str, Any] = json.loads(await file.read())
        assert content["version"] == 1
        return content["kept"]

    async def test_a_member_gets_all_of_theirs_and_nothing_of_others(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        moderator: MemberActor,
        bob: MemberActor,
        bot: Bot,
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        await bob.slash(chat, "voice set", voice="Mia")
        rules = MemberRules(voice="Bella")
        await bot.settings.change_rules(guild.id, moderator.id, lambda _: rules, by=bob.id)
        kept = await self.exported(env, moderator, chat)
        here = str(guild.id)
        assert kept["choices"] == [
            {"server": None, "voice": "Kai", "is_opted_out": True},
            {"server": here, "voice": "Ethan", "speed": 1.5, "spoken_name": "Ali"},
        ]
        assert kept["voices"] == [{"server": here, "name": "Grandpa"}]
        assert kept["dictionary"] == [{"word": "gg", "reading": "good game"}]
        assert [(row["server"], row["model"], row["characters"]) for row in kept["usage"]] == [
            (here, "", 0),
            (here, FLASH, 5),
        ]
        assert kept["moderation"] == {
            "rules": [{"server": here, "voice": "Bella"}],
            "ignored_in": [],
        }
        assert [change["name"] for change in kept["changes"]][:2] == ["voice", "speed"]
        assert kept["changes"][0]["new"] == "Ethan"
        assert "Mia" not in json.dumps(kept)

    async def test_a_server_gets_all_of_its_own(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        kept = await self.exported(env, moderator, chat, "server")
        assert kept["settings"] == {
            "server": {"voice": "Serena"},
            "channels": {str(chat.id): {"is_read": True}},
            "members": {},
        }
        assert kept["voices"] == [
            {"id": "vc-1", "name": "Grandpa", "model": CLONE, "language": "German"}
        ]
        assert kept["usage"]["members"] == {str(moderator.id): 5}
        assert len(kept["changes"]) == 6
        assert "Ethan" not in json.dumps(kept)  # what members choose is theirs

    async def test_what_is_too_large_to_attach_is_packed(
        self,
        env: Env,
        chat: ChannelHandle,
        alice: MemberActor,
        wire: dict[str, Any],
    ) -> None:
        wire["attachment_size_limit"] = 10
        message = answer(env, await alice.slash(chat, "privacy export"))
        [file] = message.attachments
        assert file.filename == "what-i-keep.json.gz"
        assert json.loads(gzip.decompress(await file.read()))["kept"] == {}


class TestDeleted:
    async def test_d_12_nothing_of_a_member_is_left_within_a_second(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        moderator: MemberActor,
        bot: Bot,
        rows_with: Callable[[int], list[str]],
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        assert len(rows_with(moderator.id)) > 10
        [question] = messages(await ask_to_delete(moderator, chat))
        began = time.monotonic()
        await moderator.click(question, label="Delete everything")
        assert time.monotonic() - began < GONE_S
        assert question.content == "Deleted. I keep nothing about you any more."
        assert not question.components
        assert rows_with(moderator.id) == []
        told = private_answer(env, await moderator.slash(chat, "privacy show"))
        assert told.splitlines()[1] == "- Nothing."

    async def test_what_is_the_servers_stays(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        await delete(moderator, chat)
        assert await bot.settings.fetch_guild(guild.id) == GuildSettings(voice="Serena")
        assert len(await bot.custom_voices.fetch(guild.id)) == 1
        assert len(await bot.lexicons.find(LexiconOwner(guild_id=guild.id))) == 1
        days = await bot.usage.fetch_days(guild.id, bot.usage.today())
        assert sum(tally.spoken for tally in days.values()) == 5

    async def test_what_moderators_have_decided_is_theirs_and_that_is_said(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        rows_with: Callable[[int], list[str]],
    ) -> None:
        muted = MemberRules(is_muted=True)
        await bot.settings.change_rules(guild.id, alice.id, lambda _: muted, by=1)
        said = await delete(alice, chat)
        assert said.splitlines() == [
            "Deleted. I keep nothing about you any more.",
            "This is left:",
            (
                "- **What moderators have decided about you** in 1 server. "
                "Only they can change or delete that."
            ),
        ]
        assert await bot.settings.fetch_rules(guild.id, alice.id) == muted
        assert len(rows_with(alice.id)) == 1

    async def test_what_waits_and_what_was_heard_goes_too(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        session: VoiceSession,
        speak: Speak,
        synthesizer: AttentiveSynthesizer,
    ) -> None:
        synthesizer.frames = 100  # long enough to be levelled, and so to be kept
        for _ in range(2):
            await alice.slash(chat, "tts", text="Private")
        assert len(synthesizer.asked) == 1
        [sounding, waiting] = await speak((alice, "One"), (alice, "Two"))
        await delete(alice, chat)
        assert sounding.is_cut
        assert waiting.is_cut
        asked = len(synthesizer.asked)
        await alice.slash(chat, "tts", text="Private")
        assert len(synthesizer.asked) == asked + 1

    async def test_d_12_nothing_of_a_server_is_left_within_a_second(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        moderator: MemberActor,
        session: VoiceSession,
        bot: Bot,
        rows_with: Callable[[int], list[str]],
    ) -> None:
        await leave_traces(bot, guild, moderator, chat)
        assert len(rows_with(guild.id)) > 10
        [question] = messages(await ask_to_delete(moderator, chat, "server"))
        began = time.monotonic()
        await moderator.click(question, label="Delete everything")
        assert time.monotonic() - began < GONE_S
        assert question.content == "Deleted. I keep nothing about this server any more."
        await env.settle()
        assert rows_with(guild.id) == []
        assert bot.sessions.get(guild.id) is None
        assert await bot.settings.fetch_member(moderator.id, None) == MemberSettings(
            voice="Kai", is_opted_out=True
        )

    async def test_who_thinks_better_of_it_keeps_everything(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
    ) -> None:
        await alice.slash(chat, "voice set", voice="Kai")
        [question] = messages(await ask_to_delete(alice, chat))
        assert question.content.startswith("This deletes at once, for good and in all servers:")
        await alice.click(question, label="Keep everything")
        assert question.content == "Nothing was deleted."
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings(voice="Kai")

    async def test_the_question_can_be_answered_after_a_restart(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        services: Services,
    ) -> None:
        await alice.slash(chat, "voice set", voice="Kai")
        [question] = messages(await ask_to_delete(alice, chat))
        await env.restart_bot(Bot(services, shard_count=1))
        await alice.click(question, label="Delete everything")
        assert await services.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_alone_with_me_one_deletes_the_same(
        self, env: Env, guild: GuildHandle, alice: MemberActor, chat: ChannelHandle, bot: Bot
    ) -> None:
        await alice.slash(chat, "voice set", voice="Kai")
        [question] = messages(await alice.user.slash("privacy delete"))
        await alice.user.click(question, label="Delete everything")
        assert await bot.settings.fetch_member(alice.id, guild.id) == MemberSettings()

    async def test_what_cannot_be_deleted_now_is_said_and_the_rest_is_gone(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bot: Bot,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await alice.slash(chat, "voice set", voice="Kai")

        async def fail(_member_id: int) -> None:
            raise UserError("the disk is full") from OSError()

        monkeypatch.setattr(bot.usage, "forget_member", fail)
        [question] = messages(await ask_to_delete(alice, chat))
        result = await alice.click(question, label="Delete everything")
        [told] = result.followups
        assert told.ephemeral
        assert told.content == (
            "Not everything could be deleted right now. Try again in a minute: the rest is gone."
        )
        assert await bot.settings.fetch_everything_of_member(alice.id) == {}
        assert await bot.audit.fetch_of_member(alice.id) == []


class TestRefused:
    @pytest.mark.parametrize("command", ["show", "export", "delete"])
    async def test_only_moderators_have_to_do_with_a_whole_server(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, command: str
    ) -> None:
        told = refusal(env, await alice.slash(chat, f"privacy {command}", what="server"))
        assert told == NOT_ALLOWED

    @pytest.mark.parametrize("command", ["show", "export", "delete"])
    async def test_alone_with_me_there_is_no_server(
        self, env: Env, alice: MemberActor, command: str
    ) -> None:
        told = refusal(env, await alice.user.slash(f"privacy {command}", what="server"))
        assert told == "That works in a server only."

    async def test_who_lost_the_role_meanwhile_deletes_nothing(
        self, env: Env, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
    ) -> None:
        await moderator.slash(chat, "server voice", voice="Serena")
        [question] = messages(await ask_to_delete(moderator, chat, "server"))
        member = env.backend.get_member(guild.id, moderator.id)
        for role_id in list(member.role_ids):
            env.backend.remove_member_role(guild.id, moderator.id, role_id)
        told = private_answer(env, await moderator.click(question, label="Delete everything"))
        assert told == NOT_ALLOWED
        assert await bot.settings.fetch_guild(guild.id) == GuildSettings(voice="Serena")

    @pytest.mark.parametrize("label", ["Delete everything", "Keep everything"])
    async def test_nobody_else_can_answer(
        self,
        env: Env,
        chat: ChannelHandle,
        guild: GuildHandle,
        alice: MemberActor,
        bob: MemberActor,
        bot: Bot,
        label: str,
    ) -> None:
        for member in (alice, bob):
            await member.slash(chat, "voice set", voice="Kai")
        [question] = messages(await ask_to_delete(alice, chat))
        stored = env.backend.get_message(question.channel_id, question.id)
        stored.flags &= ~(1 << 6)  # as if everyone saw it
        told = private_answer(env, await bob.click(question, label=label))
        assert told == "Only who asked for this can answer. Use /privacy delete for what is yours."
        for member in (alice, bob):
            kept = await bot.settings.fetch_member(member.id, guild.id)
            assert kept == MemberSettings(voice="Kai")


async def test_a_service_without_keepers_keeps_nothing() -> None:
    service = PrivacyService([], Disclosure((), 0))
    await service.forget_member(1)
    await service.forget_guild(1)
    assert await service.of_member(1) == await service.of_guild(1) == []
