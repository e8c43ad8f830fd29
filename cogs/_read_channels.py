"""Which places can be read aloud, and what keeps the bot from it."""

from __future__ import annotations

import discord

from bot.i18n import _

Readable = (
    discord.TextChannel
    | discord.Thread
    | discord.ForumChannel
    | discord.VoiceChannel
    | discord.StageChannel
)


def no_content() -> str:
    """Say what a bot does not get that was not granted the intent."""
    return _(
        "Discord does not show me what people write, only messages that mention me; the operator "
        "of the bot can change that."
    )
