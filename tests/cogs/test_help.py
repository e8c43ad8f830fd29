"""`/help`: what there is to do, with commands to press."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Awaitable, Callable

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import Bot, Services
from bot.policy.permissions import RULES
from cogs.views.help import ADVICE, TITLES
from tests.cogs.panels import assert_fits, buttons, components, panel_of, text

MENUS = {"Read aloud", "Save as audio", "Why was this not read?"}
MENTION = re.compile(r"</([^:>]+):(\d+)>")


def test_every_command_there_is_to_be_is_explained() -> None:
    explained = {name for advice in ADVICE.values() for each in advice for name in each.names}
    assert explained == set(RULES) - MENUS - {"help"}


async def test_the_first_page_says_how_to_speak(
    env: Env, chat: ChannelHandle, alice: MemberActor
) -> None:
    panel = panel_of(await alice.slash(chat, "help"))
    say = env.backend.find_command("say", None)["id"]
    assert text(panel).splitlines()[0] == "### Speak"
    assert f"- </say:{say}>: Say something in your voice channel" in text(panel)
    assert buttons(panel) == {
        "Speak": False,
        "My voice": True,
        "Reading aloud": True,
        "For moderators": True,
    }


@pytest.mark.parametrize("title", list(TITLES.values())[1:])
async def test_every_topic_mentions_commands_there_are_by_their_ids(
    env: Env, bot: Bot, chat: ChannelHandle, alice: MemberActor, title: str
) -> None:
    panel = panel_of(await alice.slash(chat, "help"))
    await alice.click(panel, label=title)
    assert text(panel).splitlines()[0] == f"### {title}"
    assert not buttons(panel)[title]
    assert_fits(panel)
    mentioned = MENTION.findall(text(panel))
    assert mentioned
    assert all(bot.tree.has(name) for name, _ in mentioned)
    ids = {each["name"]: str(each["id"]) for each in env.backend.commands[None].values()}
    assert {id_ for _, id_ in mentioned} == {ids[name.split()[0]] for name, _ in mentioned}


async def test_it_works_alone_with_me(env: Env, alice: MemberActor) -> None:
    panel = panel_of(await alice.user.slash("help"))
    await alice.user.click(panel, label="My voice")
    assert text(panel).startswith("### My voice")


async def test_it_works_after_a_restart(
    env: Env, chat: ChannelHandle, alice: MemberActor, restart: Callable[[], Awaitable[None]]
) -> None:
    panel = panel_of(await alice.slash(chat, "help"))
    await restart()
    await alice.click(panel, label="Reading aloud")
    assert text(panel).startswith("### Reading aloud")
    assert MENTION.search(text(panel))


async def test_while_ids_are_not_known_commands_are_named_plainly(
    bot: Bot, services: Services
) -> None:
    env = Env(bot)
    env.inject_error("PUT", "/applications/*/commands", status=500)
    await env.start()
    assert bot.tree.mention("voice set") == "/voice set"
    await env.shutdown()


async def test_a_bot_that_kept_no_ids_asks_for_them(
    env: Env, services: Services, restart: Callable[[], Awaitable[None]]
) -> None:
    client = env.bot
    before = client.tree.mention("say")
    await services.state.save(f"command ids:{client.application_id}", "")
    await restart()
    assert env.bot.tree.mention("say") == before
    asked = [each for each in env.http_requests if each.path.endswith("/commands")]
    assert [each.method for each in asked] == ["PUT", "GET"]


async def test_the_operators_guide_is_linked(services: Services) -> None:
    guided = dataclasses.replace(services, guide_url="https://example.org/guide")
    env = Env(Bot(guided, shard_count=1))
    await env.start()
    guild = env.create_guild()
    alice = guild.add_member(env.create_user("alice"))
    panel = panel_of(await alice.slash(guild.create_text_channel("chat"), "help"))
    [link] = [each for each in components(panel.components) if "url" in each]
    assert (link["label"], link["url"]) == ("Read the whole guide", "https://example.org/guide")
    await env.shutdown()
