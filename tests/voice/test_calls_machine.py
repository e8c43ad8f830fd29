"""Commands, moderators, people and faults in any order: the bot ends where it was last wanted.

`HYPOTHESIS_PROFILE=nightly` runs 2,000 sequences of 50 steps instead of 200 of 30. A failure is
printed as the shortest sequence that leads to it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.errors import ProviderError, ProviderFault, UserError
from bot.voice.ledger import Ending
from bot.voice.loss import LossKind
from bot.voice.session import Patience, VoiceSession
from tests.voice._discord import Wish
from tests.voice._payloads import Channel, Guild
from tests.voice._voice_server import Refusal
from tests.voice._world import World, a_world

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "calls", patient, max_examples=200, stateful_step_count=30, derandomize=True
)
settings.register_profile("nightly", patient, max_examples=2_000, stateful_step_count=50)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "calls")

QUIET_S = 130.0
"""Discord may have asked for two minutes without the bot."""

CUTS_S = (0.02, 1.0, 30.0)

NEWS_S = 3.0
"""By when the bot has heard of everything that has happened."""

BROKEN = ProviderError("broken", fault=ProviderFault.UNAVAILABLE, retryable=True)

PASSING = (1000, 1006, 4006, 4009, 4015)
GRAVE = (4004, 4011, 4014, 4017, 4021, 4022)
LOSSES = (LossKind.CUT, LossKind.TIMEOUT, LossKind.SILENT, LossKind.DEAF, LossKind.MALFORMED)

guild_ids = st.sampled_from([1, 1, 2])
calls = st.sampled_from([10, 11, 10, 20, 21])
"""Channels, two in each guild; somebody is in each of them at first."""

passing = [*(Refusal(code=code) for code in PASSING), *(Refusal(kind) for kind in LOSSES)]
grave = [Refusal(code=code, after_s=0.3) for code in GRAVE]
endings = st.sampled_from([*passing, *grave])
refusals = st.sampled_from([*passing, *grave, Refusal(LossKind.UNREACHED)])
moments = st.sampled_from([0.0, 0.01, 0.05, 0.2])


@dataclass
class Wanted:
    """What people last said about a guild's call."""

    channel_id: int | None = None
    answer: asyncio.Task[Any] | None = None
    is_disturbed: bool = False
    """Whether something happened since that may end the call."""


class Calls(RuleBasedStateMachine):
    """The bot in two guilds."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World
        self.wanted = {1: Wanted(), 2: Wanted()}
        self.commands: list[asyncio.Task[Any]] = []
        self.unsettled_until = {1: 0.0, 2: 0.0}
        self.ghosts: list[Wish] = []
        self.broken_at = 0.0

    @initialize(
        seed=st.integers(0, 2**32),
        latency_s=st.sampled_from([0.0, 0.05, 0.3]),
        alone_s=st.sampled_from([0.0, 20.0]),
        renews_sessions=st.booleans(),
    )
    def begin(self, seed: int, latency_s: float, alone_s: float, renews_sessions: bool) -> None:
        patience = Patience(alone_s=alone_s, idle_s=0.0)
        world = a_world(seed=seed, latency_s=latency_s, patience=patience)
        self.world = self.stack.enter_context(world)
        self.world.synthesizer.frames = 15
        self.world.discord.on_wish = self.notice_ghosts
        self.world.discord.renews_sessions = renews_sessions
        for guild_id in (1, 2):
            channels = [Channel(guild_id * 10), Channel(guild_id * 10 + 1)]
            guild = self.world.discord.add_guild(guild_id, *channels)
            guild.people = {guild_id * 100 + n: each.id for n, each in enumerate(channels)}
        self.run(self.world.start())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.world.loop.run_until_complete(work)

    def guild(self, guild_id: int) -> Guild:
        return self.world.discord.guilds[guild_id]

    def session(self, guild_id: int) -> VoiceSession | None:
        return self.world.registry.get(guild_id)

    def disturb(self, *guild_ids: int) -> None:
        for guild_id in guild_ids or (1, 2):
            self.wanted[guild_id].is_disturbed = True
            self.unsettled_until[guild_id] = self.world.loop.time() + NEWS_S

    def note_refusals(self) -> None:
        if self.world.loop.time() < self.world.discord.voice.refused_at + NEWS_S:
            self.disturb()

    # What people say

    def command(
        self, work: Coroutine[Any, Any, Any], guild_id: int, channel_id: int | None
    ) -> None:
        async def start() -> asyncio.Task[Any]:
            task = asyncio.create_task(work, name="command")
            await asyncio.sleep(0)
            return task

        task = self.run(start())
        self.commands.append(task)
        # What is still under way to the bot may undo the command.
        self.note_refusals()
        is_unsettled = self.world.loop.time() < self.unsettled_until[guild_id]
        is_disturbed = is_unsettled or bool(self.world.discord.voice.refusals)
        self.wanted[guild_id] = Wanted(channel_id, task, is_disturbed=is_disturbed)

    @rule(channel_id=calls)
    def join(self, channel_id: int) -> None:
        if self.knows(channel_id):
            guild_id = channel_id // 10
            self.command(self.world.join(guild_id, channel_id), guild_id, channel_id)

    @rule(channel_id=calls, count=st.integers(1, 4))
    def say(self, channel_id: int, count: int) -> None:
        guild_id = channel_id // 10
        for _ in range(count):
            if self.knows(channel_id):
                self.command(self.world.say(guild_id, channel_id), guild_id, channel_id)

    def knows(self, channel_id: int) -> bool:
        """Return whether a command can come from there: by the gateway, and not from nowhere."""
        guild = self.world.bot.get_guild(channel_id // 10)
        is_known = guild is not None and guild.get_channel(channel_id) is not None
        return is_known and self.world.shard.open

    @precondition(lambda self: self.world.shard.open)
    @rule(guild_id=guild_ids)
    def leave(self, guild_id: int) -> None:
        self.command(self.world.registry.leave(guild_id), guild_id, None)

    @rule(guild_id=guild_ids, wish=st.sampled_from(["skip", "clear", "pause", "resume"]))
    def control(self, guild_id: int, wish: str) -> None:
        if session := self.session(guild_id):
            self.run(_control(session, wish))

    @rule(channel_id=calls, is_there=st.booleans())
    def come_or_go(self, channel_id: int, is_there: bool) -> None:
        guild_id, person = channel_id // 10, channel_id // 10 * 100 + channel_id % 10
        self.world.discord.bring(self.guild(guild_id), person, channel_id if is_there else None)
        self.disturb(guild_id)

    @rule(seconds=moments)
    def wait_a_moment(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(seconds=st.sampled_from([1.0, 3.0, 10.0, 65.0]))
    def wait(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    # What moderators do

    @rule(channel_id=calls)
    def move(self, channel_id: int) -> None:
        self.world.discord.move(self.guild(channel_id // 10), channel_id)
        self.disturb(channel_id // 10)

    @rule(guild_id=guild_ids, told_after_s=moments | st.none(), closed_after_s=moments)
    def kick(self, guild_id: int, told_after_s: float | None, closed_after_s: float) -> None:
        guild = self.guild(guild_id)
        self.world.discord.kick(guild, told_after_s=told_after_s, closed_after_s=closed_after_s)
        self.disturb(guild_id)

    @rule(guild_id=guild_ids, is_muted=st.booleans())
    def mute(self, guild_id: int, is_muted: bool) -> None:
        self.world.discord.mute(self.guild(guild_id), is_muted=is_muted)

    # What fails

    @rule(guild_id=guild_ids, ending=endings)
    def lose_voice(self, guild_id: int, ending: Refusal) -> None:
        if connection := self.guild(guild_id).connection:
            connection.lose(ending.kind, ending.code)
            if ending.code in GRAVE:
                self.disturb(guild_id)

    @rule(guild_id=guild_ids, for_s=moments)
    def falter(self, guild_id: int, for_s: float) -> None:
        if connection := self.guild(guild_id).connection:
            connection.falter(for_s)

    @rule(refusal=refusals)
    def refuse_voice(self, refusal: Refusal) -> None:
        self.world.discord.voice.refusals.append(refusal)
        self.disturb()

    @rule(
        guild_id=guild_ids,
        fault=st.sampled_from(["server", "no server", "outage", "no groups", "broken synthesis"]),
    )
    def fail(self, guild_id: int, fault: str) -> None:
        guild, discord = self.guild(guild_id), self.world.discord
        match fault:
            case "server" | "no server":
                guild.has_voice_server = fault == "server"
                discord.name_server(guild)
            case "outage":
                if guild.is_available:
                    discord.begin_outage(guild, ends_calls=True)
                else:
                    discord.end_outage(guild)
            case "no groups":
                discord.voice.forms_groups = False
            case "broken synthesis":
                self.world.synthesizer.error = BROKEN
        self.disturb()

    @precondition(lambda self: self.has_been_well_for(5.0))
    @rule(fault=st.sampled_from(["cut", "reset", "reset, all calls ended", "restart"]))
    def break_gateway(self, fault: str) -> None:
        match fault:
            case "cut":
                self.world.discord.cut()
                self.world.loop.call_later(self.world.random.choice(CUTS_S), self.resume)
            case "restart":
                self.run(self.world.stop())
                self.run(self.world.start())
            case _:
                if fault != "reset":
                    self.world.discord.forget_voice()
                self.world.reset_gateway()
        self.disturb()
        self.broken_at = self.world.loop.time()

    def resume(self) -> None:
        if not self.world.shard.open:
            self.world.discord.resume()

    # Wishes are lost with a gateway connection, which does not break off every second.
    @precondition(lambda self: self.has_been_well_for(10.0))
    @rule(is_lost=st.booleans())
    def lose_a_wish(self, is_lost: bool) -> None:
        self.world.discord.lost_wishes = int(is_lost)
        self.world.discord.repeats_itself = is_lost
        self.disturb()
        self.broken_at = self.world.loop.time()

    def has_been_well_for(self, seconds: float) -> bool:
        """Return whether the gateway was not tampered with for so long."""
        return self.world.loop.time() >= self.broken_at + seconds

    # What must hold

    def notice_ghosts(self, wish: Wish) -> None:
        """Note a wish to be where nobody wants the bot."""
        wanted = [each.desired_channel_id for each in self.world.sessions]
        if wish.channel_id not in [*wanted, None]:
            self.ghosts.append(wish)

    @invariant()
    def all_is_well(self) -> None:
        """Nothing accepted is lost, no call is joined unasked, none that is wanted is given up."""
        ledger = self.world.ledger
        counts = [ledger.counts(guild_id) for guild_id in (1, 2)]
        closed = sum(sum(each.values()) - each["accepted"] for each in counts)
        assert ledger.accepted == closed + self.world.open_turns()
        assert not self.ghosts
        assert all(each.is_live or each.is_retrying for each in self.world.registry.sessions)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.stack:
            self.heal()
            self.run(asyncio.sleep(QUIET_S))
            self.all_is_well()
            for guild_id in (1, 2):
                self.check_place(guild_id)
                self.check_speech(guild_id)
            self.check_end()

    def heal(self) -> None:
        """End every fault."""
        discord = self.world.discord
        discord.lost_wishes, discord.repeats_itself = 0, True
        discord.voice.refusals.clear()
        discord.voice.forms_groups = True
        self.resume()
        for guild in discord.guilds.values():
            if not guild.is_available:
                discord.end_outage(guild)
            if not guild.has_voice_server:
                guild.has_voice_server = True
                discord.name_server(guild)
            discord.mute(guild, is_muted=False)
        for session in self.world.registry.sessions:
            self.run(_control(session, "resume"))

    def check_place(self, guild_id: int) -> None:
        """Discord has the bot where the registry wants it, and that is where people do."""
        guild, session, wanted = self.guild(guild_id), self.session(guild_id), self.wanted[guild_id]
        assert guild.place == (session.desired_channel_id if session else None)
        assert session is None or (session.is_live and guild.connection is not None)
        if wanted.channel_id is None:
            assert guild.place is None or wanted.answer is None
        elif not wanted.is_disturbed and guild.company(wanted.channel_id):
            assert wanted.answer is not None
            assert wanted.answer.done()
            assert wanted.answer.exception() or guild.place == wanted.channel_id

    def check_speech(self, guild_id: int) -> None:
        """Where people are with the bot, all was said, and what is said now is heard."""
        guild, session = self.guild(guild_id), self.session(guild_id)
        if session is None or not guild.company(session.channel.id):
            return
        assert not session.turns
        self.world.synthesizer.error = None
        before = self.world.discord.voice.heard[session.channel.id]
        turn = self.run(self.world.say(guild_id, session.channel.id))
        assert self.run(turn.wait_until_ended()).ending is Ending.SPOKEN
        heard = self.world.discord.voice.heard[session.channel.id] - before
        assert heard == self.world.synthesizer.frames

    def check_end(self) -> None:
        """Nobody waits for an answer, and after a leave nothing is left."""
        assert all(command.done() for command in self.commands)
        errors = [command.exception() for command in self.commands]
        assert all(error is None or isinstance(error, UserError) for error in errors), errors
        for guild_id in (1, 2):
            self.run(self.world.registry.leave(guild_id))
        self.run(asyncio.sleep(5.0))
        assert not asyncio.all_tasks(self.world.loop)
        assert not self.world.open_turns()
        assert not self.world.bot.voice_clients
        assert all(guild.place is None for guild in self.world.discord.guilds.values())


async def _control(session: VoiceSession, wish: str) -> None:
    match wish:
        case "skip":
            for turn in session.turns[:1]:
                session.skip(turn, by=1)
        case "clear":
            session.clear(by=1)
        case "pause":
            session.pause()
        case "resume":
            session.resume()


TestCalls = Calls.TestCase
TestCalls.settings = settings.get_profile(PROFILE)
