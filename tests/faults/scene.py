"""The stage of every fault: guild A, where it strikes, and guild B, which must not notice."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from itertools import count, cycle
from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_process import BotProcess
from bot.sandbox.discord.voice.options import VoiceFaults
from bot.sandbox.loopback import open_loopback
from bot.sandbox.qwen import QwenOptions
from tests.faults import probed_bot
from tests.faults.hearing import length_s
from tests.faults.inspection import open_inspector
from tests.faults.place import ANSWER_S, SPEECH_S, furnish
from tests.variables import NO_CACHE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from bot.sandbox.discord.server import DiscordOptions, SandboxDiscord
    from bot.sandbox.loopback import Loopback
    from tests.faults.inspection import Holdings, Inspection, Inspector
    from tests.faults.metronome import Metronome
    from tests.faults.place import Place

ENDPOINT = QwenOptions(first_audio_delay_s=0.05, real_time_factor=0.1, throttle=None)
POLL_S = 0.1

SENTENCE = "The harbour lies still in the early morning, and far out a fishing boat turns around."
"""Four and a half seconds."""

SHORT = "Everything is all right again, thank you for asking."

_CHATTER = (
    "One ship is coming in with the tide.",
    "Two gulls are sitting on the roof.",
    "Three nets are drying in the sun.",
    "Four barrels are rolling along the pier.",
)


class Chatter:
    """Keeps the bot speaking in a guild, one sentence right after the other."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._place = scene.b
        self._task: asyncio.Task[None] | None = None
        self.began = 0.0
        self.ended = 0.0

    async def start(self) -> None:
        """Begin, and wait until it is heard."""
        self._task = asyncio.create_task(self._talk(), name="chatter")
        await self._place.hear(10)
        self.began = time.monotonic()

    async def stop(self) -> None:
        """End, and cut off what is left."""
        if self._task is None:
            return
        self.ended = time.monotonic()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        await self._scene.accepted(self._place)
        stopped = await self._place.moderator.slash("stop")
        await stopped.wait_for_message(timeout_s=ANSWER_S)
        await self._scene.all_said(self._place)

    async def _talk(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        await self._place.say(_CHATTER[-1])  # one is always waiting
        for sentence in cycle(_CHATTER):
            await self._place.say(sentence)
            due += await asyncio.to_thread(length_s, sentence)
            await asyncio.sleep(due - loop.time())


@dataclass
class Scene:
    """Two guilds, the bot between them, and a window into it."""

    loopback: Loopback
    bot: BotProcess
    inspector: Inspector
    metronome: Metronome
    a: Place
    b: Place
    baseline: Holdings
    figures: dict[str, float] = field(default_factory=dict)
    """What this test measured, for the report."""

    def __post_init__(self) -> None:
        self.chatter = Chatter(self)
        self._numbers = count(1)
        self.entries_before = 0
        """How many utterances were closed before this test."""

    @property
    def discord(self) -> SandboxDiscord:
        return self.loopback.discord

    async def look(self) -> Inspection:
        """Look at the bot's sessions, and what its ledger closed in this test."""
        return await self.inspector.look(entries_from=self.entries_before)

    async def until(
        self, claim: Callable[[Inspection], bool], *, timeout_s: float = SPEECH_S
    ) -> Inspection:
        """Look inside the bot until a claim about it is true."""
        began = time.monotonic()
        while not claim(seen := await self.look()):
            if time.monotonic() - began > timeout_s:
                raise AssertionError("\n".join([repr(seen.sessions), *self.bot.log[-30:]]))
            await asyncio.sleep(POLL_S)
        return seen

    async def say(self, text: str, place: Place | None = None) -> None:
        """Let the speaker of guild A, or another, say something the bot accepts."""
        await (place or self.a).say(text)
        await self.accepted(place or self.a)

    async def accepted(self, place: Place) -> None:
        """Wait until everything said in a guild has been accepted."""
        await self.until(
            lambda seen: seen.count(place.id, "accepted") >= place.accepted_before + place.said
        )

    async def all_said(self, place: Place | None = None, *, timeout_s: float = SPEECH_S) -> None:
        """Wait until every utterance of guild A, or another, has its ending."""
        guild_id = (place or self.a).id
        await self.until(lambda seen: not seen.open_utterances(guild_id), timeout_s=timeout_s)

    async def endings(self, place: Place | None = None) -> list[str]:
        """Return how the utterances of this test ended in guild A, or another, oldest first."""
        guild_id = (place or self.a).id
        return [entry.reason for entry in (await self.look()).closed_in(guild_id)]

    async def begin(self) -> None:
        """Let everybody take their places, and B begin to speak."""
        self.heal()
        self.figures.clear()
        # What the bot remembers of a guild must not reach from one test into the next.
        self.a = furnish(self.discord, f"Faulty {next(self._numbers)}")
        seen = await self.until(lambda seen: self.a.id in seen.counts)
        self.entries_before += len(seen.entries)
        for place in self.places:
            await place.gather(accepted_before=seen.count(place.id, "accepted"))
        await self.chatter.start()
        await self.inspector.ask("reset")

    def heal(self) -> None:
        """End everything that is broken."""
        self.discord.faults.clear()
        self.loopback.qwen.faults.clear()
        for switch in fields(VoiceFaults):
            setattr(self.discord.voice.faults, switch.name, switch.default)

    @property
    def places(self) -> tuple[Place, Place]:
        return self.a, self.b

    async def speak_in_a(self, text: str = SENTENCE, *, packets: int = 25) -> float:
        """Let A's speaker say something; return when it was first heard, once it goes well."""
        began = time.monotonic()
        await self.say(text)
        return await self.a.hear(packets, since=began)

    async def ask(self, question: str, **details: Any) -> dict[str, Any]:
        """Ask the probe something else."""
        return await self.inspector.ask(question, **details)


@asynccontextmanager
async def open_scene(
    folder: Path,
    metronome: Metronome,
    *,
    discord_options: DiscordOptions | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Scene]:
    """Start both services and a probed bot."""
    async with open_loopback(ENDPOINT, discord_options) as loopback:
        a, b = furnish(loopback.discord, "Faulty"), furnish(loopback.discord, "Control")
        async with open_bot(loopback, folder, settings) as (bot, inspector):
            await _warm_up(loopback)
            baseline = await inspector.count()
            yield Scene(loopback, bot, inspector, metronome, a, b, baseline)


@asynccontextmanager
async def open_bot(
    loopback: Loopback, folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[BotProcess, Inspector]]:
    """Start a probed bot on a loopback."""
    path = folder / f"probe-{time.monotonic_ns()}"
    given = {probed_bot.SOCKET: str(path), **NO_CACHE, **(settings or {})}
    bot = BotProcess(loopback, folder, program=probed_bot.__name__, **given)
    async with bot, open_inspector(path) as inspector:
        yield bot, inspector


async def _warm_up(loopback: Loopback) -> None:
    """Let the bot do once what it keeps things for: pools, caches, threads that stay."""
    posted = await loopback.speaker.slash("tts", {"text": "Good morning."})
    await posted.wait_for_message(timeout_s=SPEECH_S)
