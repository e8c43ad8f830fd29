"""Whether the bot gets into a channel, in words for whoever called it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.i18n import _
from bot.voice.gateway import Departure

if TYPE_CHECKING:
    import discord

    from bot.voice.client import CallChannel
    from bot.voice.gateway import DepartedError


class JoinError(UserError):
    """The bot cannot get into, or speak in, a channel."""


def require_access(channel: CallChannel) -> None:
    """Check what is known before Discord is asked, for it answers a refusal with nothing.

    Raises:
        JoinError: A permission is missing, or there is no room.
    """
    me: discord.Member | None = channel.guild.me
    if me is None:  # not cached, in spite of the library's types: Discord itself will tell
        return
    allowed = channel.permissions_for(me)
    if missing := _first_missing(allowed):
        raise JoinError(
            _(
                "I need the permission {permission} in {channel}. Ask a moderator to grant it."
            ).format(permission=missing, channel=channel.mention)
        )
    if _is_full(channel) and not allowed.move_members:
        raise JoinError(
            _("{channel} is full. Make room for me, or ask a moderator to raise its limit.").format(
                channel=channel.mention
            )
        )


def too_slow(channel: CallChannel) -> JoinError:
    """Say that Discord did not answer."""
    return JoinError(
        _("Discord did not let me into {channel} in time. Try again in a moment.").format(
            channel=channel.mention
        )
    )


def elsewhere(channel: CallChannel) -> JoinError:
    """Say that people listen in another call."""
    return JoinError(
        _("I am reading in {channel}. Join me there, or ask somebody in it to send me.").format(
            channel=channel.mention
        )
    )


def turned_away(channel: CallChannel, error: DepartedError) -> JoinError:
    """Say why there is no call."""
    if error.departure is Departure.REFUSED:
        return JoinError(
            _(
                "Discord refused the voice connection to {channel} (close code {code}). "
                "Try again in a minute."
            ).format(channel=channel.mention, code=error.close_code or "–")
        )
    if error.departure is Departure.NO_GROUP:
        return JoinError(
            _("The encryption of {channel} did not come about. Try again in a moment.").format(
                channel=channel.mention
            )
        )
    if error.departure is Departure.NO_SERVER:
        return JoinError(
            _("Discord has no voice server for {channel} right now. Try again in a minute.").format(
                channel=channel.mention
            )
        )
    if error.departure is Departure.WISH:
        return JoinError(_("I was called away again before I was there."))
    return JoinError(
        _("I was disconnected from {channel}. Call me back with /join.").format(
            channel=channel.mention
        )
    )


def rate_limited(seconds: float) -> JoinError:
    """Say that Discord wants to be left alone."""
    return JoinError(
        _(
            "Discord asks me to wait before I join a call here. Try again in {seconds:.0f} s."
        ).format(seconds=seconds + 1)
    )


def _first_missing(allowed: discord.Permissions) -> str | None:
    """Name the permission that stands in the way; without it Discord denies those after it too."""
    if not allowed.view_channel:
        return _("View Channel")
    if not allowed.connect:
        return _("Connect")
    return None if allowed.speak else _("Speak")


def _is_full(channel: CallChannel) -> bool:
    return bool(channel.user_limit) and len(channel.voice_states) >= channel.user_limit
