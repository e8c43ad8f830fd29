"""Both loopback services together, with a small server to try the bot in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.server import DiscordOptions, SandboxDiscord
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.qwen import QwenOptions, SandboxQwen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.speech import SandboxVoice

MODERATOR: Final = (
    Permission.MANAGE_GUILD
    | Permission.MOVE_MEMBERS
    | Permission.MUTE_MEMBERS
    | Permission.MANAGE_MESSAGES
    | Permission.MODERATE_MEMBERS
    | Permission.KICK_MEMBERS
    | Permission.BAN_MEMBERS
)


@dataclass(frozen=True, slots=True)
class Loopback:
    """A Discord with one guild, a Qwen-TTS, and three people.

    Mia moderates. Ben sits in the voice channel and listens. Ann is in no call yet.
    """

    discord: SandboxDiscord
    qwen: SandboxQwen
    guild: Guild
    text_channel: Channel
    voice_channel: Channel
    moderator: Member
    speaker: Member
    listener: Member

    @property
    def ear(self) -> Listener:
        """What the listener hears with.

        Raises:
            RuntimeError: They have left the call.
        """
        if self.listener.ear is None:
            raise RuntimeError("the listener is in no call")
        return self.listener.ear

    def environment(self) -> dict[str, str]:
        """Return the variables that point a bot, or any other program, at both services."""
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_BASE": self.discord.api_base,
            "DISCORD_GATEWAY": self.discord.gateway_url,
            "SSL_CERT_FILE": str(self.discord.ca_file),
            "DASHSCOPE_HTTP_BASE_URL": self.qwen.base_url,
            "DASHSCOPE_API_KEY": self.qwen.options.key,
        }


@asynccontextmanager
async def open_loopback(
    qwen_options: QwenOptions | None = None,
    discord_options: DiscordOptions | None = None,
    *,
    voice: SandboxVoice | None = None,
) -> AsyncIterator[Loopback]:
    """Start both services and furnish the guild."""
    async with (
        SandboxQwen(qwen_options, voice=voice) as qwen,
        SandboxDiscord(discord_options) as discord,
    ):
        guild = discord.add_guild("Harbour")
        text_channel = guild.add_text_channel("general")
        voice_channel = guild.add_voice_channel("Lounge")
        guild.add_voice_channel("Quiet room")
        moderators = guild.add_role("Moderators", permissions=MODERATOR)
        loopback = Loopback(
            discord=discord,
            qwen=qwen,
            guild=guild,
            text_channel=text_channel,
            voice_channel=voice_channel,
            moderator=guild.add_member("Mia", roles=[moderators]),
            speaker=guild.add_member("Ann"),
            listener=guild.add_member("Ben"),
        )
        await loopback.listener.join_voice(voice_channel)
        yield loopback
