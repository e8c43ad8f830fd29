"""One guild of the soak: people in a call who make the bot speak all day."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import NoResponseError
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceFaults, VoiceOptions
from tests.faults.place import Place, furnish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.sandbox.discord.server import SandboxDiscord
    from bot.sandbox.discord.voice.participant import Frame
    from bot.sandbox.discord.voice.session import ClientSession, Line
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member

PACE_S = (5.0, 8.0)
"""Between two sentences of a guild; each is about three seconds long."""

IN_FLIGHT_S = 0.5
"""After that the bot has accepted what was said, or refused it."""

FRAMES = 10
"""Packets that are speech, not the silence after it."""

POLL_S = 0.05
JOIN_ATTEMPTS = 8
BETWEEN_JOINS_S = 2.0


@dataclass(frozen=True, slots=True)
class GuildwiseOptions(VoiceOptions):
    """Voice options whose faults are switched for every guild by itself."""

    by_guild: dict[int, VoiceFaults] = field(default_factory=dict)

    def faults_in(self, guild_id: int | None) -> VoiceFaults:
        return self.by_guild.get(guild_id or 0, self.faults)


class DeafListener(Listener):
    """A full member of the encrypted group who does not decrypt what is said."""

    def hear(self, frame: Frame) -> None:
        """Let it pass."""


@dataclass(eq=False)
class Home:
    """A guild whose people want the bot in their call, except while `is_out`."""

    place: Place
    guest: Member
    options: GuildwiseOptions
    hears: bool
    is_out: bool = False
    fault: str = ""
    """What it suffers from."""
    last_fault: str = "none yet"
    rested_since: float = 0.0
    spoken: int = 0
    """Packets that could be decrypted, and those that could not."""
    garbled: int = 0
    plain: int = 0
    floor: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever speaks; who sends the bot away must not be contradicted by a /say."""
    _sentences: int = 0

    @property
    def id(self) -> int:
        return self.place.id

    @property
    def name(self) -> str:
        return self.place.guild.name

    @property
    def session(self) -> ClientSession | None:
        return self.place.discord.voice.session(self.id, self.place.bot.id)

    @property
    def line(self) -> Line | None:
        return None if self.session is None else self.session.line

    # People

    def attend(self, channel: Channel) -> None:
        """Bring everybody into a call."""
        self._bring(self.place.speaker, channel, is_deaf=True)
        if self.hears:
            self._bring(self.place.listener, channel, is_deaf=False)

    def _bring(self, member: Member, channel: Channel, *, is_deaf: bool) -> None:
        discord = self.place.discord
        discord.calls.leave(member.guild, member.id)
        discord.calls.join(member, channel)
        if not is_deaf:
            discord.calls.listen(member)
            return
        member.ear = DeafListener(guild_id=self.id, channel_id=channel.id, user_id=member.id)
        discord.voice.seat(member.ear)

    async def talk(self, chance: random.Random) -> None:
        """Say something again and again."""
        while True:
            await asyncio.sleep(chance.uniform(*PACE_S))
            await self.say()
            self.take_stock()

    async def say(self) -> None:
        """Let Ann say a sentence nobody has said before."""
        async with self.floor:
            self._sentences += 1
            said = await self.place.say(f"Sentence {self._sentences} of the day.")
            with contextlib.suppress(NoResponseError):  # the gateway may be away
                await said.wait_for_ack()

    async def use(self, command: str) -> str:
        """Let Ann use a command; return the answer."""
        used = await self.place.speaker.slash(command)
        answer = await used.wait_for_message(timeout_s=10.0)
        return answer.content

    def take_stock(self) -> None:
        """Count what the listener heard, and let it go."""
        if not self.hears or self.place.listener.ear is None:
            return
        counts = self.place.heard.counts
        self.spoken += counts.decrypted
        self.garbled += counts.undecryptable
        self.plain += counts.plain
        self.place.ear.forget(self.place.bot.id)

    @asynccontextmanager
    async def without_bot(self) -> AsyncIterator[None]:
        """Let the bot go within the block; afterwards it is called back."""
        async with self.floor:
            await asyncio.sleep(IN_FLIGHT_S)
            self.is_out = True
            self.place.dismiss()
            yield
            await self._call_back()
            self.is_out = False

    async def _call_back(self) -> None:
        answer = "no answer"
        for _ in range(JOIN_ATTEMPTS):
            with contextlib.suppress(NoResponseError, TimeoutError):
                answer = (await self.place.join()).content
                if answer.startswith("I am in"):
                    return
            await asyncio.sleep(BETWEEN_JOINS_S)
        raise AssertionError(f"/join was refused {JOIN_ATTEMPTS} times: {answer}")

    # How it is

    def is_well(self, *, unlike: Line | None = None) -> bool:
        """Whether the bot is in the call and its encrypted group, by another websocket if asked."""
        session, state = self.session, self.place.bot.voice
        if session is None or state is None or session.line in (None, unlike):
            return False
        call = self.place.discord.voice.call(state.channel.id)
        return (
            not session.is_cut_off
            and session.seat == state.seat()
            and call is not None
            and call.is_settled
            and self.place.bot.id in call.encrypted_members
        )

    def speech_from_now_on(self) -> Callable[[], bool]:
        """Return what tells whether the bot has spoken since."""
        before = self.session
        received = before.traffic.received if before else 0

        def has_spoken() -> bool:
            now = self.session
            if now is None:
                return False
            return now.traffic.received - (received if now is before else 0) > FRAMES

        return has_spoken


async def until(claim: Callable[[], bool], *, timeout_s: float) -> float | None:
    """Wait for a claim about the sandbox; return when it was true (monotonic seconds), or None."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(POLL_S)
    return time.monotonic()


def found(discord: SandboxDiscord, options: GuildwiseOptions, number: int, *, hears: bool) -> Home:
    """Found a guild with people in its lounge."""
    place = furnish(discord, f"Guild {number}")
    home = Home(place, place.guild.add_member("Cyd"), options, hears)
    home.attend(place.lounge)
    return home
