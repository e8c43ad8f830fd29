"""The first steps of moderators."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.client import Bot
from bot.settings.channel import ChannelSettings
from tests.cogs.fakes import AttentiveSynthesizer, FakePresence
from tests.cogs.panels import panel_of
from tests.screenshots.conftest import Picture

FIRST_SOUND_S = 0.5


def keep_out(env: Env, guild: GuildHandle, channel: ChannelHandle, **denied: bool) -> None:
    """Take permissions from the bot in one channel."""
    role: Any = next(
        each for each in env.backend.get_guild(guild.id).roles.values() if each.managed
    )
    deny = discord.Permissions(**denied).value
    env.backend.set_overwrite(
        channel.id, Overwrite(target_id=role.id, type=OverwriteType.ROLE, allow=0, deny=deny)
    )


@pytest.fixture
async def team(bot: Bot, guild: GuildHandle, lounge: ChannelHandle) -> ChannelHandle:
    """A text channel that is read in the lounge."""
    channel = guild.create_text_channel("team")
    settings = ChannelSettings(is_read=True, voice_channel_id=lounge.id)
    await bot.settings.change_channel(guild.id, channel.id, lambda _: settings, by=1)
    return channel


async def test_what_is_missing(
    env: Env,
    picture: Picture,
    guild: GuildHandle,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    team: ChannelHandle,
    moderator: MemberActor,
) -> None:
    await moderator.join_voice(lounge)
    keep_out(env, guild, lounge, connect=True, speak=True)
    keep_out(env, guild, chat, attach_files=True)
    await picture("setup-missing", moderator, await moderator.slash(chat, "setup"))


async def test_what_is_well(
    picture: Picture,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    team: ChannelHandle,
    moderator: MemberActor,
    calls: list[FakePresence],
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.frames = 140
    begin = synthesizer.hold("Hello, I am Cherry. This is how I sound.").set
    await moderator.join_voice(lounge)
    shown = await moderator.slash(chat, "setup")
    asyncio.get_running_loop().call_later(FIRST_SOUND_S, begin)
    await moderator.click(panel_of(shown), label="Say a test sentence")
    await picture("setup", moderator, shown)
