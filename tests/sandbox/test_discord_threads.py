"""Threads, forums and who hears of them, judged by the real discord.py."""

from __future__ import annotations

import discord
import pytest

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import Client, connected, harbour

WITHOUT_MEMBERS = discord.Intents(guilds=True, messages=True, message_content=True)


async def test_a_thread_under_a_message_shares_its_id_and_begins_with_it() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "let us talk")
        thread = await here.ann.start_thread(here.chat, "Talk", under=message)
        (created,) = await client.hear("thread_create")
        (_, after) = await client.hear("message_edit")
        (starter,) = await client.hear("message", times=2)
        assert created.id == thread.id == message.id
        assert after.flags.has_thread
        assert after.edited_at is None
        assert starter.type is discord.MessageType.thread_starter_message
        assert starter.reference.resolved.content == "let us talk"


async def test_a_thread_under_no_message_is_told_in_its_channel() -> None:
    async with harbour() as here, connected(here) as client:
        thread = await here.ann.start_thread(here.chat, "Plans")
        (told,) = await client.hear("message")
        assert told.type is discord.MessageType.thread_created
        assert (told.content, told.reference.channel_id) == ("Plans", thread.id)


async def test_a_bot_hears_public_threads_without_joining_them() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_MEMBERS)) as client:
        thread = await here.ann.start_thread(here.chat, "Plans")
        await here.mod.send(thread, "in the thread")
        (message,) = await client.hear("message", times=2)
        assert isinstance(message.channel, discord.Thread)
        assert message.channel.parent == here.seen_chat
        assert client.times_heard("thread_member_join") == 0


async def test_a_private_thread_is_hidden_until_the_bot_is_added() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_MEMBERS)) as client:
        thread = await here.mod.start_thread(here.chat, "Council", is_private=True)
        await here.mod.send(thread, "unheard")
        await here.mod.add_to_thread(thread, here.guild.bot)
        await here.mod.send(thread, "heard")
        (message,) = await client.hear("message")
        assert message.content == "heard"
        (joined,) = await client.hear("thread_join")
        assert (joined.id, joined.is_private()) == (thread.id, True)
        with pytest.raises(NotPermittedError):
            await here.ann.send(thread, "me too")


async def test_who_is_mentioned_in_a_private_thread_is_in_it() -> None:
    async with harbour() as here, connected(here):
        thread = await here.mod.start_thread(here.chat, "Council", is_private=True)
        await here.mod.send(thread, f"{here.ann.mention}, come in")
        await here.ann.send(thread, "here I am")
        assert [m.author for m in thread.messages] == [here.mod.user, here.ann.user]


async def test_a_moderator_of_threads_hears_private_ones() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.set_bot_permissions(Permission.MANAGE_THREADS)
        thread = await here.mod.start_thread(here.chat, "Council", is_private=True)
        await here.mod.send(thread, "heard")
        (message,) = await client.hear("message")
        assert message.content == "heard"


async def test_a_message_opens_an_archived_thread_unless_it_is_locked() -> None:
    async with harbour() as here, connected(here) as client:
        thread = await here.ann.start_thread(here.chat, "Plans")
        await here.ann.archive(thread)
        await here.ann.send(thread, "not yet")
        await client.hear("thread_update")
        (opened,) = await client.hear("thread_join")
        assert (opened.id, opened.archived) == (thread.id, False)
        await here.mod.archive(thread, locked=True)
        with pytest.raises(NotPermittedError):
            await here.ann.send(thread, "but")


async def test_a_bot_that_connects_is_told_of_the_open_threads_it_sees() -> None:
    async with harbour() as here:
        here.guild.set_bot_permissions(Permission.VIEW_CHANNEL)
        plans = await here.ann.start_thread(here.chat, "Plans")
        await here.mod.start_thread(here.chat, "Council", is_private=True)
        await here.ann.archive(await here.ann.start_thread(here.chat, "Old plans"))
        async with connected(here) as client:
            assert [thread.id for thread in client.guilds[0].threads] == [plans.id]


async def test_a_bot_that_gains_a_channel_is_told_of_its_threads() -> None:
    async with harbour() as here, connected(here) as client:
        here.chat.set_overwrites(here.guild.everyone, deny=Permission.VIEW_CHANNEL)
        thread = await here.mod.start_thread(here.chat, "Plans")
        assert client.guilds[0].get_thread(thread.id) is None
        crew = here.guild.add_role("Crew", permissions=Permission.ADMINISTRATOR)
        here.guild.bot.set_roles([*here.guild.bot.roles, crew])
        (joined,) = await client.hear("thread_join")
        assert joined.id == thread.id


async def test_a_post_is_a_thread_whose_first_message_has_its_id() -> None:
    async with harbour() as here, connected(here) as client:
        forum = here.guild.add_forum("Ideas", tags=["louder", "softer"])
        post = await here.ann.start_post(forum, "Volume", "Make it louder", tags=["louder"])
        (message,) = await client.hear("message")
        assert (message.id, message.content) == (post.id, "Make it louder")
        assert isinstance(message.channel, discord.Thread)
        assert isinstance(message.channel.parent, discord.ForumChannel)
        assert [tag.name for tag in message.channel.applied_tags] == ["louder"]
        with pytest.raises(NotPermittedError):
            await here.ann.send(forum, "nobody writes here")


async def test_a_bot_writes_posts_and_threads_by_itself() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.set_bot_permissions(
            Permission.SEND_MESSAGES
            | Permission.CREATE_PUBLIC_THREADS
            | Permission.SEND_MESSAGES_IN_THREADS
        )
        forum = here.guild.add_forum("Ideas")
        (seen,) = await client.hear("guild_channel_create")
        post = await seen.create_thread(name="Captions", content="What is being said")
        assert post.message.id == post.thread.id
        kind = discord.ChannelType.public_thread
        thread = await here.seen_chat.create_thread(name="Captions", type=kind)
        await thread.send("What is being said")
        assert [c.name for c in here.guild.channels.values() if c.parent_id == forum.id] == [
            "Captions"
        ]


async def test_a_channel_takes_its_threads_along() -> None:
    async with harbour() as here, connected(here) as client:
        thread = await here.ann.start_thread(here.chat, "Plans")
        await client.hear("thread_create")
        here.chat.delete()
        (gone,) = await client.hear("thread_delete")
        assert gone.id == thread.id
        assert thread.id not in here.guild.channels
