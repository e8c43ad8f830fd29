"""The performance of a script: simulated people do what it says, while one of them listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.sandbox.discord.interactions.finding import names
from bot.sandbox.discord.world.members import Member
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.loopback import Loopback
from tests.end_to_end.conversation import hearing
from tests.end_to_end.conversation.cast import CAST, MODERATOR, Line, Person
from tests.end_to_end.conversation.hearing import Saying
from tests.end_to_end.conversation.script import (
    Act,
    Announce,
    Delete,
    Edit,
    Fate,
    Move,
    Raid,
    Say,
    Scene,
)
from tests.end_to_end.stage import ANSWER_S, Stage

QUIET_MS = 450
"""No pause between two utterances is as long."""

SPEECH_S = 60.0
RAIDERS = 5
RAID_S = 0.02
"""Between two messages of a raid."""

RAID = "Raid"
"""A word in all that is written there, and in the names of those who write it."""


@dataclass(slots=True)
class Record:
    """What was done when, by the monotonic clock in ns.

    Args:
        sent_ns: When messages were written, or got their present text, by their keys.
        withdrawn_ns: When they were deleted, or got another text.
        raided: The messages that were written elsewhere.
        missed_cues: What was waited for and did not sound, or was over when its time had come.
    """

    sent_ns: dict[int, int] = field(default_factory=dict)
    withdrawn_ns: dict[int, int] = field(default_factory=dict)
    raided: int = 0
    missed_cues: list[Saying] = field(default_factory=list)


class Performance:
    """One conversation in the lounge.

    Args:
        stage: The running bot and the people around it.
        members: Who plays whom.
        raiders: People in a call of another server, with the bot among them.
    """

    def __init__(
        self, stage: Stage, members: Mapping[Person, Member], raiders: list[Member]
    ) -> None:
        self._stage = stage
        self._world = stage.loopback
        self._members = members
        self._raiders = raiders
        self._messages: dict[int, Message] = {}
        self._lines: dict[int, Line] = {}
        self._raids: list[asyncio.Task[None]] = []
        self.record = Record()

    async def play(self, scene: Scene) -> None:
        """Play one scene, until nothing of it is left to be said.

        Raises:
            TimeoutError: The bot does not fall silent.
        """
        began_ns = time.monotonic_ns()
        for act in scene.acts:
            await self._await_cue(act)
            await self._do(act)
        due = [turn for turn in scene.turns if turn.fate is Fate.DUE]
        if not due:
            await self._until_quiet()
            return
        last = due[-1]
        times = sum(turn.words == last.words for turn in due)
        await self._until_heard(Saying(last.words, last.voice), times, since_ns=began_ns)

    async def end(self) -> None:
        """Wait for the end of what happens elsewhere."""
        await asyncio.gather(*self._raids)

    async def _until_heard(self, saying: Saying, times: int, *, since_ns: int) -> None:
        """Wait until all is quiet behind these words; if they do not come, the verdict says so."""
        ear, bot_id = self._stage.ear, self._stage.bot_id
        while True:
            await self._until_quiet()
            sounds = [each for each in ear.heard(bot_id).sounds if each.start_ns >= since_ns]
            heard = hearing.utterances(sounds, [saying])
            if sum(each.is_whole for each in heard) >= times:
                return
            try:  # the speech service may be late with the next piece
                await ear.wait_until_hears(bot_id, timeout_s=ANSWER_S, since_ns=time.monotonic_ns())
            except TimeoutError:
                return

    async def _until_quiet(self) -> None:
        ear = self._stage.ear
        await ear.wait_until_quiet(self._stage.bot_id, quiet_ms=QUIET_MS, timeout_s=SPEECH_S)

    async def _await_cue(self, act: Act) -> None:
        if act.sounding is None:
            await asyncio.sleep(act.after_s)
            return
        line = self._lines[act.sounding]
        person, words = line.person, line.said
        if act.is_in_name:
            words = person.introduced(is_answer=line.is_answer)
        saying = Saying(words, person.voice)
        try:
            await self._stage.ear.wait_until(
                lambda: self._is_sounding(saying, act.after_s), timeout_s=ANSWER_S
            )
        except TimeoutError:
            self.record.missed_cues.append(saying)

    def _is_sounding(self, saying: Saying, for_s: float) -> bool:
        """Return whether these words sound for so long already."""
        sounds = self._stage.ear.heard(self._stage.bot_id).sounds
        run = hearing.last_run(sounds)
        return run is not None and run.length_s >= for_s and hearing.begins_with(run, saying)

    # What people do

    async def _do(self, act: Act) -> None:
        match act.deed:
            case Say() as say:
                await self._say(say)
            case Delete(keys=keys):
                await self._delete(keys)
            case Edit() as edit:
                await self._edit(edit)
            case Move() as move:
                await self._move(move)
            case Announce(is_on=is_on):
                await self._announce(is_on=is_on)
            case Raid(messages=messages):
                self._raids.append(asyncio.create_task(self._raid(messages), name="raid"))

    async def _say(self, say: Say) -> None:
        member, lounge = self._members[say.line.person], self._world.voice_channel
        answered = None if say.answered is None else self._messages[say.answered]
        self._lines[say.key] = say.line
        self.record.sent_ns[say.key] = time.monotonic_ns()
        written = self._written(say.line)
        self._messages[say.key] = await member.send(lounge, written, reply_to=answered)

    async def _delete(self, keys: tuple[int, ...]) -> None:
        messages = [self._messages[key] for key in keys]
        now_ns = time.monotonic_ns()
        self.record.withdrawn_ns.update(dict.fromkeys(keys, now_ns))
        if len(keys) > 1:
            moderator = self._members[MODERATOR]
            await moderator.purge(self._world.voice_channel, messages)
            return
        author = self._members[self._lines[keys[0]].person]
        await author.delete(messages[0])

    async def _edit(self, edit: Edit) -> None:
        message = self._messages[edit.key] = self._messages[edit.old]
        self._lines[edit.key] = edit.line
        now_ns = time.monotonic_ns()
        self.record.withdrawn_ns[edit.old] = self.record.sent_ns[edit.key] = now_ns
        await self._members[edit.line.person].edit(message, self._written(edit.line))

    async def _move(self, move: Move) -> None:
        member = self._members[move.person]
        if move.is_arrival:
            await member.join_voice(self._world.voice_channel)
        else:
            await member.leave_voice()

    async def _announce(self, *, is_on: bool) -> None:
        moderator = self._members[MODERATOR]
        panel = await self._stage.answer(await moderator.slash("server panel"))
        switch, other = ("Turn on", "Turn off") if is_on else ("Turn off", "Turn on")
        for label in ("Reading", "Names", f"{switch}: Say who comes", f"{switch}: Say who leaves"):
            await self._until_offered(panel, label)
            await moderator.press(panel, label=label)
        await self._until_offered(panel, f"{other}: Say who leaves")

    async def _until_offered(self, panel: Message, label: str) -> None:
        """Wait until a button is on the panel."""
        await self._world.discord.changes.until(
            lambda: label in names(panel.components), timeout_s=ANSWER_S
        )

    async def _raid(self, messages: int) -> None:
        for _ in range(messages):
            raider = self._raiders[self.record.raided % len(self._raiders)]
            assert raider.voice is not None
            number = self.record.raided = self.record.raided + 1
            await raider.send(raider.voice.channel, f"{RAID} message number {number}")
            await asyncio.sleep(RAID_S)

    def _written(self, line: Line) -> str:
        if line.mentioned is None:
            return line.written
        return line.written.format(mention=f"<@{self._members[line.mentioned].id}>")


@asynccontextmanager
async def open_performance(stage: Stage) -> AsyncIterator[Performance]:
    """Let everybody in, with their voices, and a crowd into a call of another server."""
    world = stage.loopback
    members = _members(world)
    for person, member in members.items():
        if member.voice is None:
            await member.join_voice(world.voice_channel)
        if person.own_voice is not None:
            await stage.answer(await member.slash("voice set", {"voice": person.own_voice}))
    await stage.answer(await members[MODERATOR].slash("join"))
    performance = Performance(stage, members, await _gather_raiders(world))
    yield performance
    await performance.end()


def _members(world: Loopback) -> dict[Person, Member]:
    known = {each.name: each for each in (world.moderator, world.speaker, world.listener)}
    return {each: known.get(each.name) or world.guild.add_member(each.name) for each in CAST}


async def _gather_raiders(world: Loopback) -> list[Member]:
    guild = world.discord.add_guild("Elsewhere")
    guild.add_text_channel("general")
    den = guild.add_voice_channel("Den")
    raiders = [guild.add_member(f"{RAID}er {number}") for number in range(RAIDERS)]
    for raider in raiders:
        await raider.join_voice(den)
    await (await raiders[0].slash("join")).wait_for_message(timeout_s=ANSWER_S)
    return raiders
