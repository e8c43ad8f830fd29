"""`/server export` and `/server import`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from bot.client import Bot
from bot.exchange.document import MAX_BYTES
from bot.models import Language
from bot.settings.channel import ChannelSettings
from bot.settings.choices import LinkReading
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from bot.voice.session import VoiceSession
from tests.cogs.answers import NOBODY, answer, messages, private_answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.panel import BUTTON, TEXT, components, refused_with
from tests.cogs.people import demote
from tests.voice.fakes import utterance

APPLY, CANCEL = "Apply these changes", "Change nothing"


def text_of(message: ResponseMessage) -> str:
    parts = [each["content"] for each in components(message.components) if each["type"] == TEXT]
    return "\n".join(parts)


def buttons(message: ResponseMessage) -> list[str]:
    return [each["label"] for each in components(message.components) if each["type"] == BUTTON]


async def bring(
    member: MemberActor, chat: ChannelHandle, content: bytes | dict[str, Any]
) -> InteractionResult:
    if isinstance(content, dict):
        content = json.dumps({"oriole": 1, **content}, indent=1).encode()
    return await member.slash(chat, "server import", file=("settings.json", content))


async def question(
    member: MemberActor, chat: ChannelHandle, content: bytes | dict[str, Any]
) -> ResponseMessage:
    [asked] = messages(await bring(member, chat, content))
    assert asked.ephemeral
    assert buttons(asked) == [APPLY, CANCEL]
    return asked


async def exported(env: Env, member: MemberActor, chat: ChannelHandle) -> bytes:
    shown = answer(env, await member.slash(chat, "server export"))
    assert shown.ephemeral
    [file] = shown.attachments
    assert file.filename == "oriole-settings.json"
    content: bytes = await file.read()
    return content


@pytest.fixture
async def _decided(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, alice: MemberActor, bob: MemberActor
) -> None:
    """A server in which something of every part is decided."""
    by = bob.id
    role = guild.create_role("Guests")
    await bot.settings.change_guild(
        guild.id,
        lambda now: replace(now, voice="Kai", style="*x*", required_role_id=role.id),
        by=by,
    )
    await bot.settings.change_channel(
        guild.id, chat.id, lambda _: ChannelSettings(is_read=True, voice="Ethan"), by=by
    )
    await bot.settings.change_rules(guild.id, alice.id, lambda _: MemberRules(is_muted=True), by=by)
    await bot.lexicons.add(
        LexiconOwner(guild_id=guild.id), [LexiconEntry("btw", "by the way")], by=by
    )


@pytest.mark.usefixtures("_decided")
async def test_what_was_exported_is_brought_back(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    alice: MemberActor,
) -> None:
    content = await exported(env, moderator, chat)
    before = await bot.settings.fetch_guild(guild.id)
    await bot.settings.change_guild(guild.id, lambda _: GuildSettings(voice="Serena"), by=1)
    await bot.settings.change_channel(guild.id, chat.id, lambda _: ChannelSettings(), by=1)
    await bot.settings.change_rules(guild.id, alice.id, lambda _: MemberRules(), by=1)
    await bot.lexicons.replace_all(LexiconOwner(guild_id=guild.id), [], by=1)
    asked = await question(moderator, chat, content)
    assert text_of(asked).splitlines() == [
        "### This file changes 7 values",
        "**Voice**: Serena → Kai",
        r"**Style**: as the operator of the bot chose → \*x\*",
        f"**Required role**: none → <@&{before.required_role_id}>",
        f"**Read aloud** in {chat.mention}: as in the server → on",
        f"**Voice** in {chat.mention}: as in the server → Ethan",
        f"**Muted** of {alice.mention}: off → on",
        "**btw** in the dictionary: nothing → by the way",
    ]
    await moderator.click(asked, label=APPLY)
    assert text_of(asked) == "Saved. 7 values changed."
    assert await exported(env, moderator, chat) == content
    assert await bot.settings.fetch_guild(guild.id) == before
    newest = await bot.audit.fetch(guild.id, most=7)
    assert {entry.by for entry in newest} == {moderator.id}
    sent = [request.json for request in env.http_requests if request.method in ("POST", "PATCH")]
    texts = [body for body in sent if body and "components" in body]
    assert all(body["allowed_mentions"] == NOBODY for body in texts)


async def test_nothing_changes_before_it_is_answered_nor_if_that_is_no(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    asked = await question(moderator, chat, {"server": {"links": "off"}})
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()
    await moderator.click(asked, label=CANCEL)
    assert text_of(asked) == "Nothing was changed."
    assert not buttons(asked)
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()


async def test_what_somebody_else_changed_meanwhile_is_shown_first(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    asked = await question(moderator, chat, {"server": {"links": "off"}})
    await bot.settings.change_guild(guild.id, lambda now: replace(now, voice="Kai"), by=1)
    await moderator.click(asked, label=APPLY)
    assert (await bot.settings.fetch_guild(guild.id)).voice == "Kai"
    assert "Somebody has changed settings meanwhile, so look again." in text_of(asked)
    assert "**Voice**: Kai → as the operator of the bot chose" in text_of(asked)
    await moderator.click(asked, label=APPLY)
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings(links=LinkReading.OFF)


async def test_roles_and_channels_of_other_servers_are_left_out(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    role = guild.create_role("Guests")
    file = {
        "server": {
            "required_role_id": "77",
            "ignored_role_ids": ["77", str(role.id)],
            "log_channel_id": "78",
            "captions_channel_id": str(chat.id),
            "ignored_member_ids": ["79"],
        },
        "channels": {"78": {"is_read": True}, str(chat.id): {"required_role_id": "80"}},
    }
    asked = await question(moderator, chat, file)
    assert "3 roles and channels in it are not of this server, and are left out." in text_of(asked)
    await moderator.click(asked, label=APPLY)
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings(
        ignored_role_ids=(role.id,), captions_channel_id=chat.id, ignored_member_ids=(79,)
    )
    assert await bot.settings.fetch_channels(guild.id) == {}


@pytest.mark.parametrize(
    ("allowed", "left"), [(["v", "kai", "w"], ("kai",)), (["v", "w"], ())], ids=["some", "none"]
)
async def test_who_does_not_speak_here_is_left_out(
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    allowed: list[str],
    left: tuple[str, ...],
) -> None:
    asked = await question(
        moderator,
        chat,
        {
            "server": {
                "model": "bogus",
                "voice": "x",
                "voices": {"German": "Serena", "Korean": "y"},
                "allowed_voices": allowed,
                "banned_voices": ["u"],
                "speed": 1.5,
            },
            "channels": {str(chat.id): {"is_read": True, "voice": "Kai"}},
            "members": {"79": {"voice": "z", "is_muted": True}},
        },
    )
    note = "6 voices and models in it cannot be chosen here, and are left out."
    assert note in text_of(asked)
    await moderator.click(asked, label=APPLY)
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings(
        voices=((Language.GERMAN, "Serena"),),
        allowed_voices=left,
        banned_voices=("u",),
        speed=1.5,
    )
    assert await bot.settings.fetch_channels(guild.id) == {
        chat.id: ChannelSettings(is_read=True, voice="Kai")
    }
    assert await bot.settings.fetch_rules(guild.id, 79) == MemberRules(is_muted=True)


async def test_who_is_muted_by_a_file_is_not_said_on(
    env: Env,
    bot: Bot,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    session: VoiceSession,
    synthesizer: AttentiveSynthesizer,
) -> None:
    gate = synthesizer.hold("Buy my boat")
    turn = session.enqueue(utterance("Buy my boat", speaker_id=alice.id))
    asked = await question(moderator, chat, {"members": {str(alice.id): {"is_muted": True}}})
    await moderator.click(asked, label=APPLY)
    assert (await turn.wait_until_ended()).reason == "taken_back"
    gate.set()


async def test_what_is_kept_of_a_thread_the_bot_does_not_see_stays(
    bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    archived = ChannelSettings(is_read=True)
    await bot.settings.change_channel(guild.id, 81, lambda _: archived, by=1)
    file = {"channels": {"81": {"is_read": True}}, "server": {"links": "off"}}
    await moderator.click(await question(moderator, chat, file), label=APPLY)
    assert await bot.settings.fetch_channels(guild.id) == {81: archived}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"hello", ["That is no file of settings. Make one with /server export, and change that."]),
        (b"x" * (MAX_BYTES + 1), ["The file is too large. It may have 256 kilobytes."]),
        ({"server": {}}, ["That file changes nothing: everything is so already."]),
        (
            {"server": {"links": "*loud*", "speed": 9}, "dictionary": [{"word": "a"}]},
            [
                "Nothing was changed: the file has entries that cannot be.",
                "Line 4, server → links: must be one of off, word, domain",
                "Line 5, server → speed: must be a number from 0.5 to 2",
                "dictionary → 1: must be an object with the texts word and reading",
            ],
        ),
    ],
    ids=["text", "size", "nothing new", "wrong"],
)
async def test_what_cannot_be_brought_in_is_refused_in_words(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    content: bytes | dict[str, Any],
    lines: list[str],
) -> None:
    assert refusal(env, await bring(moderator, chat, content)).splitlines() == lines
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()


async def test_of_much_that_is_wrong_as_much_is_named_as_fits(
    env: Env, chat: ChannelHandle, moderator: MemberActor
) -> None:
    file = {"server": dict.fromkeys("*" * 90 + str(number) for number in range(60))}
    said = refusal(env, await bring(moderator, chat, file))
    assert "Line 4, server → " in said
    assert said.endswith(" more")
    assert len(said) <= 2_000


async def test_a_file_of_many_changes_fits_into_one_question(
    chat: ChannelHandle, moderator: MemberActor
) -> None:
    words = [{"word": f"w{number}" + "*" * 40, "reading": "x" * 90} for number in range(500)]
    asked = await question(moderator, chat, {"dictionary": words})
    assert text_of(asked).startswith("### This file changes 500 values")
    assert text_of(asked).endswith(" more")


async def test_an_answer_after_a_restart_says_to_begin_anew(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    moderator: MemberActor,
    restart: Callable[[], Awaitable[None]],
) -> None:
    asked = await question(moderator, chat, {"server": {"links": "off"}})
    await restart()
    result = await moderator.click(asked, label=APPLY)
    assert refused_with(result) == "That question is old. Use /server import again."
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()


async def test_who_may_not_any_more_changes_nothing(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, moderator: MemberActor
) -> None:
    asked = await question(moderator, chat, {"server": {"links": "off"}})
    demote(env, moderator)
    result = await moderator.click(asked, label=APPLY)
    assert private_answer(env, result) == (
        "Only members with the permission Manage Server can do that."
    )
    assert await bot.settings.fetch_guild(guild.id) == GuildSettings()
