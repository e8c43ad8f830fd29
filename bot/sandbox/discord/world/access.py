"""Bots that gain access to a channel are told of its threads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.channel_payload import thread_member
from bot.sandbox.discord.world.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member


@contextmanager
def watched(guild: Guild) -> Iterator[None]:
    """Send THREAD_LIST_SYNC to bots that see more parents of threads after the block.

    Nothing is sent for channels that are lost: "the app will receive the event that caused its
    permissions on the channel to change".
    """
    parents = {c.permission_source for c in guild.channels.values() if c.is_thread}
    bots = [member for member in guild.members.values() if member.user.is_bot]
    hidden = {bot: [p for p in parents if not _sees(bot, p)] for bot in bots if parents}
    yield
    for bot, before in hidden.items():
        if gained := [parent for parent in before if _sees(bot, parent)]:
            _sync(bot, gained)


def _sees(bot: Member, channel: Channel) -> bool:
    return bot.may(Permission.VIEW_CHANNEL, channel)


def _sync(bot: Member, parents: list[Channel]) -> None:
    guild, ids = bot.guild, {parent.id for parent in parents}
    inside = [c for c in guild.channels.values() if c.is_thread and c.parent_id in ids]
    threads = [thread for thread in inside if not thread.archived and _sees(bot, thread)]
    payload = {
        "guild_id": str(guild.id),
        "channel_ids": [str(parent_id) for parent_id in ids],
        "threads": [thread.payload() for thread in threads],
        "members": [thread_member(t, bot.id) for t in threads if bot.id in t.joined_ids],
    }
    application = guild.world.application_of(bot.user)
    guild.world.tell("THREAD_LIST_SYNC", payload, guild=guild, only=application)
