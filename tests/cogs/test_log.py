"""`/server log`, and the channel in which changes are told as they happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot
from bot.models import Voice
from bot.settings.choices import LinkReading
from bot.settings.guild import GuildSettings
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from bot.tts.offered import CustomVoice
from cogs import _log_channel
from tests.cogs.answers import NOBODY, messages, private_answer
from tests.cogs.people import demote
from tests.cogs.speaking import until

TEXT, BUTTON = 10, 2  # Discord's component types
NOT_ALLOWED = "Only members with the permission Manage Server can do that."


def components(node: Any) -> Iterator[dict[str, Any]]:
    for component in node:
        yield component
        yield from components(component.get("components", ()))


def lines(shown: ResponseMessage) -> list[str]:
    """Return what a page says below its title, without the times."""
    [text] = [each["content"] for each in components(shown.components) if each["type"] == TEXT]
    return [line.partition("> ")[2] or line for line in text.splitlines()[1:]]


def buttons(shown: ResponseMessage) -> dict[str, str]:
    """Return the buttons that can be pressed, by their labels."""
    found = [each for each in components(shown.components) if each["type"] == BUTTON]
    return {each["label"]: each["custom_id"] for each in found if not each.get("disabled")}


async def page_of(member: MemberActor, chat: ChannelHandle) -> ResponseMessage:
    [page] = messages(await member.slash(chat, "server log"))
    assert page.ephemeral
    return page


async def turn(member: MemberActor, page: ResponseMessage, label: str) -> ResponseMessage:
    await member.click(page, custom_id=buttons(page)[label])
    return page


@pytest.fixture
def change(bot: Bot, guild: GuildHandle) -> Callable[..., Awaitable[Any]]:
    """Change settings of the server."""

    async def change_guild(by: int = 1, **values: Any) -> None:
        await bot.settings.change_guild(guild.id, lambda now: replace(now, **values), by=by)

    return change_guild


Change = Callable[..., Awaitable[None]]


class TestPages:
    """What `/server log` shows."""

    async def test_where_nothing_was_changed_it_says_so(
        self, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        page = await page_of(moderator, chat)
        assert lines(page) == ["Nobody has changed anything here in the last 90 days."]
        assert not buttons(page)

    async def test_the_newest_change_comes_first_with_its_author(
        self,
        env: Env,
        chat: ChannelHandle,
        moderator: MemberActor,
        alice: MemberActor,
        change: Change,
    ) -> None:
        await change(alice.id, links=LinkReading.OFF)
        await change(moderator.id, style="_slow_ @everyone", forces_voice=True)
        assert lines(await page_of(moderator, chat)) == [
            f"{moderator.mention}: **One voice for all**: off → on",
            (
                f"{moderator.mention}: **Style**: as the operator of the bot chose → "
                r"\_slow\_ \@everyone"
            ),
            f"{alice.mention}: **Links**: The website's name → Nothing",
        ]
        sent = [request.json for request in env.http_requests if request.method == "POST"]
        assert sent[-1]["allowed_mentions"] == NOBODY

    async def test_what_members_choose_and_what_other_servers_change_is_not_there(
        self, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
    ) -> None:
        await bot.settings.change_guild(
            guild.id + 1, lambda now: replace(now, voice="Kai"), by=moderator.id
        )
        await bot.settings.change_member(
            moderator.id, guild.id, lambda now: replace(now, voice="Kai")
        )
        assert lines(await page_of(moderator, chat))[0].startswith("Nobody has changed")

    async def test_older_and_newer_changes_are_a_press_away(
        self, chat: ChannelHandle, moderator: MemberActor, change: Change
    ) -> None:
        for count in range(11, 36):
            await change(max_characters=count)
        page = await page_of(moderator, chat)
        assert "→ 35 characters" in lines(page)[0]
        assert set(buttons(page)) == {"Older changes"}
        await turn(moderator, page, "Older changes")
        assert "→ 25 characters" in lines(page)[0]
        await turn(moderator, page, "Older changes")
        assert len(lines(page)) == 5
        assert set(buttons(page)) == {"Newest changes", "Newer changes"}
        await turn(moderator, page, "Newer changes")
        assert "→ 25 characters" in lines(page)[0]
        await turn(moderator, page, "Newest changes")
        assert "→ 35 characters" in lines(page)[0]

    async def test_a_page_of_the_longest_changes_fits_and_none_is_passed_over(
        self, chat: ChannelHandle, moderator: MemberActor, change: Change
    ) -> None:
        longest = [f"{number}" + "*" * 48 for number in range(100)]
        for first in range(0, 100, 10):
            await change(blocked_words=tuple(longest[first : first + 10]))
        page = await page_of(moderator, chat)
        seen = [*lines(page)]
        while "Older changes" in buttons(page):
            await turn(moderator, page, "Older changes")
            seen += lines(page)
        assert len(seen) == 10

    async def test_a_press_after_a_restart_turns_the_page(
        self,
        chat: ChannelHandle,
        moderator: MemberActor,
        change: Change,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        for count in range(11, 26):
            await change(max_characters=count)
        page = await page_of(moderator, chat)
        await restart()
        await turn(moderator, page, "Older changes")
        assert "→ 15 characters" in lines(page)[0]

    async def test_who_may_not_see_it_any_more_sees_nothing_new(
        self,
        env: Env,
        guild: GuildHandle,
        chat: ChannelHandle,
        moderator: MemberActor,
        change: Change,
    ) -> None:
        for count in range(11, 26):
            await change(max_characters=count)
        page = await page_of(moderator, chat)
        before = lines(page)
        demote(env, moderator)
        result = await moderator.click(page, custom_id=buttons(page)["Older changes"])
        assert private_answer(env, result) == NOT_ALLOWED
        assert lines(page) == before


@pytest.fixture
def told(guild: GuildHandle, monkeypatch: pytest.MonkeyPatch) -> ChannelHandle:
    """The log channel of the server, told at once."""
    monkeypatch.setattr(_log_channel, "GATHER_S", 0)
    return guild.create_text_channel("log")


async def notes(channel: ChannelHandle, count: int) -> list[str]:
    await until(lambda: len(channel.history()) >= count)
    return [message.content.partition("> ")[2] for message in channel.history()]


class TestChannel:
    """What is written into the log channel."""

    async def test_every_change_is_told_where_the_server_wants_it(
        self, env: Env, told: ChannelHandle, moderator: MemberActor, change: Change
    ) -> None:
        await change(moderator.id, log_channel_id=told.id)
        assert await notes(told, 1) == [
            f"{moderator.mention}: **Log channel**: nowhere → {told.mention}"
        ]
        await change(moderator.id, voice="Ethan", style="@everyone *x*")
        [_, note] = await notes(told, 2)
        assert note.startswith(f"{moderator.mention}: **Voice**:")
        assert r"→ \@everyone \*x\*" in note
        sent = [request.json for request in env.http_requests if request.method == "POST"]
        assert sent[-1]["allowed_mentions"] == NOBODY
        assert discord.MessageFlags._from_value(sent[-1]["flags"]).suppress_notifications

    async def test_words_of_the_dictionary_and_the_servers_own_voices_are_told_too(
        self,
        bot: Bot,
        guild: GuildHandle,
        told: ChannelHandle,
        moderator: MemberActor,
        change: Change,
    ) -> None:
        await change(log_channel_id=told.id)
        await notes(told, 1)
        await bot.lexicons.add(
            LexiconOwner(guild_id=guild.id),
            [LexiconEntry("btw", "by the way")],
            by=moderator.id,
        )
        await notes(told, 2)
        await bot.custom_voices.add(
            guild.id,
            CustomVoice("qwen3-tts-vc-2026-01-22", Voice("vc-1", "Grandpa")),
            by=moderator.id,
        )
        [_, word, voice] = await notes(told, 3)
        assert word == f"{moderator.mention}: **btw** in the dictionary: nothing → by the way"
        assert voice.startswith(f"{moderator.mention}: **")
        assert "of the server's own voices" in voice

    async def test_a_budget_that_is_nearly_used_up_is_told_too(
        self, bot: Bot, guild: GuildHandle, told: ChannelHandle, change: Change
    ) -> None:
        await change(log_channel_id=told.id)
        await notes(told, 1)
        bot.usage.on_warning(guild.id, 0.8)
        await notes(told, 2)
        [_, warning] = told.history()
        assert warning.content.startswith("80 percent of this server's characters of the day")

    async def test_much_at_once_is_one_message(
        self, told: ChannelHandle, bot: Bot, guild: GuildHandle, change: Change
    ) -> None:
        await change(log_channel_id=told.id)
        await notes(told, 1)
        filled = GuildSettings(
            log_channel_id=told.id,
            voice="Kai",
            style="*" * 600,
            blocked_words=tuple(f"{number}" + "*" * 48 for number in range(50)),
            banned_voices=tuple(f"{number}" + "*" * 48 for number in range(50)),
            allowed_voices=tuple(f"{number}" + "*" * 48 for number in range(50)),
        )
        await bot.settings.change_guild(guild.id, lambda _: filled, by=1)
        [_, note] = await notes(told, 2)
        assert len(note) <= 2_000
        assert note.endswith("see /server log")

    async def test_without_a_channel_nothing_is_said(
        self, env: Env, told: ChannelHandle, bot: Bot, guild: GuildHandle, change: Change
    ) -> None:
        waiting = bot.get_cog("server")._log_channel._pending
        for channel_id in (None, told.id, None, 1):
            await change(log_channel_id=channel_id, max_characters=20 + (channel_id or 0) % 100)
            await until(lambda: not waiting)
        await bot.settings.change_member(9, guild.id, lambda now: replace(now, voice="Kai"))
        assert not waiting
        await change(log_channel_id=told.id)
        [first, second] = await notes(told, 2)
        assert "nowhere →" in first
        assert "<#1> →" in second

    async def test_a_channel_it_may_not_write_in_is_left_alone(
        self, env: Env, guild: GuildHandle, told: ChannelHandle, bot: Bot, change: Change
    ) -> None:
        channel = guild.create_text_channel("locked")
        me = bot.get_guild(guild.id).me
        locked = bot.get_channel(channel.id)
        await locked.set_permissions(me, send_messages=False)
        await change(log_channel_id=channel.id)
        await change(log_channel_id=told.id)
        await notes(told, 1)
        assert not channel.history()
        posts = [request for request in env.http_requests if request.method == "POST"]
        assert not [each for each in posts if str(channel.id) in each.path]
