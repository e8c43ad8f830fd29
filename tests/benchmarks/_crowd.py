"""One bot in its own process, and many guilds with somebody in a call of each."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.models import AudioFormat
from bot.sandbox import speech
from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.interactions.interaction import Interaction
from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.members import Member
from bot.sandbox.loopback import MODERATOR, Loopback, open_loopback
from bot.sandbox.qwen import QwenOptions
from bot.sandbox.speech import SandboxVoice
from tests.benchmarks._window import Window

ENDPOINT = QwenOptions(first_audio_delay_s=0.3, real_time_factor=0.5, throttle=None)
JOIN_S = 8.0
"""Answers are limited to 50 in 5 s, as Discord limits them: some come late."""
PATIENCE_S = 15.0
TEXT = "Good evening everybody, the harbour is quiet tonight and the boats are all in."


class Recording(SandboxVoice):
    """Says the same whatever is asked, so that the endpoint takes no CPU from the bot."""

    def __init__(self, seconds: float) -> None:
        once = speech.speak(TEXT, "Cherry")
        wanted = round(seconds * AudioFormat().bytes_per_second) // 2 * 2
        self._pcm = (once * (wanted // len(once) + 1))[:wanted]

    def speak(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> bytes:
        return self._pcm

    async def stream(
        self, text: str, voice_id: str, language: str = "Auto", style: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        yield self._pcm

    def close(self) -> None:
        """Hold nothing."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A running bot and one moderator in a call of each guild."""

    loopback: Loopback
    window: Window
    people: list[Member]

    async def join_all(self, *, at_once: int) -> int:
        """Have the bot in every call; return in how many it can be heard."""
        gate = asyncio.Semaphore(at_once)

        async def join(person: Member) -> bool:
            async with gate:
                interaction = await person.slash("join")
                # discord.py hangs for 30 s where two of Discord's events come too close.
                with contextlib.suppress(TimeoutError):
                    await interaction.wait_for_message(timeout_s=JOIN_S)
                    assert person.ear is not None
                    await person.ear.wait_until(self._is_shared(person), timeout_s=JOIN_S)
                    return True
                return False

        return sum(await asyncio.gather(*map(join, self.people)))

    async def say_everywhere(self, text: str) -> None:
        """Use /say in every guild, and wait until everybody hears something, or should."""
        for person in self.people:
            await person.slash("say", {"text": text})
        waits = [
            person.ear.wait_until_hears(person.guild.bot.id, timeout_s=PATIENCE_S)
            for person in self.people
            if person.ear is not None
        ]
        await asyncio.gather(*waits, return_exceptions=True)

    async def use(self, command: str, *, per_s: float, seconds: float) -> list[Interaction]:
        """Use a command so often, in one guild after the other."""
        loop = asyncio.get_running_loop()
        began, used = loop.time(), []
        for number in range(round(per_s * seconds)):
            await asyncio.sleep(began + number / per_s - loop.time())
            used.append(await self.people[number % len(self.people)].slash(command))
        await asyncio.sleep(began + seconds - loop.time())
        return used

    def _is_shared(self, person: Member) -> Callable[[], bool]:
        voice = self.loopback.discord.voice

        def is_shared() -> bool:
            assert person.voice is not None
            call = voice.call(person.voice.channel.id)
            return call is not None and person.guild.bot.id in call.encrypted_members

        return is_shared


@asynccontextmanager
async def open_crowd(
    program: str, guilds: int, *, voice: SandboxVoice | None = None
) -> AsyncIterator[Crowd]:
    """Start a bot that is in so many guilds, and in no call yet."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_loopback(ENDPOINT, voice=voice) as loopback:
            people = [await _furnish(loopback, number) for number in range(guilds)]
            async with BotProcess(loopback, Path(folder), program=program) as bot:
                window = Window(bot)
                await window.open()
                yield Crowd(loopback, window, people)


async def _furnish(loopback: Loopback, number: int) -> Member:
    guild: Guild = loopback.discord.add_guild(f"Harbour {number}")
    guild.add_text_channel("general")
    channel = guild.add_voice_channel("Lounge")
    role = guild.add_role("Moderators", permissions=MODERATOR)
    person = guild.add_member("Mia", roles=[role])
    await person.join_voice(channel)
    return person
