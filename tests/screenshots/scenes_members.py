"""What members see of their voice."""

from __future__ import annotations

from dataclasses import replace

from simcord import ChannelHandle, GuildHandle, MemberActor

from bot.client import Bot
from bot.settings.guild import GuildSettings
from tests.screenshots.conftest import Picture


async def test_the_voices(picture: Picture, chat: ChannelHandle, alice: MemberActor) -> None:
    shown = await alice.slash(chat, "voice browse")
    await picture("voice-browse", alice, shown)


async def test_who_speaks(
    picture: Picture, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
) -> None:
    rules = GuildSettings(model="qwen3-tts-instruct-flash", speed=1.2, banned_voices=("Vivian",))
    await alice.slash(chat, "voice set", voice="Vivian")
    await alice.slash(chat, "voice set", voice="Serena", everywhere=True)
    await bot.settings.change_guild(
        guild.id, lambda now: replace(rules, log_channel_id=now.log_channel_id), by=1
    )
    await alice.slash(chat, "voice set", style="warm and unhurried")
    await alice.slash(chat, "nickname", name="Ali")
    await picture("voice-show", alice, await alice.slash(chat, "voice show"))


async def test_what_is_kept(picture: Picture, chat: ChannelHandle, alice: MemberActor) -> None:
    await alice.slash(chat, "voice set", voice="Serena", everywhere=True)
    await picture("privacy-show", alice, await alice.slash(chat, "privacy show"))
