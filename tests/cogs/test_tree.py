"""What Discord is told of the commands, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import ChannelHandle, Env, MemberActor

from bot.client import Bot, Services
from bot.tree import Tree
from tests.cogs.answers import answer

SUBCOMMANDS = (1, 2)
CHAT_INPUT = 1
# Discord's documentation, "Application commands": names of commands and options.
NAME = re.compile(r"[-_'a-z0-9]{1,32}")
MAX_COMMAND_CHARACTERS = 8_000


def _syncs(env: Env) -> list[Any]:
    return [
        request.json
        for request in env.http_requests
        if request.method == "PUT" and request.path.endswith("/commands")
    ]


def _nodes(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield command
    for option in command.get("options") or []:
        yield from _nodes(option)


def _chat_commands(env: Env) -> list[dict[str, Any]]:
    return [command for command in _syncs(env)[0] if command["type"] == CHAT_INPUT]


def _characters(command: dict[str, Any]) -> int:
    return sum(
        len(node["name"])
        + len(node["description"])
        + sum(len(str(choice["value"])) + len(choice["name"]) for choice in node.get("choices", []))
        for node in _nodes(command)
    )


async def test_every_command_is_one_that_discord_accepts(env: Env) -> None:
    for command in _chat_commands(env):
        assert _characters(command) <= MAX_COMMAND_CHARACTERS
        for node in _nodes(command):
            assert NAME.fullmatch(node["name"])
            assert 1 < len(node["description"]) <= 100
            assert len(node.get("options") or []) <= 25
            assert len(node.get("choices") or []) <= 25


async def test_every_command_and_option_is_described_like_its_neighbours(env: Env) -> None:
    descriptions = [
        node["description"] for command in _chat_commands(env) for node in _nodes(command)
    ]
    # discord.py writes a lone ellipsis where a description is missing.
    assert all(description[0].isupper() for description in descriptions)


async def test_the_text_of_a_command_is_as_long_as_a_message_may_be(env: Env) -> None:
    spoken = [each for each in _chat_commands(env) if each["name"] in ("say", "tts")]
    texts = [node for command in spoken for node in _nodes(command) if node["name"] == "text"]
    assert [(text["min_length"], text["max_length"]) for text in texts] == [(1, 4_000)] * 2


async def test_the_menus_are_named_as_people_read_them(env: Env) -> None:
    menus = [command["name"] for command in _syncs(env)[0] if command["type"] != CHAT_INPUT]
    assert sorted(menus) == ["Read aloud", "Save as audio", "Why was this not read?"]


async def test_commands_are_synced_once(env: Env, services: Services) -> None:
    await env.restart_bot(Bot(services, shard_count=1))
    assert len(_syncs(env)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.remove_command("say"),
        lambda tree: tree.add_command(_new_command()),
        lambda tree: setattr(tree.get_command("tts"), "description", "Another description"),
    ],
    ids=["removed", "added", "described anew"],
)
async def test_commands_are_synced_when_one_changed(
    env: Env, bot: Bot, services: Services, change: Any
) -> None:
    change(bot.tree)
    await bot.tree.sync_if_changed(services.state)
    await bot.tree.sync_if_changed(services.state)
    assert len(_syncs(env)) == 2


def _new_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.command()
    async def wave(interaction: discord.Interaction[Bot]) -> None:
        """Wave."""

    return wave


async def test_a_sync_that_discord_refuses_does_not_stop_the_start(
    bot: Bot, services: Services
) -> None:
    env = Env(bot)
    env.inject_error("PUT", "/applications/*/commands", status=500)
    await env.start()
    assert bot.is_ready()
    # The next start tries again, and the one after that need not.
    for _ in range(2):
        await env.restart_bot(Bot(services, shard_count=1))
    assert len(_syncs(env)) == 2
    await env.shutdown()
    env.raise_errors()


async def test_a_sync_that_discord_delays_does_not_stop_the_start(
    bot: Bot, services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def sync(_tree: Tree) -> list[app_commands.AppCommand]:
        raise discord.RateLimited(3_600.0)

    monkeypatch.setattr(Tree, "sync", sync)
    await bot.load_extension("cogs.speak")
    await bot.tree.sync_if_changed(services.state)
    assert "commands not synced: try again in 3600 s" in caplog.text
    assert await services.state.fetch(f"commands:{bot.application_id}") is None


async def test_the_commands_work_after_a_restart(
    env: Env, services: Services, chat: ChannelHandle, alice: MemberActor
) -> None:
    await env.restart_bot(Bot(services, shard_count=1))
    assert answer(env, await alice.slash(chat, "tts", text="Still here")).attachments
