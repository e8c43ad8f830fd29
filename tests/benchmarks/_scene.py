"""One bot in its own process, one call, and what the listener in it hears."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.interactions.interaction import Interaction
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.voice.heard import HeardPacket
from bot.sandbox.discord.voice.options import VoiceOptions
from bot.sandbox.loopback import Loopback, open_loopback
from bot.sandbox.qwen import QwenOptions
from tests.benchmarks._window import Window

OURS = "tests.benchmarks.our_bot"
USUAL = "tests.benchmarks.naive_bot"

ENDPOINT = QwenOptions(first_audio_delay_s=0.3, real_time_factor=0.5, piece_ms=200, throttle=None)
"""Twice as fast as speech."""

PATIENCE_S = 30.0
JOINS_AT_ONCE = {OURS: 16, USUAL: 4}
"""With more at once discord.py loses an event now and then, and hangs."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A running bot and the people around it."""

    loopback: Loopback
    window: Window

    @property
    def packets(self) -> list[HeardPacket]:
        """Everything that arrived of the bot so far."""
        return self.loopback.ear.heard(self.loopback.guild.bot.id).packets

    async def say(self, text: str) -> Interaction:
        """Let Ann use /say."""
        return await self.loopback.speaker.slash("say", {"text": text})

    async def first_packet_after(self, already: int) -> HeardPacket:
        """Wait for the first packet after so many."""
        await self.loopback.ear.wait_until(
            lambda: len(self.packets) > already, timeout_s=PATIENCE_S
        )
        return self.packets[already]

    async def first_heard_after(self, already: int) -> HeardPacket:
        """Wait for the first packet after so many that somebody could hear."""
        heard: list[HeardPacket] = []

        def is_heard() -> bool:
            heard[:] = [each for each in self.packets[already:] if each.problem is None][:1]
            return bool(heard)

        await self.loopback.ear.wait_until(is_heard, timeout_s=PATIENCE_S)
        return heard[0]

    async def hush(self) -> None:
        """Have the bot fall silent, and wait until it is."""
        await self.loopback.speaker.slash("stop")
        await self.fall_silent()

    async def fall_silent(self) -> None:
        """Wait until the bot is silent."""
        bot_id = self.loopback.guild.bot.id
        await self.loopback.ear.wait_until_quiet(bot_id, quiet_ms=300, timeout_s=PATIENCE_S)

    async def leave_if_there(self) -> None:
        """Have the bot in no call."""
        if self.loopback.guild.bot.voice is None:
            return
        interaction = await self.loopback.moderator.slash("leave")
        await interaction.wait_for_message(timeout_s=PATIENCE_S)
        world = self.loopback.discord.changes
        await world.until(lambda: self.loopback.guild.bot.voice is None)


@asynccontextmanager
async def open_scene(
    program: str,
    *,
    voice: VoiceOptions | None = None,
    endpoint: QwenOptions = ENDPOINT,
    **settings: str,
) -> AsyncIterator[Scene]:
    """Start a bot; Ann and Ben are in the lounge, the bot is not."""
    with tempfile.TemporaryDirectory() as folder:
        discord = DiscordOptions(voice=voice or VoiceOptions())
        async with (
            open_loopback(endpoint, discord) as loopback,
            BotProcess(loopback, Path(folder), program=program, **settings) as bot,
        ):
            for member in (loopback.speaker, loopback.moderator):
                await member.join_voice(loopback.voice_channel)
            window = Window(bot)
            await window.open()
            yield Scene(loopback, window)
