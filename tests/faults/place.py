"""One guild with the people a fault test moves, and what they can hear and ask for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.world.permissions import Permission
from tests.faults.hearing import Hole, longest_hole, spoken, unheard_s

if TYPE_CHECKING:
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.server import SandboxDiscord
    from bot.sandbox.discord.voice.heard import Heard, HeardPacket
    from bot.sandbox.discord.voice.listener import Listener
    from bot.sandbox.discord.voice.sessions import Handshake
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message

MODERATOR = (
    Permission.MANAGE_GUILD
    | Permission.MOVE_MEMBERS
    | Permission.MUTE_MEMBERS
    | Permission.DEAFEN_MEMBERS
    | Permission.KICK_MEMBERS
)
ANSWER_S = 12.0
SPEECH_S = 30.0

# What the bot answers when all is well; everything else it writes is a report of a fault.
_ANSWERS = ("Speaking as", "I am in", "I left", "Skipped", "Stopped", "Voice:", "Hello! ")
"""And the greeting of a server that is new."""


@dataclass
class Place:
    """A guild: Mia moderates, Ann speaks, Ben sits in the lounge and listens."""

    discord: SandboxDiscord
    guild: Guild
    text_channel: Channel
    lounge: Channel
    quiet_room: Channel
    moderator: Member
    speaker: Member
    listener: Member
    since: float = field(default_factory=time.monotonic)
    """When this test began (monotonic seconds)."""
    wishes: list[tuple[float, bool]] = field(default_factory=list)
    """From when on the bot was wanted in a call, and from when on not."""
    accepted_before: int = 0
    """How many utterances the bot had accepted here before this test."""
    said: int = 0
    """How often /say was used in this test."""
    _seen: set[int] = field(default_factory=set)
    _known_ghosts: set[float] = field(default_factory=set)

    @property
    def id(self) -> int:
        return self.guild.id

    @property
    def bot(self) -> Member:
        return self.guild.bot

    @property
    def ear(self) -> Listener:
        assert self.listener.ear is not None, "the listener is in no call"
        return self.listener.ear

    async def gather(self, *, accepted_before: int) -> None:
        """Bring everybody back to the lounge, and begin a new test."""
        self.accepted_before, self.said = accepted_before, 0
        for member in (self.speaker, self.listener):
            if member.voice is not None and member.voice.channel is not self.lounge:
                await member.leave_voice()
            if member.voice is None:
                await member.join_voice(self.lounge)
        self.ear.forget(self.bot.id)
        self._seen = {message.id for message in self._written()}
        self.since = time.monotonic()

    # What people do

    async def say(self, text: str, *, by: Member | None = None) -> Interaction:
        """Use /say."""
        self.want()
        self.said += 1
        return await (by or self.speaker).slash("say", {"text": text})

    async def join(self, channel: Channel | None = None, *, by: Member | None = None) -> Message:
        """Use /join and return the answer."""
        self.want()
        used = await (by or self.speaker).slash("join", {"channel": channel} if channel else {})
        return await used.wait_for_message(timeout_s=ANSWER_S)

    async def leave(self) -> Message:
        """Use /leave and return the answer."""
        used = await self.moderator.slash("leave")
        answer = await used.wait_for_message(timeout_s=ANSWER_S)
        self.dismiss()
        return answer

    def want(self) -> None:
        """Note that the bot is to be in a call from now on."""
        self.wishes.append((time.monotonic(), True))

    def dismiss(self) -> None:
        """Note that the bot is not to be in a call from now on."""
        self.wishes.append((time.monotonic(), False))

    # What they hear

    @property
    def packets(self) -> list[HeardPacket]:
        """What the listener has got of the bot in this test."""
        packets = self.ear.heard(self.bot.id).packets
        return [packet for packet in packets if packet.arrived_ns >= self.since * 1e9]

    @property
    def heard(self) -> Heard:
        """All the listener has heard of the bot."""
        return self.ear.heard(self.bot.id)

    async def hear(self, packets: int, *, since: float = 0.0, timeout_s: float = SPEECH_S) -> float:
        """Wait for so many packets of speech; return when the first came (monotonic seconds)."""
        start = max(since, self.since)
        await self.ear.wait_until(
            lambda: len(spoken(self.heard.packets, start)) >= packets, timeout_s=timeout_s
        )
        return spoken(self.heard.packets, start)[0].arrived_ns / 1e9

    def hole(self, since: float) -> Hole:
        """Return the longest pause in the bot's speech that ended after a moment."""
        return longest_hole(self.packets, since)

    def unheard_s(self, *texts: str, since: float = 0.0) -> float:
        """Return how many seconds of some texts nobody heard in this test."""
        return unheard_s(texts, self.heard, max(since, self.since))

    # What the bot did

    def joins(self, since: float | None = None) -> list[float]:
        """Return when the bot asked to be in a call here (op 4 with a channel)."""
        return self._requests(self.since if since is None else since, is_join=True)

    def leaves(self, since: float | None = None) -> list[float]:
        """Return when the bot asked to be in no call here (op 4 without a channel)."""
        return self._requests(self.since if since is None else since, is_join=False)

    def _requests(self, since: float, *, is_join: bool) -> list[float]:
        return [
            at
            for at, wish in self.discord.calls.requests
            if int(wish["guild_id"]) == self.id
            and at >= since
            and (wish["channel_id"] is not None) is is_join
        ]

    def handshakes(self, since: float | None = None) -> list[Handshake]:
        """Return the identifies and resumes of the bot here."""
        start = self.since if since is None else since
        noted = self.discord.voice.handshakes
        return [each for each in noted if each.guild_id == self.id and each.at >= start]

    def reports(self) -> list[str]:
        """Return what the bot has written here in this test that is no answer to a command."""
        return [
            message.content
            for message in self._written()
            if message.id not in self._seen
            and not message.content.startswith(_ANSWERS)
            and "says it after" not in message.content
        ]

    def _written(self) -> list[Message]:
        histories = [channel.history.values() for channel in self.guild.channels.values()]
        written = [message for history in histories for message in history]
        return [each for each in written if each.author.id == self.bot.id and not each.is_loading]

    def is_wanted(self, at: float) -> bool:
        """Whether somebody wanted the bot in a call here at a moment."""
        return next((wanted for since, wanted in reversed(self.wishes) if since <= at), False)

    def ghost_joins(self) -> list[float]:
        """Return when the bot joined although nobody wanted it (invariant I2), each time once."""
        ghosts = [at for at in self.joins(0.0) if not self.is_wanted(at)]
        news = [at for at in ghosts if at not in self._known_ghosts]
        self._known_ghosts.update(news)
        return news


def furnish(discord: SandboxDiscord, name: str) -> Place:
    """Found a guild."""
    guild = discord.add_guild(name)
    moderators = guild.add_role("Moderators", permissions=MODERATOR)
    return Place(
        discord,
        guild,
        text_channel=guild.add_text_channel("general"),
        lounge=guild.add_voice_channel("Lounge"),
        quiet_room=guild.add_voice_channel("Quiet room"),
        moderator=guild.add_member("Mia", roles=[moderators]),
        speaker=guild.add_member("Ann"),
        listener=guild.add_member("Ben"),
    )
