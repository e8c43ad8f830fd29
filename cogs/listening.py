"""What people write where the bot reads, and who comes into its calls and goes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.plain import plain
from bot.policy.admission import Silence
from bot.read_channels import ReadChannels
from bot.reading.attendance import Attendance
from bot.reading.captions import Caption, Captions, Posted
from bot.reading.incoming import Incoming
from bot.reading.service import ReadingService
from bot.voice.client import CallChannel
from cogs._messages import incoming_of

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.storage.settings import SettingsRepository

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
        settings: SettingsRepository,
    ) -> None:
        self._bot = bot
        self._settings = settings
        self._channels = ReadChannels(settings=settings)
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
        """Take back what somebody said who is banned; told where one may ban or see the log."""
        self._reading.hush(user.id, guild.id)

    @commands.Cog.listener()
    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Take back what somebody said who is put out or sent into a timeout."""
        if _silences(entry) and isinstance(entry.target, discord.abc.Snowflake):
            self._reading.hush(entry.target.id, entry.guild.id)

    @commands.Cog.listener()
    async def on_automod_action(self, execution: discord.AutoModAction) -> None:
        """Take back a message that Discord's own moderation objects to, or all of its author."""
        if execution.message_id is not None:
            flagged = [execution.message_id]
            self._reading.on_deleted(execution.guild_id, flagged, why=Silence.FLAGGED)
        if execution.action.type is discord.AutoModRuleActionType.timeout:
            self._reading.hush(execution.user_id, execution.guild_id)

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Notice who comes into a call and who leaves it."""
        came_from, went_to = _call(before), _call(after)
        if not member.bot and came_from != went_to:
            await self._attendance.on_moved(member, came_from, went_to)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Take back what waits of a channel that is gone, and forget its rules."""
        await self._forget_channel(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """Take back what waits of a thread that is gone, and forget its rules."""
        await self._forget_channel(event.guild_id, event.thread_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server the bot was removed from."""
        await self._reading.forget_guild(guild.id)

    async def _forget_channel(self, guild_id: int, channel_id: int) -> None:
        self._reading.on_channel_gone(guild_id, channel_id)  # nobody tells of its messages
        me = self._bot.user
        if me and channel_id in await self._settings.fetch_channels(guild_id):
            await self._channels.leave(guild_id, channel_id, is_read_anyway=False, by=me.id)

    def _incoming(self, message: discord.Message) -> Incoming | None:
        return incoming_of(message, self._bot.user) if self._bot.user else None

    async def _post_caption(self, channel_id: int, caption: Caption) -> Posted | None:
        channel = self._bot.get_partial_messageable(channel_id, guild_id=caption.guild_id)
        name, said = plain(caption.name), plain(caption.text)[:MAX_CAPTION_CHARACTERS]
        try:
            message = await channel.send(
                f"**{name}:** {said}",
                silent=True,
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except discord.HTTPException as failure:
            log.info("no caption in channel %s: HTTP %s", channel_id, failure.status)
            return None
        return _PostedCaption(message)


class _PostedCaption:
    """A message of ours."""

    def __init__(self, message: discord.Message) -> None:
        self._message = message

    async def delete(self) -> None:
        """Delete it, unless a moderator has done so."""
        try:
            await self._message.delete()
        except discord.HTTPException as failure:
            log.info("caption %s stays: HTTP %s", self._message.id, failure.status)


def _silences(entry: discord.AuditLogEntry) -> bool:
    """Return whether an entry tells that somebody may not write any more."""
    if entry.action is discord.AuditLogAction.member_update:
        return getattr(entry.after, "timed_out_until", None) is not None
    return entry.action in (
        discord.AuditLogAction.kick,
        discord.AuditLogAction.ban,
        discord.AuditLogAction.automod_timeout_member,
        discord.AuditLogAction.automod_quarantine_user,
    )


def _call(state: discord.VoiceState) -> CallChannel | None:
    return state.channel if isinstance(state.channel, CallChannel) else None


async def setup(bot: Bot) -> None:
    """Begin to listen."""
    await bot.add_cog(
        Listening(
            bot,
            reading=bot.reading,
            attendance=bot.attendance,
            captions=bot.captions,
            settings=bot.settings,
        )
    )
