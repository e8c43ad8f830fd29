"""Discord's messages in the words of the text layer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from bot.reading.incoming import Author, Incoming
from bot.text.message import ChatMessage, Poll, PollResult, kind_of
from bot.voice.client import CallChannel

if TYPE_CHECKING:
    from collections.abc import Iterable

_USER = re.compile(r"<@!?(\d{15,20})>")
_ROLE = re.compile(r"<@&(\d{15,20})>")
_CHANNEL = re.compile(r"<#(\d{15,20})>")

_BESIDE_A_MENTION = " \t\n,:"

MAX_NAMES = 50
"""Of one kind that are looked up for one message; more is no message but an attack."""


def incoming_of(message: discord.Message, me: discord.ClientUser) -> Incoming | None:
    """Return a message of a server as it came in; nothing for one from anywhere else."""
    if message.guild is None:
        return None
    channel = message.channel
    mentions, written = _mentions_of_me(message, me), chat_message_of(message)
    if mentions:
        written = replace(written, content=_without_mentions_around(written.content, mentions))
    return Incoming(
        id=message.id,
        guild_id=message.guild.id,
        channel_id=channel.id,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        author=_author_of(message, me),
        message=written,
        sent_at=message.created_at,
        is_in_voice_chat=isinstance(channel, CallChannel),
        is_silent=message.flags.silent,
        is_system=message.is_system(),
        is_addressed=bool(mentions),
        edited_at=message.edited_at,
    )


def _mentions_of_me(message: discord.Message, me: discord.ClientUser) -> tuple[str, ...]:
    """Return how a message mentions the bot, if it does: as a member, or by the role of its own."""
    mentions = [f"<@{me.id}>", f"<@!{me.id}>"] if me.id in message.raw_mentions else []
    role = message.guild.self_role if message.guild and message.raw_role_mentions else None
    if role is not None and role.id in message.raw_role_mentions:
        mentions.append(role.mention)
    return tuple(mentions)


def _without_mentions_around(text: str, mentions: tuple[str, ...]) -> str:
    """Return a text without mentions of the bot around it, which only ask it to read."""
    text = text.strip()
    while text.startswith(mentions):
        text = text[text.index(">") + 1 :].lstrip(_BESIDE_A_MENTION)
    while text.endswith(mentions):
        text = text[: text.rindex("<")].rstrip(_BESIDE_A_MENTION)
    return text


def _author_of(message: discord.Message, me: discord.ClientUser) -> Author:
    author = message.author
    voice = author.voice if isinstance(author, discord.Member) else None
    call = voice.channel if voice else None
    # What an application answers to a command comes from a webhook, too; but it is that bot.
    is_webhook = message.webhook_id not in (None, message.application_id)
    return Author(
        id=(message.application_id or message.webhook_id or author.id) if is_webhook else author.id,
        username=author.name,
        display_name=author.display_name,
        role_ids=frozenset(role.id for role in getattr(author, "roles", ())),
        call=call if isinstance(call, CallChannel) else None,
        is_bot=author.bot,
        is_webhook=is_webhook,
        is_self=author.id == me.id,
    )


def chat_message_from(text: str, guild: discord.Guild | None) -> ChatMessage:
    """Return what somebody typed into a command; Discord does not say who is mentioned there."""
    if guild is None:
        return ChatMessage(text)
    users = (guild.get_member(int(id_)) for id_ in _USER.findall(text)[:MAX_NAMES])
    roles = (guild.get_role(int(id_)) for id_ in _ROLE.findall(text)[:MAX_NAMES])
    return ChatMessage(
        text,
        users={user.id: user.display_name for user in users if user},
        roles={role.id: role.name for role in roles if role},
        channels=_channel_names(guild, [int(id_) for id_ in _CHANNEL.findall(text)]),
    )


def chat_message_of(message: discord.Message) -> ChatMessage:
    """Return what somebody wrote and sent along."""
    guild = message.guild
    snapshot = message.message_snapshots[0] if message.message_snapshots else None
    original = _author_of_original(message)
    unknown = "" if message.type is discord.MessageType.reply else None
    return ChatMessage(
        content=message.content,
        users={user.id: user.display_name for user in message.mentions[:MAX_NAMES]},
        roles={role.id: role.name for role in message.role_mentions[:MAX_NAMES]},
        channels=_channel_names(guild, message.raw_channel_mentions),
        attachments=_kinds(message.attachments),
        stickers=tuple(sticker.name for sticker in message.stickers),
        poll=_poll_of(message),
        poll_result=_poll_result_of(message),
        reply_to=original.display_name if original else unknown,
        reply_to_id=original.id if original and not original.bot else None,
        forwarded=_forwarded(guild, snapshot) if snapshot else None,
        embed_titles=_titles(message.embeds),
    )


def _forwarded(guild: discord.Guild | None, snapshot: discord.MessageSnapshot) -> ChatMessage:
    users = (guild.get_member(id_) for id_ in snapshot.raw_mentions[:MAX_NAMES]) if guild else ()
    return ChatMessage(
        content=snapshot.content,
        users={user.id: user.display_name for user in users if user},
        channels=_channel_names(guild, snapshot.raw_channel_mentions),
        attachments=_kinds(snapshot.attachments),
        stickers=tuple(sticker.name for sticker in snapshot.stickers),
        embed_titles=_titles(snapshot.embeds),
    )


def _kinds(attachments: Iterable[discord.Attachment]) -> tuple[Any, ...]:
    return tuple(kind_of(each.filename, each.content_type) for each in attachments)


def _channel_names(guild: discord.Guild | None, ids: list[int]) -> dict[int, str]:
    found = (guild.get_channel_or_thread(id_) for id_ in ids[:MAX_NAMES]) if guild else ()
    return {channel.id: channel.name for channel in found if channel}


def _poll_of(message: discord.Message) -> Poll | None:
    if message.poll is None:
        return None
    answers = tuple(answer.text or "" for answer in message.poll.answers)
    return Poll(message.poll.question, answers)


def _poll_result_of(message: discord.Message) -> PollResult | None:
    """Read the embed in which Discord tells how a poll ended."""
    if message.type is not discord.MessageType.poll_result or not message.embeds:
        return None
    fields = {str(field.name): str(field.value) for field in message.embeds[0].fields}
    votes, total = (_number(fields.get(name)) for name in ("victor_answer_votes", "total_votes"))
    return PollResult(
        fields.get("poll_question_text", ""),
        fields.get("victor_answer_text") or None,
        percent=round(100 * votes / total) if total else 0,
    )


def _number(written: str | None) -> int:
    return int(written) if written and written.isdecimal() else 0


def _author_of_original(message: discord.Message) -> discord.Member | discord.User | None:
    """Return whom a message answers, if it does and Discord tells."""
    if message.type is not discord.MessageType.reply or message.reference is None:
        return None
    original = message.reference.resolved
    return original.author if isinstance(original, discord.Message) else None


def _titles(embeds: Iterable[discord.Embed]) -> tuple[str, ...]:
    # The preview of a link is an embed, too, of another type.
    return tuple(each.title for each in embeds if each.type == "rich" and each.title)
