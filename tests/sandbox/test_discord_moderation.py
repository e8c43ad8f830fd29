"""What a bot hears of moderation, judged by the real discord.py."""

from __future__ import annotations

import datetime

import discord
import pytest

from bot.sandbox.discord.errors import MessageBlockedError, NotPermittedError
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import INTENTS, Client, Harbour, connected, harbour

WATCHING = discord.Intents(
    guilds=True,
    voice_states=True,
    messages=True,
    message_content=True,
    moderation=True,
    auto_moderation_execution=True,
)


def watcher(
    here: Harbour,
    permission: Permission = Permission.NONE,
    intents: discord.Intents = WATCHING,
) -> Client:
    """Return a client without the members intent, whose bot has this permission besides."""
    here.guild.set_bot_permissions(Permission.VIEW_CHANNEL | permission)
    return Client(intents=intents)


async def test_a_purge_is_one_event() -> None:
    async with harbour() as here, connected(here) as client:
        sent = [await here.ann.send(here.chat, text) for text in "abc"]
        await here.mod.purge(here.chat, sent[:2])
        (payload,) = await client.hear("raw_bulk_message_delete")
        assert payload.message_ids == {message.id for message in sent[:2]}
        assert here.chat.messages == sent[2:]
        with pytest.raises(NotPermittedError):
            await here.ann.purge(here.chat)


async def test_a_moderator_takes_the_message_of_somebody_away() -> None:
    async with harbour() as here:
        async with connected(here, watcher(here, Permission.VIEW_AUDIT_LOG)) as client:
            message = await here.ann.send(here.chat, "too much")
            await here.mod.delete(message)
            (gone,) = await client.hear("message_delete")
            (entry,) = await client.hear("audit_log_entry_create")
        assert gone.id == message.id
        assert entry.action is discord.AuditLogAction.message_delete
        assert (entry.user_id, entry.extra.channel.id) == (here.mod.id, here.chat.id)


async def test_a_time_out_ends_the_call_and_stands_in_the_audit_log() -> None:
    async with harbour() as here:
        async with connected(here, watcher(here, Permission.VIEW_AUDIT_LOG)) as client:
            await here.ann.join_voice(here.call)
            await here.mod.time_out(here.ann, seconds=60)
            (entry,) = await client.hear("audit_log_entry_create")
            (_, before, after) = await client.hear("voice_state_update", times=2)
        assert entry.after.timed_out_until is not None
        assert entry.action is discord.AuditLogAction.member_update
        assert (before.channel.id, after.channel) == (here.call.id, None)
        with pytest.raises(NotPermittedError):
            await here.ann.send(here.chat, "but")
        with pytest.raises(NotPermittedError):
            await here.ann.join_voice(here.call)


async def test_a_time_out_is_a_member_update_for_those_with_the_members_intent() -> None:
    async with harbour() as here, connected(here) as client:
        await here.mod.time_out(here.ann, seconds=60)
        (_, after) = await client.hear("member_update")
        assert after.is_timed_out()
        await here.mod.time_out(here.ann, seconds=0)
        (_, after) = await client.hear("member_update", times=2)
        assert not after.is_timed_out()


async def test_a_ban_takes_along_what_was_written_lately_channel_by_channel() -> None:
    async with harbour() as here:
        async with connected(here, watcher(here, Permission.BAN_MEMBERS)) as client:
            spam = [await here.ann.send(place, "x") for place in (here.chat, here.chat, here.call)]
            kept = await here.mod.send(here.chat, "kept")
            await here.mod.ban(here.ann, delete_s=3600)
            await client.hear("raw_bulk_message_delete", times=2)
            deleted = [a[0].message_ids for n, a in client.heard if n == "raw_bulk_message_delete"]
            (_, banned) = await client.hear("member_ban")
        assert deleted == [{spam[0].id, spam[1].id}, {spam[2].id}]
        assert banned.id == here.ann.id
        assert here.chat.messages == [kept]


async def test_a_ban_is_told_only_to_bots_that_ban_or_read_the_audit_log() -> None:
    async with harbour() as here, connected(here, watcher(here)) as client:
        await here.mod.ban(here.ann)
        await here.mod.unban(here.ann.user)
        await here.mod.send(here.chat, "afterwards")
        await client.hear("message")
        assert client.times_heard("member_ban") == client.times_heard("member_unban") == 0


async def test_a_kick_needs_a_higher_rank() -> None:
    async with harbour() as here:
        first, second = (
            here.guild.add_member(name, permissions=Permission.KICK_MEMBERS) for name in ("A", "B")
        )
        await second.kick(here.ann)
        with pytest.raises(NotPermittedError):
            await first.kick(second)
        assert here.ann.id not in here.guild.members


async def test_a_blocked_message_never_was_one() -> None:
    async with harbour() as here:
        async with connected(here, watcher(here, Permission.MANAGE_GUILD)) as client:
            here.guild.auto_moderation.add("No swearing", "darn", "heck*")
            with pytest.raises(MessageBlockedError):
                await here.ann.send(here.chat, "What the heckers!")
            await here.ann.send(here.chat, "darned fine")
            (action,) = await client.hear("automod_action")
            (message,) = await client.hear("message")
        assert (action.content, action.matched_keyword) == ("What the heckers!", "heck*")
        assert action.matched_content == "heck"
        assert action.message_id is None
        assert message.content == "darned fine"
        assert [m.content for m in here.chat.messages] == ["darned fine"]


async def test_an_edit_is_blocked_like_a_message() -> None:
    async with harbour() as here:
        here.guild.auto_moderation.add("No swearing", "darn")
        message = await here.ann.send(here.chat, "fine")
        with pytest.raises(MessageBlockedError):
            await here.ann.edit(message, "darn")
        assert message.content == "fine"


async def test_a_flagged_message_is_there_until_somebody_takes_it_away() -> None:
    async with harbour() as here:
        async with connected(here, watcher(here, Permission.MANAGE_GUILD)) as client:
            alerts = here.guild.add_text_channel("alerts")
            rule = here.guild.auto_moderation
            rule.add("Watch", "darn", blocks=False, alert_channel=alerts, timeout_s=60)
            message = await here.ann.send(here.chat, "darn")
            (alert,) = await client.hear("message", times=2)
            (action,) = await client.hear("automod_action")
        assert action.message_id == message.id
        assert action.alert_system_message_id == alert.id
        assert alert.type is discord.MessageType.auto_moderation_action
        assert here.ann.is_timed_out
        await here.mod.delete(message)
        assert here.chat.messages == []


async def test_rules_do_not_ask_managers_and_are_told_only_to_them() -> None:
    async with harbour() as here, connected(here, watcher(here)) as client:
        here.guild.auto_moderation.add("No swearing", "darn")
        await here.mod.send(here.chat, "darn")
        with pytest.raises(MessageBlockedError):
            await here.ann.send(here.chat, "darn")
        await here.ann.send(here.chat, "fine")
        await client.hear("message", times=2)
        assert client.times_heard("automod_action") == 0


async def test_without_the_content_intent_a_blocked_text_is_withheld() -> None:
    async with harbour() as here:
        intents = discord.Intents(auto_moderation_execution=True, guilds=True)
        async with connected(here, watcher(here, Permission.MANAGE_GUILD, intents)) as client:
            here.guild.auto_moderation.add("No swearing", "darn")
            with pytest.raises(MessageBlockedError):
                await here.ann.send(here.chat, "darn")
            (action,) = await client.hear("automod_action")
        assert (action.content, action.matched_keyword) == ("", "darn")


async def test_roles_are_given_and_taken_by_whoever_stands_above_them() -> None:
    async with harbour() as here, connected(here) as client:
        crew = here.guild.add_role("Crew")
        mate = here.guild.add_member("Mate", permissions=Permission.MANAGE_ROLES)
        await mate.give_role(here.ann, crew)
        (_, after) = await client.hear("member_update")
        assert [role.name for role in after.roles] == ["@everyone", "Crew"]
        await mate.take_role(here.ann, crew)
        (_, after) = await client.hear("member_update", times=2)
        assert [role.name for role in after.roles] == ["@everyone"]
        officers = here.guild.add_role("Officers")
        with pytest.raises(NotPermittedError):
            await mate.give_role(here.ann, officers)


async def test_a_guild_that_invites_the_bot_is_whole_when_it_is_told() -> None:
    async with harbour() as here, connected(here) as client:
        lagoon = here.discord.add_guild("Lagoon", with_bot=False)
        lagoon.system_channel = lagoon.add_text_channel("lobby")
        hidden = lagoon.add_text_channel("hidden")
        hidden.set_overwrites(lagoon.everyone, deny=Permission.VIEW_CHANNEL)
        await lagoon.owner.invite_bot()
        (joined,) = await client.hear("guild_join")
        assert [channel.name for channel in joined.channels] == ["lobby", "hidden"]
        assert joined.system_channel.permissions_for(joined.me).send_messages
        assert not joined.channels[1].permissions_for(joined.me).view_channel
        await joined.system_channel.send("Hello!")
        assert [m.content for m in lagoon.system_channel.messages] == ["", "Hello!"]
        await lagoon.owner.kick(lagoon.bot)
        (left,) = await client.hear("guild_remove")
        assert left.id == lagoon.id


async def test_only_managers_invite_a_bot() -> None:
    async with harbour() as here:
        lagoon = here.discord.add_guild("Lagoon", with_bot=False)
        with pytest.raises(NotPermittedError):
            await lagoon.add_member("Somebody").invite_bot()


async def test_members_go_by_themselves() -> None:
    async with harbour() as here, connected(here, Client(intents=INTENTS)) as client:
        here.ann.leave()
        (gone,) = await client.hear("member_remove")
        assert gone.id == here.ann.id


async def test_what_a_bot_does_to_members_and_messages_stands_in_the_audit_log() -> None:
    async with harbour() as here:
        crew, mates = (here.guild.add_role(name) for name in ("Crew", "Mates"))
        here.guild.bot.set_roles([*here.guild.bot.roles, mates])
        client = watcher(here, Permission.ADMINISTRATOR)
        async with connected(here, client):
            guild = client.get_guild(here.guild.id)
            assert guild is not None
            chat = [await here.ann.send(here.chat, text) for text in "abc"]
            await here.ann.join_voice(here.call)
            ann = await guild.fetch_member(here.ann.id)
            await ann.edit(nick="Annie", mute=True, reason="Größe ✓")
            await ann.add_roles(discord.Object(crew.id), reason="new")
            await ann.remove_roles(discord.Object(crew.id))
            await ann.move_to(None)
            await ann.timeout(datetime.timedelta(days=1))
            await here.seen_chat.get_partial_message(chat[0].id).delete()
            await here.seen_chat.delete_messages([discord.Object(m.id) for m in chat[1:]])
            await ann.kick(reason="enough")
            await guild.ban(discord.Object(here.ann.id), reason="noise")
            await guild.unban(discord.Object(here.ann.id))
            await client.hear("audit_log_entry_create", times=10)
            entries = [entry async for entry in guild.audit_logs(oldest_first=True)]

    done = discord.AuditLogAction
    assert [(entry.action, entry.reason) for entry in entries] == [
        (done.member_update, "Größe ✓"),
        (done.member_role_update, "new"),
        (done.member_role_update, None),
        (done.member_disconnect, None),
        (done.member_update, None),
        (done.message_delete, None),
        (done.message_bulk_delete, None),
        (done.kick, "enough"),
        (done.ban, "noise"),
        (done.unban, None),
    ]
    assert {entry.user_id for entry in entries} == {here.guild.bot.id}
    assert (entries[0].before.nick, entries[0].after.nick) == (None, "Annie")
    assert (entries[0].before.mute, entries[0].after.mute) == (False, True)
    assert [role.id for role in entries[1].after.roles] == [crew.id]
    assert [role.id for role in entries[2].before.roles] == [crew.id]
    assert entries[4].after.timed_out_until is not None
    assert entries[5].extra.channel.id == here.chat.id


async def test_a_bot_does_not_moderate_itself_in_the_audit_log() -> None:
    async with harbour() as here, connected(here):
        await (await here.seen_chat.send("mine")).delete()
        assert here.guild.audit_log == []


async def test_a_reason_is_not_longer_than_512_characters() -> None:
    async with harbour() as here, connected(here):
        here.guild.set_bot_permissions(Permission.ADMINISTRATOR)
        with pytest.raises(discord.HTTPException, match="Must be 512 or fewer"):
            await here.seen_chat.edit(topic="news", reason="é" * 513)
        await here.seen_chat.edit(topic="news", reason="é" * 512)
        assert here.chat.topic == "news"
