"""What a server hears of the bot by itself: once, and only when it is new."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle
from simcord.backend import serializers

from bot.client import Bot
from tests.cogs.answers import assert_mentions_nobody

LONG_AGO = "2020-01-01T00:00:00+00:00"
SILENT = discord.PermissionOverwrite(send_messages=False)


async def tell_of(env: Env, guild: GuildHandle, **fields: Any) -> None:
    """Tell the bot of a server; Discord says nothing of outages where it is new."""
    payload: Any = serializers.guild_create_payload(env.backend, env.backend.get_guild(guild.id))
    del payload["unavailable"]
    env.backend.emit("GUILD_CREATE", payload | fields)
    await env.settle()


def greetings(*channels: ChannelHandle) -> list[str]:
    return [message.content for channel in channels for message in channel.history()]


@pytest.fixture
def news(env: Env, guild: GuildHandle, chat: ChannelHandle) -> ChannelHandle:
    """The channel where a server wants to be told what is new, below the chat."""
    channel = guild.create_text_channel("news")
    env.backend.edit_guild(guild.id, {"system_channel_id": channel.id})
    return channel


async def test_a_new_server_is_told_the_first_steps_where_its_news_are(
    env: Env, bot: Bot, guild: GuildHandle, chat: ChannelHandle, news: ChannelHandle
) -> None:
    await tell_of(env, guild)
    assert not greetings(chat)
    [greeting] = greetings(news)
    assert greeting == (
        f"Hello! Join a voice channel, call me with {bot.tree.mention('join')} and write in its "
        "chat: I say it.\n"
        f"Moderators: {bot.tree.mention('setup')} checks what I need here. "
        f"Everyone: {bot.tree.mention('help')} says what I can do.\n"
        "See what I keep about you, and delete it, with "
        f"{bot.tree.mention('privacy show')}."
    )
    assert_mentions_nobody(env)


async def test_it_is_told_once_whatever_happens(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    restart: Callable[[], Awaitable[None]],
) -> None:
    await tell_of(env, guild)
    await tell_of(env, guild)
    await restart()
    await tell_of(env, guild)
    assert len(greetings(chat)) == 1


async def test_a_start_and_the_end_of_an_outage_greet_nobody(
    env: Env,
    guild: GuildHandle,
    chat: ChannelHandle,
    restart: Callable[[], Awaitable[None]],
) -> None:
    await restart()
    await tell_of(env, guild, unavailable=False)
    assert not greetings(chat)


async def test_where_the_bot_has_long_been_it_greets_nobody(
    env: Env, guild: GuildHandle, chat: ChannelHandle
) -> None:
    members = env.backend.get_guild(guild.id).members
    members[env.backend.bot_user.id].joined_at = LONG_AGO
    await tell_of(env, guild)
    assert not greetings(chat)


async def test_it_is_told_in_the_first_channel_where_that_is_allowed(
    env: Env, guild: GuildHandle
) -> None:
    overwrites = {guild.default_role: SILENT}
    closed = guild.create_text_channel("closed", overwrites=overwrites)
    open_ = guild.create_text_channel("open")
    env.backend.edit_guild(guild.id, {"system_channel_id": closed.id})
    role = next(each for each in env.backend.get_guild(guild.id).roles.values() if each.managed)
    role.permissions = discord.Permissions(view_channel=True, send_messages=True).value
    await tell_of(env, guild)
    assert not greetings(closed)
    assert len(greetings(open_)) == 1


async def test_where_nothing_can_be_written_it_is_silent(env: Env, guild: GuildHandle) -> None:
    guild.create_voice_channel("lounge")
    await tell_of(env, guild)
    assert not [each for each in env.http_requests if each.path.endswith("/messages")]


async def test_a_greeting_that_discord_refuses_is_no_fault(
    env: Env, guild: GuildHandle, chat: ChannelHandle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "cogs.greeting")
    env.inject_error("POST", "/channels/*/messages", status=500)
    await tell_of(env, guild)
    assert f"no greeting in guild {guild.id}: HTTPException" in caplog.text
