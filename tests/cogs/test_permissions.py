"""Who sees which command, and who may use it."""

from __future__ import annotations

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.enums import AppCommandType

from bot.client import Bot
from bot.settings.guild import GuildSettings
from bot.storage.settings import SettingsRepository
from tests.cogs.answers import private_answer, refusal

EVERYWHERE = {"tts", "voice preview"}
IN_CALLS = {"leave", "skip", "stop", "pause", "resume", "queue"}
IN_SERVERS = EVERYWHERE | IN_CALLS | {"say", "join"}
OF_MODERATORS = IN_SERVERS | {
    "usage",
    "server voice",
    "server show",
    "server customvoice add",
    "server customvoice remove",
    "server customvoice list",
}
NOT_ALLOWED = "Only members with the permission Manage Server can do that."


def _member_with(env: Env, guild: GuildHandle, **permissions: bool) -> MemberActor:
    role = guild.create_role("Role", permissions=discord.Permissions(**permissions))
    return guild.add_member(env.create_user("somebody"), roles=[role])


def _menus(env: Env, user_id: int, channel: ChannelHandle) -> set[str]:
    visible = env.backend.visible_commands(
        user_id=user_id, channel_id=channel.id, type=AppCommandType.MESSAGE
    )
    return {command["name"] for command in visible}


@pytest.mark.parametrize(
    ("permissions", "commands"),
    [
        ({}, IN_SERVERS),
        ({"manage_channels": True, "manage_roles": True, "mute_members": True}, IN_SERVERS),
        ({"manage_guild": True}, OF_MODERATORS),
        ({"administrator": True}, OF_MODERATORS),
    ],
    ids=["member", "other powers", "manage server", "administrator"],
)
async def test_everyone_sees_what_they_may_use(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    permissions: dict[str, bool],
    commands: set[str],
) -> None:
    member = _member_with(env, guild, **permissions)
    assert set(member.available_commands(chat)) == commands
    assert _menus(env, member.id, chat) == {"Read aloud", "Save as audio"}


async def test_the_owner_sees_everything(env: Env) -> None:
    owner = env.create_user("olivia")
    guild = env.create_guild(owner=owner)
    member = guild.add_member(owner)
    assert set(member.available_commands(guild.create_text_channel("chat"))) == OF_MODERATORS


async def test_in_a_direct_message_only_files_and_previews_are_offered(
    env: Env, alice: MemberActor
) -> None:
    assert set(alice.user.available_commands()) == EVERYWHERE
    assert _menus(env, alice.id, alice.user.dm_channel) == {"Save as audio"}


async def test_only_what_needs_no_call_can_be_installed_by_a_user(env: Env) -> None:
    installable = {
        name
        for (name, _), command in env.backend.commands[None].items()
        if 1 in (command.get("integration_types") or [])
    }
    assert installable == {"tts"}


@pytest.mark.parametrize(
    ("permission", "command", "options"),
    [
        ("manage_guild", "server show", {}),
        ("manage_guild", "server voice", {"voice": "Ethan"}),
        ("administrator", "server voice", {"voice": "Ethan"}),
    ],
)
async def test_moderators_may_use_the_settings(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    permission: str,
    command: str,
    options: dict[str, str],
) -> None:
    member = _member_with(env, guild, **{permission: True})
    assert "Model: qwen3-tts-flash" in private_answer(
        env, await member.slash(chat, command, **options)
    )


@pytest.mark.parametrize(
    ("command", "options"),
    [
        pytest.param("server show", {}, id="show"),
        pytest.param("server voice", {"voice": "Ethan"}, id="voice"),
        pytest.param("server voice", {"reset": True}, id="reset"),
        pytest.param(
            "server customvoice add",
            {"id": "vc-1", "model": "qwen3-tts-vc-2026-01-22", "name": "Grandpa"},
            id="add a voice",
        ),
        pytest.param("server customvoice remove", {"voice": "vc-1"}, id="remove a voice"),
        pytest.param("server customvoice list", {}, id="list voices"),
    ],
)
async def test_a_command_shown_to_a_member_is_no_permission(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    alice: MemberActor,
    command: str,
    options: dict[str, str | bool],
) -> None:
    before = GuildSettings(voice="Serena")
    await bot.settings.change_guild(guild.id, lambda _: before, by=1)
    registered = env.backend.find_command("server", None)
    guild.set_command_permissions(int(registered["id"]), {alice: True})
    assert {"server voice", "server show"} < set(alice.available_commands(chat))
    assert refusal(env, await alice.slash(chat, command, **options)) == NOT_ALLOWED
    assert await bot.settings.fetch_guild(guild.id) == before
    assert await bot.custom_voices.fetch(guild.id) == ()


async def test_a_refused_moderator_of_another_server_changes_nothing_there(
    env: Env, bot: Bot, guild: GuildHandle, moderator: MemberActor
) -> None:
    elsewhere = env.create_guild("Elsewhere")
    chat = guild.create_text_channel("mods")
    await moderator.slash(chat, "server voice", voice="Ethan")
    assert await bot.settings.fetch_guild(elsewhere.id) == GuildSettings()
    assert (await bot.settings.fetch_guild(guild.id)).voice == "Ethan"


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        (
            "say",
            {"text": "Hello"},
            "You are not in a voice channel. Join one first, then try again.",
        ),
        ("join", {}, "You are not in a voice channel. Join one first, then try again."),
        *((name, {}, "I am in no voice channel. Call me with /join.") for name in sorted(IN_CALLS)),
        ("server show", {}, NOT_ALLOWED),
        ("server voice", {"voice": "Ethan"}, NOT_ALLOWED),
    ],
)
async def test_a_server_command_that_reaches_a_direct_message_is_refused(
    env: Env,
    bot: Bot,
    alice: MemberActor,
    settings: SettingsRepository,
    command: str,
    options: dict[str, str],
    sentence: str,
) -> None:
    for registered in env.backend.commands[None].values():
        registered |= {"contexts": None, "dm_permission": True}
    assert refusal(env, await alice.user.slash(command, **options)) == sentence
    assert await settings.fetch_guild(0) == GuildSettings()
