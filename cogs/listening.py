"""What people write where the bot reads, and who comes into its calls and goes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands
from discord.utils import escape_markdown

from bot.reading.attendance import Attendance
from bot.reading.captions import Caption, Captions
from bot.reading.incoming import Incoming
from bot.reading.service import ReadingService
from bot.voice.client import CallChannel
from cogs._messages import incoming_of

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)

MAX_CAPTION_CHARACTERS = 1_900
"""With the name before it, what one message can hold."""


class Listening(commands.Cog):
    """Hands what happens in chats and calls to those who decide what becomes of it."""

    def __init__(
        self,
        bot: Bot,
        *,
        reading: ReadingService,
        attendance: Attendance,
        captions: Captions,
    ) -> None:
        self._bot = bot
        self._reading = reading
        self._attendance = attendance
        captions.post = self._post_caption

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take in a new message."""
        if incoming := self._incoming(message):
            self._reading.on_message(incoming)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Take in the new text of a message."""
        if incoming := self._incoming(event.message):
            self._reading.on_edited(incoming)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Take back a message."""
        if event.guild_id is not None:
            self._reading.on_deleted(event.guild_id, [event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Take back messages that were deleted together."""
        if event.guild_id is not None:
            self._reading.on_deleted(event.guild_id, event.message_ids)

    @commands.Cog.listener()
    async def on_member_ban(self, guild: discord.Guild, user: discord.abc.User) -> None:
        """Take back what somebody wrote who is banned."""
        self._reading.on_silenced(guild.id, user.id)

    @commands.Cog.listener()
    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Take back what somebody wrote who is kicked or sent into a timeout."""
        is_kick = entry.action is discord.AuditLogAction.kick
        is_timeout = (
            entry.action is discord.AuditLogAction.member_update
            and getattr(entry.after, "timed_out_until", None) is not None
        )
        if (is_kick or is_timeout) and isinstance(entry.target, discord.abc.Snowflake):
            self._reading.on_silenced(entry.guild.id, entry.target.id)

    @commands.Cog.listener()
    async def on_automod_action(self, execution: discord.AutoModAction) -> None:
        """Take back a message that Discord's own moderation has stopped."""
        if execution.message_id is not None:
            self._reading.on_deleted(execution.guild_id, [execution.message_id])

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Notice who comes into a call and who leaves it."""
        came_from, went_to = _call(before), _call(after)
        if not member.bot and came_from != went_to:
            await self._attendance.on_moved(member, came_from, went_to)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server the bot was removed from."""
        await self._reading.forget_guild(guild.id)

    def _incoming(self, message: discord.Message) -> Incoming | None:
        return incoming_of(message, self._bot.user) if self._bot.user else None

    async def _post_caption(
        self, guild_id: int, channel_id: int, name: str, text: str
    ) -> Caption | None:
        channel = self._bot.get_partial_messageable(channel_id, guild_id=guild_id)
        said = escape_markdown(text)[:MAX_CAPTION_CHARACTERS]
        try:
            return await channel.send(
                f"**{escape_markdown(name)}:** {said}", silent=True, suppress_embeds=True
            )
        except discord.HTTPException as failure:
            log.info("no caption in channel %s: HTTP %s", channel_id, failure.status)
            return None


def _call(state: discord.VoiceState) -> CallChannel | None:
    return state.channel if isinstance(state.channel, CallChannel) else None


async def setup(bot: Bot) -> None:
    """Begin to listen."""
    await bot.add_cog(
        Listening(bot, reading=bot.reading, attendance=bot.attendance, captions=bot.captions)
    )
