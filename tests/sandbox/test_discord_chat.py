"""What a bot hears of a chat, judged by the real discord.py."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.world.attachments import Upload
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import INTENTS, Client, Harbour, connected, harbour, raw_rest

WITHOUT_CONTENT = discord.Intents(guilds=True, messages=True)


def heard_messages(client: Client) -> list[discord.Message]:
    return [args[0] for name, args in client.heard if name == "message"]


async def send_everything(here: Harbour) -> Message:
    """Send a message of which the intent withholds all parts but the names of stickers."""
    sticker = here.guild.expressions.add_sticker("wave")
    return await here.ann.send(
        here.chat, "secret", files=[Upload("a.txt", b"x")], stickers=[sticker]
    )


async def test_without_the_content_intent_a_message_is_empty_but_for_its_stickers() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        await send_everything(here)
        (message,) = await client.hear("message")
        assert (message.content, message.attachments) == ("", [])
        assert [sticker.name for sticker in message.stickers] == ["wave"]


async def test_without_the_content_intent_a_poll_is_left_out() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        await here.ann.ask(here.chat, "Tea?", "Yes", "No")
        (message,) = await client.hear("message")
        assert message.poll is None


async def test_without_the_content_intent_a_forward_shows_nothing() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        secret = await here.ann.send(here.chat, "secret")
        await here.ann.forward(secret, here.call)
        (message,) = await client.hear("message", times=2)
        assert [snapshot.content for snapshot in message.message_snapshots] == [""]


async def test_the_message_a_reply_answers_is_judged_by_itself() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        first = await here.ann.send(here.chat, "secret")
        await here.mod.reply(first, f"{here.guild.bot.mention} look at that")
        (message,) = await client.hear("message", times=2)
        assert message.content.endswith("look at that")
        assert message.reference.resolved.content == ""


@pytest.mark.parametrize(("ping", "content"), [(True, "to you"), (False, "")])
async def test_a_reply_to_the_bot_has_content_if_it_pings(ping: bool, content: str) -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        await here.seen_chat.send("said by the bot")
        await here.ann.reply(here.chat.messages[0], "to you", ping=ping)
        (message,) = await client.hear("message", times=2)
        assert message.content == content
        assert message.reference.resolved.content == "said by the bot"


async def test_an_edit_that_mentions_the_bot_shows_what_was_withheld() -> None:
    async with harbour() as here, connected(here, Client(intents=WITHOUT_CONTENT)) as client:
        message = await here.ann.send(here.chat, "secret")
        await here.ann.edit(message, f"{here.guild.bot.mention} no secret")
        (_, after) = await client.hear("message_edit")
        assert after.content.endswith("no secret")


async def test_the_portal_decides_which_intents_may_be_asked_for() -> None:
    options = DiscordOptions(privileged_intents=Intent.GUILD_MEMBERS)
    async with harbour(options) as here:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with connected(here):
                pass
        here.discord.application.privileged_intents |= Intent.MESSAGE_CONTENT
        async with connected(here, Client()) as client:
            flags = (await client.application_info()).flags
            assert flags.gateway_message_content_limited
            assert flags.gateway_guild_members_limited
            assert not flags.gateway_presence_limited


async def test_a_verified_application_has_the_flags_of_one() -> None:
    async with harbour() as here, connected(here) as client:
        here.discord.application.is_verified = True
        flags = (await client.application_info()).flags
        assert flags.gateway_message_content
        assert not flags.gateway_message_content_limited


async def test_an_application_asks_for_limited_intents_by_itself() -> None:
    options = DiscordOptions(privileged_intents=Intent.GUILD_MEMBERS)
    async with harbour(options) as here, raw_rest(here.discord) as http:
        wish = {"flags": 1 << 15 | 1 << 19}
        async with http.patch("applications/@me", json=wish) as response:
            assert (await response.json())["flags"] == wish["flags"]
        assert Intent.MESSAGE_CONTENT in here.discord.application.privileged_intents


async def test_a_preview_of_a_link_is_an_update_that_nobody_made() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "https://example.org/a")
        embed = {"type": "link", "url": "https://example.org/a", "title": "A page"}
        here.discord.unfurl(message, embed)
        (_, after) = await client.hear("message_edit")
        assert after.edited_at is None
        assert (after.content, after.embeds[0].title) == (message.content, "A page")


async def test_a_hidden_preview_is_an_update_that_nobody_made() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "https://example.org/a")
        here.discord.unfurl(message, {"type": "link", "title": "A page"})
        await here.ann.hide_previews(message)
        (_, after) = await client.hear("message_edit", times=2)
        assert (after.embeds, after.edited_at) == ([], None)
        assert after.flags.suppress_embeds


async def test_a_pin_updates_the_message_and_is_told_in_the_channel() -> None:
    async with harbour() as here, connected(here) as client:
        message = await here.ann.send(here.chat, "keep this")
        await here.mod.pin(message)
        (_, after) = await client.hear("message_edit")
        (told,) = await client.hear("message", times=2)
        assert after.pinned
        assert after.edited_at is None
        assert told.type is discord.MessageType.pins_add
        assert (told.author.name, told.reference.message_id) == (
            here.mod.user.username,
            message.id,
        )


async def test_a_silent_message_says_so() -> None:
    async with harbour() as here, connected(here) as client:
        await here.ann.send(here.chat, "hush", silent=True)
        (message,) = await client.hear("message")
        assert message.flags.suppress_notifications


async def test_a_voice_message_has_its_length_and_cannot_be_edited() -> None:
    async with harbour() as here, connected(here) as client:
        sound = Upload("voice-message.ogg", b"OggS", "audio/ogg")
        recorded = await here.ann.record(here.chat, sound, seconds=2.5)
        (message,) = await client.hear("message")
        assert message.flags.voice
        assert message.attachments[0].duration == 2.5
        assert await message.attachments[0].read() == b"OggS"
        with pytest.raises(Exception, match="cannot be edited"):
            await here.ann.edit(recorded, "x")


async def test_attachments_have_their_kind_and_their_spoiler() -> None:
    async with harbour() as here, connected(here) as client:
        names = ["cat.png", "clip.mp4", "song.mp3", "SPOILER_end.txt"]
        await here.ann.send(here.chat, files=[Upload(name, b"x") for name in names])
        (message,) = await client.hear("message")
        kinds = [attachment.content_type.split("/")[0] for attachment in message.attachments]
        assert kinds == ["image", "video", "audio", "text"]
        assert [a.is_spoiler() for a in message.attachments] == [False, False, False, True]


async def test_a_forward_is_a_copy_of_that_moment_without_its_author() -> None:
    async with harbour() as here, connected(here) as client:
        original = await here.ann.send(here.chat, "as it was", files=[Upload("a.txt", b"x")])
        await here.mod.forward(original, here.call)
        await here.ann.edit(original, "as it is")
        (message,) = await client.hear("message", times=2)
        (snapshot,) = message.message_snapshots
        assert (message.content, snapshot.content) == ("", "as it was")
        assert snapshot.attachments[0].filename == "a.txt"
        assert message.flags.forwarded
        assert message.reference.type is discord.MessageReferenceType.forward


async def test_a_bot_forwards_only_what_it_can_read() -> None:
    async with harbour() as here, connected(here) as client:
        await here.ann.send(here.chat, "pass it on")
        (message,) = await client.hear("message")
        forwarded = await message.forward(here.seen_call)
        assert forwarded.message_snapshots[0].content == "pass it on"
        here.discord.application.privileged_intents = Intent.GUILD_MEMBERS
        with pytest.raises(discord.Forbidden) as caught:
            await message.forward(here.seen_call)
        assert caught.value.code == 160014


async def test_a_poll_is_asked_voted_on_and_counted() -> None:
    intents = discord.Intents(INTENTS.value)
    intents.polls = True
    async with harbour() as here, connected(here, Client(intents=intents)) as client:
        poll = await here.ann.ask(here.chat, "Tea?", "Yes", "No")
        (message,) = await client.hear("message")
        assert (message.poll.question, [a.text for a in message.poll.answers]) == (
            "Tea?",
            ["Yes", "No"],
        )
        await here.mod.vote(poll, 2)
        await here.mod.vote(poll, 1)
        (user, answer) = await client.hear("poll_vote_add", times=2)
        assert (user.id, answer.text) == (here.mod.id, "Yes")
        assert client.times_heard("poll_vote_remove") == 1
        await here.ann.end_poll(poll)
        (told,) = await client.hear("message", times=2)
        assert told.type is discord.MessageType.poll_result
        assert message.poll.victor_answer.text == "Yes"
        (_, after) = await client.hear("message_edit")
        assert after.poll.is_finalised()


async def test_a_bot_asks_a_poll_by_itself() -> None:
    async with harbour() as here, connected(here):
        poll = discord.Poll("Louder?", duration=timedelta(hours=1))
        poll.add_answer(text="Yes").add_answer(text="No", emoji="🤫")
        sent = await here.seen_chat.send(poll=poll)
        assert sent.poll is not None
        assert [answer.text for answer in sent.poll.answers] == ["Yes", "No"]
        await here.ann.vote(here.chat.messages[0], 2)
        assert here.chat.messages[0].poll is not None
        assert here.chat.messages[0].poll.winners == [2]


async def test_joins_and_boosts_are_told_in_the_system_channel() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.system_channel = here.chat
        bob = here.guild.add_member("Bob")
        bob.boost()
        await client.hear("message", times=2)
        assert [(m.type.name, m.author.id) for m in heard_messages(client)] == [
            ("new_member", bob.id),
            ("premium_guild_subscription", bob.id),
        ]


async def test_a_webhook_writes_under_any_name() -> None:
    async with harbour() as here, connected(here) as client:
        hook = here.guild.add_webhook(here.chat, "Feed")
        await hook.post("news", embeds=[{"title": "A headline"}])
        said = await here.ann.send(here.chat, "through my fox")
        await hook.proxy(said, "Fox", avatar_url="https://example.org/fox.png")
        await client.hear("message_delete")
        feed, _, fox = heard_messages(client)
        assert (feed.author.name, feed.embeds[0].title) == ("Feed", "A headline")
        assert (fox.author.name, fox.content) == ("Fox", "through my fox")
        assert fox.webhook_id == feed.author.id == hook.id
        assert fox.author.bot
        assert fox.author.avatar != feed.author.avatar
        assert not isinstance(fox.author, discord.Member)


async def test_a_bot_lists_the_webhooks_it_may_manage_and_writes_by_its_own() -> None:
    async with harbour() as here, connected(here) as client:
        here.guild.add_webhook(here.chat, "Feed")
        with pytest.raises(discord.Forbidden):
            await here.seen_chat.webhooks()
        here.guild.set_bot_permissions(Permission.MANAGE_WEBHOOKS)
        own = await here.seen_chat.create_webhook(name="Own")
        assert [hook.name for hook in await here.seen_chat.webhooks()] == ["Feed", "Own"]
        sent = await own.send("by hook", username="Somebody", wait=True)
        assert (sent.author.name, sent.content) == ("Somebody", "by hook")
        (message,) = await client.hear("message")
        assert message.application_id == client.application_id
        await own.delete()
        assert [hook.name for hook in await client.guilds[0].webhooks()] == ["Feed"]


async def test_the_chat_of_a_call_is_a_chat_like_any_other() -> None:
    async with harbour() as here, connected(here) as client:
        await here.ann.send(here.call, "heard in the call")
        (message,) = await client.hear("message")
        assert message.channel == here.seen_call


async def test_custom_emoji_and_stickers_are_known_to_the_guild() -> None:
    intents = discord.Intents(INTENTS.value)
    intents.expressions = True
    async with harbour() as here, connected(here, Client(intents=intents)) as client:
        parrot = here.guild.expressions.add_emoji("parrot", animated=True)
        sticker = here.guild.expressions.add_sticker("wave")
        await client.hear("guild_stickers_update")
        assert [str(emoji) for emoji in client.guilds[0].emojis] == [parrot.mention]
        assert [known.name for known in client.guilds[0].stickers] == ["wave"]
        await here.ann.send(here.chat, parrot.mention, stickers=[sticker])
        (message,) = await client.hear("message")
        assert message.content == f"<a:parrot:{parrot.id}>"


async def test_people_without_the_permission_do_not_write() -> None:
    async with harbour() as here:
        here.chat.set_overwrites(here.guild.everyone, deny=Permission.SEND_MESSAGES)
        with pytest.raises(NotPermittedError):
            await here.ann.send(here.chat, "x")
        with pytest.raises(NotPermittedError):
            await here.ann.ask(here.chat, "x", "y")
        with pytest.raises(NotPermittedError):
            await here.ann.pin(await here.mod.send(here.chat, "x"))
