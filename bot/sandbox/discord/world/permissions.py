"""Permissions and how they add up ("Permission Hierarchy" of Discord's documentation)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member


class Permission(IntFlag):
    """One bit for every thing somebody may do."""

    NONE = 0
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SET_VOICE_CHANNEL_STATUS = 1 << 48
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


P = Permission
ALL = P(sum(P))

# What @everyone may do in a freshly made server.
EVERYONE_DEFAULT = (
    P.CREATE_INSTANT_INVITE
    | P.ADD_REACTIONS
    | P.STREAM
    | P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS
    | P.CONNECT
    | P.SPEAK
    | P.USE_VAD
    | P.CHANGE_NICKNAME
    | P.USE_APPLICATION_COMMANDS
    | P.REQUEST_TO_SPEAK
    | P.CREATE_PUBLIC_THREADS
    | P.SEND_MESSAGES_IN_THREADS
    | P.USE_SOUNDBOARD
    | P.SEND_VOICE_MESSAGES
    | P.SEND_POLLS
    | P.USE_EXTERNAL_APPS
)
BOT_DEFAULT = (
    P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.ADD_REACTIONS
    | P.ATTACH_FILES
    | P.EMBED_LINKS
    | P.READ_MESSAGE_HISTORY
    | P.CONNECT
    | P.SPEAK
    | P.USE_VAD
    | P.SEND_VOICE_MESSAGES
)
# "A timed out member temporarily loses all permissions except these."
TIMED_OUT = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
NEEDS_SEND_MESSAGES = P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS
NEEDS_CONNECT = (
    P.SPEAK
    | P.STREAM
    | P.USE_VAD
    | P.PRIORITY_SPEAKER
    | P.MUTE_MEMBERS
    | P.DEAFEN_MEMBERS
    | P.MOVE_MEMBERS
    | P.USE_SOUNDBOARD
    | P.USE_EXTERNAL_SOUNDS
    | P.USE_EMBEDDED_ACTIVITIES
    | P.MANAGE_CHANNELS
    | P.MANAGE_ROLES
)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel changes for one role or one member."""

    id: int
    is_role: bool
    allow: Permission = P.NONE
    deny: Permission = P.NONE


def guild_permissions(member: Member) -> Permission:
    """Add up the roles of `member`; owners and administrators may do everything."""
    if member.guild.owner_id == member.id:
        return ALL
    total = member.guild.everyone.permissions
    for role in member.roles:
        total |= role.permissions
    if total & P.ADMINISTRATOR:
        return ALL
    return total & TIMED_OUT if member.is_timed_out else total


def channel_permissions(member: Member, channel: Channel) -> Permission:
    """Apply the overwrites of `channel`: @everyone, then all roles together, then the member."""
    base = guild_permissions(member)
    if base == ALL:
        return ALL
    total = _in_place(base, member, channel)
    hidden = channel.is_private_thread and member.id not in channel.joined_ids
    if hidden and not total & P.MANAGE_THREADS:
        return P.NONE
    return total


def _in_place(base: Permission, member: Member, channel: Channel) -> Permission:
    overwrites = channel.permission_source.overwrites
    total = _apply(base, [o] if (o := overwrites.get(member.guild.id)) else [])
    total = _apply(total, [o for r in member.roles if (o := overwrites.get(r.id))])
    total = _apply(total, [o] if (o := overwrites.get(member.id)) else [])
    if member.is_timed_out:
        total &= TIMED_OUT
    return _implied(total, channel)


def _apply(total: Permission, overwrites: Iterable[Overwrite]) -> Permission:
    allow = deny = P.NONE
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    return (total & ~deny) | allow


def _implied(total: Permission, channel: Channel) -> Permission:
    """Drop what is worthless without another permission ("Implicit Permissions")."""
    if not total & P.VIEW_CHANNEL:
        return P.NONE
    speaks = P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES
    if not total & speaks:
        total &= ~NEEDS_SEND_MESSAGES
    if channel.is_vocal and not total & P.CONNECT:
        total &= ~NEEDS_CONNECT
    return total
