"""What members write where the bot reads, and what the bot made of it."""

from __future__ import annotations

from typing import Any

import discord
from simcord import ChannelHandle, GuildHandle, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.policy.recent import Fate
from bot.settings.change import Change
from bot.settings.channel import ChannelSettings
from bot.settings.guild import GuildSettings
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.speaking import until

AT_ANY_TIME = 0.0
"""Before everything: the bot's clock is SimCord's, and not that of a test."""


async def rule(bot: Bot, guild: GuildHandle, **chosen: Any) -> Change[GuildSettings]:
    """Decide something for a server."""
    return await bot.settings.change_guild(guild.id, lambda _: GuildSettings(**chosen), by=1)


async def rule_channel(
    bot: Bot, guild: GuildHandle, channel: ChannelHandle, **chosen: Any
) -> Change[ChannelSettings]:
    """Decide something for a channel."""
    settings = ChannelSettings(**chosen)
    return await bot.settings.change_channel(guild.id, channel.id, lambda _: settings, by=1)


async def fate_of(bot: Bot, message: discord.Message) -> Silence | None:
    """Wait until the bot has decided about a message; return why it is not read, if so."""

    def is_decided() -> bool:
        return (fate := _fate(bot, message)) is not None and fate.silence is not Silence.HELD_BACK

    await until(is_decided)
    fate = _fate(bot, message)
    assert fate is not None
    return fate.silence


def _fate(bot: Bot, message: discord.Message) -> Fate | None:
    return bot.reading.recent.get(message.id, AT_ANY_TIME)


async def read(bot: Bot, member: MemberActor, channel: ChannelHandle, text: str) -> discord.Message:
    """Let a member write something that is read."""
    message = await member.send(channel, text)
    assert await fate_of(bot, message) is None
    return message


async def heard(synthesizer: AttentiveSynthesizer, *texts: str) -> None:
    """Wait until the speech service was asked for exactly these texts, in this order."""
    await until(lambda: len(synthesizer.asked) >= len(texts))
    asked = [request.text for request in synthesizer.asked]
    assert asked == list(texts), asked


async def open_thread(bot: Bot, chat: ChannelHandle) -> ChannelHandle:
    """Open a thread in a text channel."""
    channel = bot.get_channel(chat.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="aside", type=discord.ChannelType.public_thread)
    [there] = [each for each in chat.threads if each.id == thread.id]
    return there


async def until_it_is(bot: Bot, message: discord.Message, silence: Silence) -> None:
    """Wait until a message is silent for a reason."""
    await until(lambda: (fate := _fate(bot, message)) is not None and fate.silence is silence)
