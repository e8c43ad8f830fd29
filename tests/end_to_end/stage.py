"""What the end-to-end tests do and look at."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.sandbox import speech
from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.interactions.interaction import Interaction
from bot.sandbox.discord.voice.heard import Heard
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.loopback import Loopback

Samples = NDArray[np.float64]

RATE = 24_000
HEARD_RATE = 48_000
AUDIBLE = 300
"""Of 32767; what is softer does not count as speech."""

FINE = "It works again."

ANSWER_S = 10.0
SPEECH_S = 30.0


@dataclass
class Stage:
    """A running bot and the people around it."""

    loopback: Loopback
    bot: BotProcess
    since_ns: int = 0

    @property
    def ear(self) -> Listener:
        return self.loopback.ear

    @property
    def bot_id(self) -> int:
        return self.loopback.guild.bot.id

    async def reset(self) -> None:
        """Send the bot out of its call, and everybody else to their places."""
        world = self.loopback
        await self.answer(await world.moderator.slash("leave"))
        await world.discord.changes.until(lambda: world.guild.bot.voice is None)
        world.qwen.faults.clear()
        for member in (world.speaker, world.listener):
            if member.voice is None:
                await member.join_voice(world.voice_channel)
        await self.ear.wait_until_quiet(self.bot_id, timeout_s=ANSWER_S)
        # Everything heard from now on is this test's.
        self.since_ns = time.monotonic_ns()

    async def say(self, text: str, **options: str) -> Interaction:
        """Let Ann use /say."""
        return await self.loopback.speaker.slash("say", {"text": text, **options})

    async def answer(self, interaction: Interaction) -> Message:
        """Return the first answer with contents."""
        return await interaction.wait_for_message(timeout_s=ANSWER_S)

    async def hear(self) -> None:
        """Wait until Ben hears something new of the bot."""
        try:
            await self.ear.wait_until_hears(self.bot_id, timeout_s=SPEECH_S, since_ns=self.since_ns)
        except TimeoutError:
            raise AssertionError("\n".join(["nothing was heard", *self.bot.log[-30:]])) from None

    async def hear_out(self) -> Heard:
        """Return what Ben has heard once the bot has begun and ended."""
        await self.hear()
        return await self.ear.wait_until_quiet(self.bot_id, quiet_ms=500, timeout_s=200)

    async def assert_speaks(self) -> None:
        """Check that the bot is as good as new."""
        await self.reset()
        await self.say(FINE)
        heard = await self.hear_out()
        assert find(expected(FINE), self.heard_samples(heard))[1] > 0.9

    def heard_samples(self, heard: Heard) -> Samples:
        """Return this test's part of what was heard, at the rate of the endpoint.

        Without the pauses a busy machine may have put between packets: those have their own test.
        """
        sounds = [sound.pcm for sound in heard.sounds if sound.start_ns >= self.since_ns]
        return samples(b"".join(sounds))[:: HEARD_RATE // RATE]

    def assert_no_secrets_in_log(self) -> None:
        log = "\n".join(self.bot.log)
        environment = self.loopback.environment()
        assert environment["DISCORD_TOKEN"] not in log
        assert environment["DASHSCOPE_API_KEY"] not in log
        assert "Signature=" not in log
        assert "Traceback" not in log, log


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def expected(text: str, voice: str = "Cherry", language: str = "Auto") -> Samples:
    """Return what the endpoint says for a text, without the silence around it."""
    return audible(samples(speech.speak(text, voice, language)))


def audible(sound: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(sound) > AUDIBLE)
    return sound[loud[0] : loud[-1] + 1]


def find(sound: Samples, within: Samples) -> tuple[int, float]:
    """Return where `sound` fits best into `within`, and the correlation there (1 is the same)."""
    size = 1 << (len(sound) + len(within)).bit_length()  # of a prime it takes far longer
    product = np.fft.irfft(np.fft.rfft(within, size) * np.conj(np.fft.rfft(sound, size)), size)
    start = int(np.argmax(product[: len(within)]))
    part = within[start : start + len(sound)]
    part = np.pad(part, (0, len(sound) - len(part)))
    strength = np.linalg.norm(sound) * np.linalg.norm(part)
    return start, float(np.dot(sound, part) / strength) if strength else 0.0
