"""`/dictionary test`: how a text would be read, to see and to hear."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.client import Bot
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from tests.cogs.answers import messages, private_answer
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.panels import EPHEMERAL, assert_fits, buttons, panel_of, text

SQL, LOL = LexiconEntry("SQL", "sequel"), LexiconEntry("lol", "")


async def rule(bot: Bot, guild: GuildHandle, rules: GuildSettings) -> None:
    await bot.settings.change_guild(guild.id, lambda _: rules, by=1)


async def test_the_words_are_those_that_would_be_said(
    env: Env, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
) -> None:
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), [SQL], by=1)
    await bot.lexicons.add(LexiconOwner(member_id=alice.id), [LOL], by=1)
    written = "I *love* SQL lol, see https://example.com/a_b `x` 😂"
    panel = panel_of(await alice.slash(chat, "dictionary test", text=written))
    assert text(panel) == (
        "### You write\n"
        "```\nI *love* SQL lol, see https://example.com/a_b `\u200bx`\u200b 😂\n```\n"
        "### I say\n"
        "I love sequel , see example.com x, face with tears of joy\n"
        "-# Language: English\n"
        "### From the dictionary\n"
        "- **SQL**: sequel\n"
        "- **lol**: *(left out)* (your own)"
    )
    assert_fits(panel)


async def test_what_was_tested_is_heard_in_private_also_after_a_restart(
    env: Env,
    chat: ChannelHandle,
    guild: GuildHandle,
    alice: MemberActor,
    bot: Bot,
    synthesizer: AttentiveSynthesizer,
    restart: Callable[[], Awaitable[None]],
) -> None:
    panel = panel_of(await alice.slash(chat, "dictionary test", text="`SQL` is *fun*"))
    assert not synthesizer.asked
    await restart()
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), [SQL], by=1)
    [heard] = messages(await alice.click(panel, label="Listen"))
    assert heard.ephemeral
    assert [request.text for request in synthesizer.asked] == ["sequel is fun"]
    [file] = heard.attachments
    assert file.description == "sequel is fun"


async def test_it_works_alone_with_me(
    env: Env, alice: MemberActor, bot: Bot, synthesizer: AttentiveSynthesizer
) -> None:
    await bot.lexicons.add(LexiconOwner(member_id=alice.id), [SQL], by=1)
    panel = panel_of(await alice.user.slash("dictionary test", text="SQL"))
    await alice.user.click(panel, label="Listen")
    assert [request.text for request in synthesizer.asked] == ["sequel"]


@pytest.mark.parametrize(
    ("settings", "written", "reason"),
    [
        (
            GuildSettings(blocked_words=("damn",)),
            "Damn it",
            "It has a word that is never spoken here.",
        ),
        (GuildSettings(), "...", "nothing in it"),
    ],
    ids=["blocked", "nothing"],
)
async def test_what_is_not_said_is_explained_and_not_heard(
    env: Env,
    chat: ChannelHandle,
    guild: GuildHandle,
    alice: MemberActor,
    bot: Bot,
    settings: GuildSettings,
    written: str,
    reason: str,
) -> None:
    await rule(bot, guild, settings)
    panel = panel_of(await alice.slash(chat, "dictionary test", text=written))
    assert "### I say nothing" in text(panel)
    assert reason in text(panel)
    assert not buttons(panel)


async def test_the_longest_text_fits(
    env: Env, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
) -> None:
    entries = [LexiconEntry(f"w{n:02}", "_*" * 49 + "a") for n in range(60)]
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), entries, by=1)
    await rule(bot, guild, replace(GuildSettings(), max_characters=600))
    written = " ".join(f"w{n:02} `{n}`" for n in range(70))[:600]
    panel = panel_of(await moderator.slash(chat, "dictionary test", text=written))
    assert_fits(panel)
    assert "### From the dictionary" in text(panel)


async def test_only_who_tested_it_and_may_speak_hears_it(
    env: Env,
    chat: ChannelHandle,
    guild: GuildHandle,
    alice: MemberActor,
    bob: MemberActor,
    bot: Bot,
    synthesizer: AttentiveSynthesizer,
) -> None:
    panel = panel_of(await alice.slash(chat, "dictionary test", text="Hello"))
    env.backend.get_message(panel.channel_id, panel.id).flags &= ~EPHEMERAL
    told = private_answer(env, await bob.click(panel, label="Listen"))
    assert told == "Only who tested this can listen to it. Test your own with /dictionary test."
    muted = MemberRules(is_muted=True)
    await bot.settings.change_rules(guild.id, alice.id, lambda _: muted, by=1)
    told = private_answer(env, await alice.click(panel, label="Listen"))
    assert told.startswith("Moderators of this server do not let you speak through me.")
    assert not synthesizer.asked


async def test_what_is_blocked_meanwhile_is_not_heard(
    env: Env,
    chat: ChannelHandle,
    guild: GuildHandle,
    alice: MemberActor,
    bot: Bot,
    synthesizer: AttentiveSynthesizer,
) -> None:
    panel = panel_of(await alice.slash(chat, "dictionary test", text="Hello"))
    await rule(bot, guild, GuildSettings(blocked_words=("hello",)))
    assert "never spoken" in private_answer(env, await alice.click(panel, label="Listen"))
    assert not synthesizer.asked
