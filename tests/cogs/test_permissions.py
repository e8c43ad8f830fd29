"""Who sees which command, and who may use it: every command, in every role and state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.enums import AppCommandType
from simcord.interactions import command_leaves

from bot.client import Bot
from bot.permit import NotPermittedError
from bot.policy.permissions import RULES, default_power
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from tests.cogs.answers import private_answer, refusal

MENUS = {"Read aloud", "Save as audio", "Why was this not read?"}
EVERYWHERE = {
    "tts",
    "voice set",
    "voice show",
    "voice reset",
    "voice preview",
    "voice browse",
    "optout",
    "optin",
    "nickname",
    "help",
    "dictionary test",
    "privacy show",
    "privacy export",
    "privacy delete",
}
TO_SPEAK = {"say", "Read aloud"}
TO_CUT_OFF = {"skip", "stop"}
OF_THE_CALL = {"pause", "resume", "queue"}
OF_WORDS = {f"dictionary {command}" for command in ("add", "remove", "list", "export", "import")}
"""Of managers if they are for everyone, else of everybody."""
SHOWN_WITH_OTHERS = OF_WORDS | {"read here", "read add", "read remove", "read list"}
"""Of managers, but a group is shown whole: Discord has one answer for all of it."""
IN_SERVERS = (
    EVERYWHERE
    | TO_CUT_OFF
    | OF_THE_CALL
    | SHOWN_WITH_OTHERS
    | {
        "say",
        "join",
        "leave",
        "read why",
        "doctor",
    }
)
OF_MODERATORS = {"member mute", "member unmute", "member voice", "member reset"}
OF_MANAGERS = SHOWN_WITH_OTHERS | {
    "setup",
    "usage",
    "server voice",
    "server show",
    "server log",
    "server panel",
    "server export",
    "server import",
    "server customvoice add",
    "server customvoice remove",
    "server customvoice list",
}
ALWAYS = (
    EVERYWHERE
    | {f"{name} mine" for name in OF_WORDS}
    | {"Save as audio", "Why was this not read?", "join", "leave", "read why", "doctor"}
)
SOUNDS = {"say", "Read aloud", "tts", "Save as audio"}

NOT_ALLOWED = "Only members with the permission Manage Server can do that."
A_USER, A_CHANNEL, A_FILE = 6, 7, 11  # Discord's types of options
A_VALUE = {3: "Ethan", 4: 1, 5: True, 10: 1.0, A_FILE: ("settings.json", b"{}")}
"""For an option of each type: text, whole number, yes or no, number, file."""


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
        ({"manage_guild": True}, IN_SERVERS | OF_MANAGERS),
        ({"moderate_members": True}, IN_SERVERS | OF_MODERATORS),
        ({"administrator": True}, IN_SERVERS | OF_MANAGERS | OF_MODERATORS),
    ],
    ids=["member", "other powers", "manage server", "moderate members", "administrator"],
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
    assert _menus(env, member.id, chat) == MENUS


async def test_the_owner_sees_everything(env: Env) -> None:
    owner = env.create_user("olivia")
    guild = env.create_guild(owner=owner)
    member = guild.add_member(owner)
    everything = set(member.available_commands(guild.create_text_channel("chat")))
    assert everything == IN_SERVERS | OF_MANAGERS | OF_MODERATORS


async def test_in_a_direct_message_only_what_needs_no_server_is_offered(
    env: Env, alice: MemberActor
) -> None:
    assert set(alice.user.available_commands()) == EVERYWHERE | OF_WORDS
    assert _menus(env, alice.id, alice.user.dm_channel) == {"Save as audio"}


async def test_only_what_needs_no_call_can_be_installed_by_a_user(env: Env) -> None:
    installable = {
        name
        for (name, _), command in env.backend.commands[None].items()
        if 1 in (command.get("integration_types") or [])
    }
    assert installable == {"tts"}


def _names(command: Any) -> list[str]:
    group = isinstance(command, app_commands.Group)
    leaves = [command, *(command.walk_commands() if group else ())]
    return [each.qualified_name for each in leaves if not isinstance(each, app_commands.Group)]


async def test_the_table_knows_every_command(env: Env, bot: Bot) -> None:
    names = [name for command in bot.tree.get_commands() for name in _names(command)]
    assert [name for name in names if name not in RULES] == []


async def test_the_table_knows_no_command_that_there_is_not(env: Env, bot: Bot) -> None:
    names = {name for command in bot.tree.get_commands() for name in _names(command)}
    assert RULES.keys() - names <= {"setup"}


async def test_discord_is_told_who_is_shown_a_command(env: Env, bot: Bot) -> None:
    told, wanted = {}, {}
    for command in bot.tree.get_commands():
        power = default_power(_names(command))
        told[command.name] = command.default_permissions
        wanted[command.name] = power and discord.Permissions(**{power.value: True})
    assert told == wanted


async def test_a_command_the_table_does_not_know_is_for_nobody(
    env: Env, chat: ChannelHandle, moderator: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(RULES, "server show")
    result = await moderator.slash(chat, "server show")
    assert refusal(env, result).startswith("Something went wrong on my side.")


@dataclass(frozen=True)
class Role:
    """Permissions a member has, and what they may do by them, in any call or in one with me."""

    permissions: dict[str, bool]
    may: frozenset[str] = frozenset()
    may_watch: frozenset[str] = frozenset()


@dataclass(frozen=True)
class State:
    """Where the bot and the author are, and what everyone may do then."""

    bot_in: str | None = None
    author_in: str | None = None
    may: frozenset[str] = frozenset()
    is_muted: bool = False


WATCHING = frozenset({"queue"})
MANAGING = frozenset(OF_MANAGERS)
MODERATING = frozenset(OF_MODERATORS)
ROLES = {
    "member": Role({}),
    "moves people": Role({"move_members": True}, may_watch=WATCHING),
    "mutes people": Role({"mute_members": True}, may_watch=WATCHING),
    "other powers": Role({"manage_channels": True, "manage_messages": True}),
    "times people out": Role({"moderate_members": True}, MODERATING),
    "manages the server": Role({"manage_guild": True}, MANAGING),
    "administrator": Role({"administrator": True}, MANAGING | MODERATING, WATCHING),
}
STATES = {
    "nobody in a call": State(),
    "author in a call": State(None, "lounge", frozenset(TO_SPEAK)),
    "bot in a call": State("lounge", None, frozenset(TO_CUT_OFF)),
    "in two calls": State("lounge", "attic", frozenset(TO_SPEAK | TO_CUT_OFF)),
    "together": State("lounge", "lounge", frozenset(TO_SPEAK | TO_CUT_OFF | OF_THE_CALL)),
    "muted": State(
        "lounge", "lounge", frozenset(TO_SPEAK | TO_CUT_OFF | OF_THE_CALL), is_muted=True
    ),
}


@pytest.fixture
def _answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command that is reached only say so."""

    async def reach(_command: Any, interaction: discord.Interaction, *_: Any) -> None:
        await interaction.response.send_message("Reached.", ephemeral=True)

    monkeypatch.setattr(app_commands.Command, "_invoke_with_namespace", reach)
    monkeypatch.setattr(app_commands.ContextMenu, "_invoke", reach)


def _leaves(env: Env, chat: ChannelHandle, user: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every slash command by its whole name, with something for the options it needs."""
    for (_, kind), command in env.backend.commands[None].items():
        if kind == AppCommandType.CHAT_INPUT:
            for path, leaf in command_leaves(command):
                needed = [each for each in leaf.get("options") or [] if each.get("required")]
                yield " ".join(path), {each["name"]: _value(each, chat, user) for each in needed}


def _value(option: dict[str, Any], chat: ChannelHandle, user: Any) -> Any:
    value = (A_VALUE | {A_CHANNEL: chat, A_USER: user})[option["type"]]
    return next((each["value"] for each in option.get("choices") or []), value)


async def _reached(
    env: Env, author: MemberActor, chat: ChannelHandle, message: discord.Message
) -> set[str]:
    results: dict[str, InteractionResult] = {
        name: await author.slash(chat, name, **options)
        for name, options in _leaves(env, chat, author)
    }
    for name, options in _leaves(env, chat, author):
        if name in OF_WORDS:
            results[f"{name} mine"] = await author.slash(chat, name, mine=True, **options)
    for name in MENUS:
        results[name] = await author.context_menu(chat, name, message)
    return {name for name, result in results.items() if result.response.content == "Reached."}


@pytest.mark.parametrize("state", STATES.values(), ids=list(STATES))
@pytest.mark.usefixtures("calls", "_answered")
async def test_every_command_is_for_those_whom_the_table_names(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, state: State
) -> None:
    places = {name: guild.create_voice_channel(name) for name in ("lounge", "attic")}
    for channel_id in [places[name].id for name in places if name == state.bot_in]:
        await bot.sessions.join(bot.get_channel(channel_id))
    authors = {
        name: guild.add_member(
            env.create_user(name.replace(" ", "_")),
            roles=[guild.create_role(name, permissions=discord.Permissions(**role.permissions))],
        )
        for name, role in ROLES.items()
    }
    for command in env.backend.commands[None].values():
        guild.set_command_permissions(int(command["id"]), dict.fromkeys(authors.values(), True))
    reached = {}
    for name, author in authors.items():
        for place in [places[name] for name in places if name == state.author_in]:
            await author.join_voice(place)
        await bot.settings.change_rules(
            guild.id, author.id, lambda rules: replace(rules, is_muted=state.is_muted), by=1
        )
        message = await author.send(chat, "Hello")
        reached[name] = await _reached(env, author, chat, message)
    muted = SOUNDS if state.is_muted else set()
    assert reached == {
        name: (ALWAYS | state.may | role.may | (role.may_watch if state.bot_in else set())) - muted
        for name, role in ROLES.items()
    }
    assert all(isinstance(error, NotPermittedError) for error in env.errors)


@pytest.mark.usefixtures("_answered")
async def test_in_a_direct_message_nothing_of_a_server_is_reached(
    env: Env, chat: ChannelHandle, alice: MemberActor
) -> None:
    for registered in env.backend.commands[None].values():
        registered |= {"contexts": None, "dm_permission": True}
    results = {
        name: await alice.user.slash(name, **options)
        for name, options in _leaves(env, chat, alice.user)
        if chat not in options.values()  # a channel cannot be named where there are none
    }
    answers = {name: result.response.content for name, result in results.items()}
    mine = EVERYWHERE | OF_WORDS
    assert {name for name, answer in answers.items() if answer == "Reached."} == mine
    refused = {answer for name, answer in answers.items() if name not in mine}
    assert refused == {"That works in a server only."}
    assert all(isinstance(error, NotPermittedError) for error in env.errors)


@pytest.mark.parametrize(
    ("state", "command", "sentence"),
    [
        (
            State(None, None),
            "say",
            "You are not in a voice channel. Join one first, then try again.",
        ),
        (State(None, "lounge"), "skip", "I am in no voice channel. Call me with /join."),
        (State("lounge", "attic"), "queue", "Only people in {lounge} can do that. Join it first."),
        (State("lounge", None), "pause", "Only people in {lounge} can do that. Join it first."),
        (
            State("lounge", "lounge", is_muted=True),
            "say",
            "Moderators of this server do not let you speak through me. Ask one of them.",
        ),
    ],
    ids=["say", "skip", "queue", "pause", "muted"],
)
@pytest.mark.usefixtures("calls")
async def test_a_refusal_says_what_to_do(
    env: Env,
    bot: Bot,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    state: State,
    command: str,
    sentence: str,
) -> None:
    places = {"lounge": lounge, "attic": guild.create_voice_channel("attic")}
    for channel_id in [places[name].id for name in places if name == state.bot_in]:
        await bot.sessions.join(bot.get_channel(channel_id))
    for place in [places[name] for name in places if name == state.author_in]:
        await alice.join_voice(place)
    rules = MemberRules(is_muted=state.is_muted)
    await bot.settings.change_rules(guild.id, alice.id, lambda _: rules, by=1)
    options = dict(_leaves(env, chat, alice))[command]
    result = await alice.slash(chat, command, **options)
    assert refusal(env, result) == sentence.format(lounge=lounge.mention)


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


async def test_what_a_command_suggests_is_for_those_who_may_use_it(
    env: Env, guild: GuildHandle, chat: ChannelHandle, alice: MemberActor, moderator: MemberActor
) -> None:
    registered = env.backend.find_command("server", None)
    guild.set_command_permissions(int(registered["id"]), {alice: True, moderator: True})
    assert await moderator.autocomplete(chat, "server voice", "voice", "cherry")
    assert not await alice.autocomplete(chat, "server voice", "voice", "cherry")
    assert await alice.autocomplete(chat, "say", "voice", "cherry")


async def test_a_moderator_of_another_server_changes_nothing_there(
    env: Env, bot: Bot, guild: GuildHandle, moderator: MemberActor
) -> None:
    elsewhere = env.create_guild("Elsewhere")
    chat = guild.create_text_channel("mods")
    await moderator.slash(chat, "server voice", voice="Ethan")
    assert await bot.settings.fetch_guild(elsewhere.id) == GuildSettings()
    assert (await bot.settings.fetch_guild(guild.id)).voice == "Ethan"
