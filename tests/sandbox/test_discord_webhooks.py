"""Webhooks of channels: managed by bots, and used by whoever knows their token."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord.world import threads
from bot.sandbox.discord.world.channels import ChannelType
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import connected, harbour, raw_rest


async def test_a_webhook_reads_changes_and_removes_what_it_wrote() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.MANAGE_WEBHOOKS)
        hook = await here.seen_chat.create_webhook(name="Own")
        sent = await hook.send("first", wait=True)
        assert (await hook.fetch_message(sent.id)).content == "first"
        assert (await hook.edit_message(sent.id, content="second")).content == "second"
        (message,) = here.chat.messages
        assert message.content == "second"
        await hook.delete_message(sent.id)
        with pytest.raises(discord.NotFound, match="Unknown Message"):
            await hook.fetch_message(sent.id)
        assert here.chat.messages == []


async def test_a_webhook_does_not_touch_the_messages_of_others() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.MANAGE_WEBHOOKS)
        said = await here.ann.send(here.chat, "mine")
        hook = await here.seen_chat.create_webhook(name="Own")
        with pytest.raises(discord.NotFound, match="Unknown Message"):
            await hook.delete_message(said.id)
        assert here.chat.messages == [said]


async def test_a_webhook_writes_into_the_threads_of_its_channel() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        hook = await here.seen_chat.create_webhook(name="Own")
        thread = await here.seen_chat.create_thread(
            name="Talk", type=discord.ChannelType.public_thread
        )
        sent = await hook.send("in the thread", thread=thread, wait=True)
        found = await hook.fetch_message(sent.id, thread=thread)
        assert (found.channel.id, found.content) == (thread.id, "in the thread")


async def test_a_bot_renames_and_moves_a_webhook() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.set_bot_permissions(Permission.MANAGE_WEBHOOKS)
        elsewhere = here.guild.add_text_channel("elsewhere")
        hook = await here.seen_chat.create_webhook(name="Own")
        changed = await hook.edit(name="Ours", channel=discord.Object(elsewhere.id))
        fetched = await client.fetch_webhook(hook.id)
        assert (changed.name, fetched.name) == ("Ours", "Ours")
        assert (fetched.channel_id, fetched.user) == (elsewhere.id, client.user)


async def test_whoever_knows_the_token_manages_the_webhook_without_a_bot() -> None:
    async with harbour() as here, aiohttp.ClientSession(here.discord.api_base + "/") as http:
        hook = here.guild.add_webhook(here.chat, "Feed")
        path = f"webhooks/{hook.id}/{hook.token}"
        async with http.get(path) as response:
            shown = await response.json()
        async with http.patch(path, json={"name": "News"}) as response:
            renamed = await response.json()
        async with http.get(path + "x") as response:
            assert (response.status, (await response.json())["code"]) == (401, 50027)
        async with http.delete(path) as response:
            assert response.status == 204
        async with http.get(path) as response:
            assert (response.status, (await response.json())["code"]) == (404, 10015)
        assert (shown["name"], renamed["name"]) == ("Feed", "News")
        assert "user" not in shown | renamed
        assert here.guild.webhooks == {}


@pytest.mark.parametrize("name", ["Clyde", "my discord feed", "everyone", "here", " ", "x" * 81])
async def test_a_webhook_is_not_called_like_discord_or_everybody(name: str) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        here.guild.set_bot_permissions(Permission.MANAGE_WEBHOOKS)
        hook = here.guild.add_webhook(here.chat, "Feed")
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", f"channels/{here.chat.id}/webhooks", {"name": name}),
            ("PATCH", f"webhooks/{hook.id}", {"name": name}),
            ("POST", f"webhooks/{hook.id}/{hook.token}", {"content": "x", "username": name}),
        ]
        for (method, path, body), place in zip(asked, ["name", "name", "username"], strict=True):
            async with http.request(method, path, json=body) as response:
                answer = await response.json()
            assert (response.status, list(answer["errors"])) == (400, [place])
        assert here.chat.messages == []
        assert [known.name for known in here.guild.webhooks.values()] == ["Feed"]


async def test_a_place_that_is_no_thread_of_the_channel_is_unknown() -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        hook = here.guild.add_webhook(here.chat, "Feed")
        other = here.guild.add_text_channel("other")
        thread = threads.start(other, here.ann.user, "Talk", ChannelType.PUBLIC_THREAD)
        for place in (5, here.call.id, here.chat.id, thread.id):
            path = f"webhooks/{hook.id}/{hook.token}?thread_id={place}"
            async with http.post(path, json={"content": "x"}) as response:
                assert (response.status, (await response.json())["code"]) == (404, 10003)
        assert [*here.chat.messages, *thread.messages] == []
