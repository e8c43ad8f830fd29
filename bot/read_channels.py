"""Use cases: moderators decide which channels are read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.errors import UserError
from bot.i18n import _
from bot.settings.channel import ChannelSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings.change import Change
    from bot.storage.settings import SettingsRepository

MAX_READ_CHANNELS: Final = 50
"""Of one server, threads and posts of forums included."""


class ReadChannels:
    """Keeps which channels of a server are read, and by which rules."""

    def __init__(self, *, settings: SettingsRepository) -> None:
        self._settings = settings

    async def change(
        self,
        guild_id: int,
        channel_id: int,
        change: Callable[[ChannelSettings], ChannelSettings],
        *,
        by: int,
    ) -> Change[ChannelSettings]:
        """Give a channel other rules.

        Raises:
            UserError: Too many have rules of their own; nothing was changed.
        """
        channels = await self._settings.fetch_channels(guild_id)
        if channel_id not in channels and len(channels) >= MAX_READ_CHANNELS:
            raise UserError(
                _(
                    "I can have rules for {most} channels. Remove one first, with /read remove."
                ).format(most=MAX_READ_CHANNELS)
            )
        return await self._settings.change_channel(guild_id, channel_id, change, by=by)

    async def leave(
        self, guild_id: int, channel_id: int, *, is_read_anyway: bool, by: int
    ) -> Change[ChannelSettings]:
        """Read a channel no more, and forget its rules.

        Args:
            guild_id: The server.
            channel_id: The channel.
            is_read_anyway: Whether it would be read without any rule, as the chat of a voice
                channel is, and a thread of a channel that is read.
            by: Who wants that.

        Raises:
            UserError: Nothing was changed.
        """
        after = ChannelSettings(is_read=False) if is_read_anyway else ChannelSettings()
        return await self._settings.change_channel(guild_id, channel_id, lambda _now: after, by=by)
