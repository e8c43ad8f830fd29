"""A chat as it happens: six people, three languages, second thoughts, spam, and a raid elsewhere.

What happens is drawn from a fixed seed. The endpoint is fast, so that minutes of chat are heard in
less than one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from bot.sandbox.discord.world.guilds import Guild
from bot.sandbox.discord.world.members import Member
from bot.sandbox.qwen import QwenOptions
from tests.end_to_end.conftest import OpenWorld, StartBot
from tests.end_to_end.stage import ANSWER_S, Stage, expected, find

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

SEED = 20261129
FAST = QwenOptions(first_audio_delay_s=0.05, real_time_factor=0.05, piece_ms=200, throttle=None)
LINES = {
    "English": (
        "The tide is turning now.",
        "Who took my blue umbrella?",
        "We meet at the old bridge.",
        "That was a lovely evening.",
        "My cat sleeps on the piano.",
    ),
    "German": (
        "Heute gibt es frischen Fisch.",
        "Wer hat das Fenster geöffnet?",
        "Wir sehen uns am Hafen.",
        "Das Wetter wird morgen besser.",
        "Mein Hund mag keinen Regen.",
    ),
    "Japanese": (
        "今日はとても寒いですね。",
        "明日は何時に会いますか。",
        "海がきれいに見えます。",
        "お腹がすきました。",
        "猫が窓で寝ています。",
    ),
}
RAIDERS, RAID = 5, 200
"""People in another server, and the messages they write there at once."""


@dataclass
class Scene:
    """A call with six people in it, and what they ought to hear."""

    stage: Stage
    people: list[tuple[Member, str, str]]
    """Who they are, in which language they write and in which voice they speak."""
    due: list[tuple[str, str]] = field(default_factory=list)
    """The lines that ought to be heard, with their voices."""
    taken_back: list[str] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    """From a message in a quiet call to its first sound."""

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What the endpoint was asked to say here with the voices, without names.

        What was taken back may have been asked for while it was still there.
        """
        records = self.stage.loopback.qwen.requests
        asked = [(str(each.text), str(each.voice)) for each in records]
        names = (":", "：", "、")
        return [
            each
            for each in asked
            if not each[0].endswith(names)
            and "Raid" not in each[0]
            and each[0] not in self.taken_back
        ]

    async def until_asked(self, text: str, voice: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                while self.asked[-1:] != [(text, voice)]:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log = "\n".join(self.stage.bot.log[-40:])
            raise AssertionError(
                f"{text} as {voice} is not asked for: {self.asked} {log}"
            ) from None

    async def until_quiet(self) -> None:
        ear = self.stage.ear
        await ear.wait_until_quiet(self.stage.bot_id, quiet_ms=300, timeout_s=60)

    async def write(self, person: int, line: str) -> object:
        member, _language, voice = self.people[person]
        self.due.append((line, voice))
        return await member.send(self.stage.loopback.voice_channel, line)

    async def write_into_the_quiet(self, person: int, line: str) -> None:
        await self.until_quiet()
        began_ns = time.monotonic_ns()
        await self.write(person, line)
        heard = await self.stage.ear.wait_until_hears(
            self.stage.bot_id, timeout_s=ANSWER_S, since_ns=began_ns
        )
        first = next(each for each in heard.sounds if each.start_ns >= began_ns)
        self.waits_s.append((first.start_ns - began_ns) / 1e9)

    async def think_again(self, person: int, line: str) -> None:
        """Delete a message while another one is still being said."""
        message = await self.write(person, f"{line} {line}")
        self.due.pop()
        self.taken_back.append(f"{line} {line}")
        await self.people[person][0].delete(message)  # type: ignore[arg-type]

    async def correct(self, person: int, line: str) -> None:
        """Edit a message while it is held back or waits."""
        message = await self.write(person, f"{line} {line}")
        self.due.pop()
        self.taken_back.append(f"{line} {line}")
        await self.people[person][0].edit(message, line)  # type: ignore[arg-type]
        self.due.append((line, self.people[person][2]))


@pytest_asyncio.fixture(loop_scope="module")
async def scene(start_bot: StartBot, open_world: OpenWorld, tmp_path: Path) -> AsyncIterator[Scene]:
    loopback = await open_world(FAST)
    stage = await start_bot(loopback, data_dir=tmp_path / "data")
    guild, lounge = loopback.guild, loopback.voice_channel
    names = ("Cleo", "Dora", "Emil")
    members = [
        loopback.moderator,
        loopback.speaker,
        loopback.listener,
        *(guild.add_member(name) for name in names),
    ]
    languages = ("English", "German", "Japanese") * 2
    voices = ("Cherry", "Serena", "Ono Anna", "Ethan", "Cherry", "Cherry")
    for member, voice in zip(members, voices, strict=True):
        if member.voice is None:
            await member.join_voice(lounge)
        if voice != "Cherry":
            await stage.answer(await member.slash("voice set", {"voice": voice}))
    await stage.answer(await loopback.speaker.slash("join"))
    yield Scene(stage, list(zip(members, languages, voices, strict=True)))


async def gather_raiders(guild: Guild) -> list[Member]:
    """Let many people into a call of another server, and the bot with them."""
    guild.add_text_channel("general")
    den = guild.add_voice_channel("Den")
    raiders = [guild.add_member(f"Raider {number}") for number in range(RAIDERS)]
    for raider in raiders:
        await raider.join_voice(den)
    await (await raiders[0].slash("join")).wait_for_message(timeout_s=ANSWER_S)
    return raiders


async def raid(raiders: list[Member]) -> None:
    """Let them all write at once."""
    for number in range(RAID):
        raider = raiders[number % RAIDERS]
        assert raider.voice is not None
        await raider.send(raider.voice.channel, f"Raid message number {number}")
        await asyncio.sleep(0.02)


async def test_the_listener_hears_exactly_what_ought_to_be_heard(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    world = scene.stage.loopback
    dice = random.Random(SEED)
    raiders = await gather_raiders(world.discord.add_guild("Elsewhere"))
    raiding = asyncio.create_task(raid(raiders))
    order = [(person, number) for number in range(2) for person in range(len(scene.people))]
    dice.shuffle(order)
    for step, (person, number) in enumerate(order):
        line = LINES[scene.people[person][1]][number]
        match step % 8:
            case 2:
                await scene.think_again(person, line)
                continue
            case 4:
                await scene.correct(person, line)
            case 6:
                await scene.write_into_the_quiet(person, line)
            case _:
                await scene.write(person, line)
        await scene.until_asked(*scene.due[-1])
    await scene.until_quiet()
    await raiding
    assert scene.asked == scene.due
    samples = scene.stage.heard_samples(scene.stage.ear.heard(scene.stage.bot_id))
    for line, voice in dice.sample(scene.due, 5):
        language = next(each for each, lines in LINES.items() if line in lines)
        assert find(expected(line, voice, language), samples)[1] > 0.8, (line, voice)
    waits_s = np.percentile(scene.waits_s, [50, 95])
    record_property("chat to first sound, p50 and p95 in s", waits_s.round(3).tolist())
    assert waits_s[0] < 1
