"""A simulated member's ear and mouth: a full end-to-end encrypted participant in this process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.ear import Ear
from bot.sandbox.discord.voice.heard import Heard, Problem
from bot.sandbox.discord.voice.member import DaveMember
from bot.sandbox.discord.voice.opus import FRAME_BYTES, FRAME_MS, MonoEncoder
from bot.sandbox.discord.voice.participant import OPUS_SILENCE, Frame, Payload
from bot.sandbox.discord.voice.protocol import DAVE_VERSION, SEQUENCE_MODULUS, Op
from bot.sandbox.discord.voice.transport import RtpHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.sandbox.discord.voice.call import Call

log = logging.getLogger(__name__)

QUIET_MS = 500
_TRAILING_SILENCE_FRAMES = 5  # Discord documentation, "Voice Data Interpolation"
_SAMPLES_PER_FRAME = 960
_TIMESTAMP_MODULUS = 1 << 32
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000


class Listener:
    """Takes part in a call on behalf of a simulated member.

    Args:
        guild_id: Where the call is.
        channel_id: Which call it is.
        user_id: Who listens.
        is_stage: Whether the channel is a stage, where nothing is end-to-end encrypted.
        reaction_s: How long this member takes to answer the server; others may be faster then.
    """

    max_dave_version = DAVE_VERSION
    is_connected = True

    def __init__(
        self,
        *,
        guild_id: int,
        channel_id: int,
        user_id: int,
        is_stage: bool = False,
        reaction_s: float = 0.0,
    ) -> None:
        self.guild_id = guild_id
        self.channel_id = channel_id
        self.user_id = user_id
        self.is_stage = is_stage
        self.ssrc = 0
        self._reaction_s = reaction_s
        self._plain_grace_s = 0.0
        self._upgraded_at_ns: int | None = None
        self._call: Call | None = None
        self._member = self._new_member()
        self._ears: dict[int, Ear] = {}
        self._inbox: deque[Callable[[], None]] = deque()
        self._news = asyncio.Event()
        self._sequence = 0
        self._timestamp = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether this member holds the keys of the current group."""
        return self._member.can_encrypt

    @property
    def protocol_version(self) -> int:
        """The DAVE protocol version this member believes the call has."""
        return self._member.version

    def enter(self, call: Call, *, ssrc: int, plain_grace_s: float) -> None:
        """Take a seat; called by the voice server."""
        self.ssrc, self._call, self._plain_grace_s = ssrc, call, plain_grace_s
        self._member = self._new_member()
        self._inbox.clear()  # what is left of an earlier seat
        self._post(partial(self._member.begin, call.dave.version_for(self)))
        call.join(self)

    def exit(self) -> None:
        """Give the seat up; called by the voice server."""
        self._call = None

    # What the call needs

    def send(self, op: Op, payload: Payload) -> None:
        """Take a JSON message of the server."""
        self._post(partial(self._member.receive, op, payload))

    def send_binary(self, op: Op, payload: bytes) -> None:
        """Take a binary message of the server."""
        self._post(partial(self._member.receive_binary, op, payload))

    def hear(self, frame: Frame) -> None:
        """Take somebody's packet."""
        ear = self._ear(frame.user_id)
        if frame.is_silence:
            ear.receive(frame, frame.payload)
        elif frame.is_marked:
            self._hear_encrypted(ear, frame)
        elif self._understands_plain():
            ear.receive(frame, frame.payload)
        else:
            ear.receive(frame, None, problem=Problem.PLAIN)
        self._news.set()

    # What tests and scenes need

    def heard(self, user_id: int) -> Heard:
        """Return everything heard of this speaker so far."""
        ear = self._ear(user_id)
        ear.play_until(time.monotonic_ns())
        return ear.heard

    def forget(self, user_id: int) -> None:
        """Forget what was heard of this speaker; sound takes 6 MB a minute."""
        self._ears.pop(user_id, None)

    async def wait_until_hears(self, user_id: int, *, timeout_s: float, since_ns: int = 0) -> Heard:
        """Wait until something audible of this speaker was heard, at `since_ns` or later."""
        await self.wait_until(
            lambda: (self.heard(user_id).last_audible_ns or 0) > since_ns, timeout_s=timeout_s
        )
        return self.heard(user_id)

    async def wait_until_quiet(
        self, user_id: int, *, quiet_ms: int = QUIET_MS, timeout_s: float
    ) -> Heard:
        """Wait until nothing audible of this speaker was heard for `quiet_ms`."""
        async with asyncio.timeout(timeout_s):
            while (left_s := self._noise_left_s(user_id, quiet_ms)) > 0:  # noqa: ASYNC110 - for time
                await asyncio.sleep(left_s)
        return self.heard(user_id)

    async def wait_until_encrypted(self, *, timeout_s: float) -> None:
        """Wait until this member holds the keys of a group."""
        await self.wait_until(lambda: self.is_encrypted, timeout_s=timeout_s)

    async def wait_until(self, claim: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until a claim is true; it is looked at whenever something reaches this member."""
        async with asyncio.timeout(timeout_s):
            while not claim():
                self._news.clear()
                await self._news.wait()

    async def say(self, packets: Iterable[bytes]) -> None:
        """Speak Opus packets of 20 ms into the call, at their pace."""
        self._announce(1)
        clock = asyncio.get_running_loop()
        started = clock.time()
        for number, packet in enumerate(packets):
            await asyncio.sleep(started + number * FRAME_MS / 1000 - clock.time())
            self._speak(packet)
        for _ in range(_TRAILING_SILENCE_FRAMES):
            self._speak(OPUS_SILENCE)
        self._announce(0)

    async def say_pcm(self, pcm: bytes) -> None:
        """Speak 16-bit 48 kHz mono PCM into the call."""
        encoder = MonoEncoder()
        frames = (pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES))
        padded = (frame.ljust(FRAME_BYTES, b"\0") for frame in frames)
        await self.say([encoder.encode(frame, _SAMPLES_PER_FRAME) for frame in padded])

    def _new_member(self) -> DaveMember:
        return DaveMember(user_id=self.user_id, channel_id=self.channel_id, reply=self._reply)

    def _ear(self, user_id: int) -> Ear:
        if user_id not in self._ears:
            self._ears[user_id] = Ear()
        return self._ears[user_id]

    # End-to-end encryption

    def _post(self, message: Callable[[], None]) -> None:
        """Read a message in a later turn of the loop: the server is in the middle of something."""
        self._inbox.append(message)
        asyncio.get_running_loop().call_later(self._reaction_s, self._read_next)

    def _read_next(self) -> None:
        if self._call is None or not self._inbox:
            return
        message = self._inbox.popleft()
        old_version = self._member.version
        try:
            message()
        except ValueError as error:
            log.warning("listener %s cannot follow its group: %s", self.user_id, error)
        if self._member.version > old_version:
            self._upgraded_at_ns = time.monotonic_ns()
        self._news.set()

    def _reply(self, op: Op, payload: Payload | bytes) -> None:
        if self._call is not None:
            self._call.receive_dave(self.user_id, op, payload)

    def _hear_encrypted(self, ear: Ear, frame: Frame) -> None:
        try:
            opus = self._member.decrypt(frame.user_id, frame.payload)
        except ValueError as error:
            ear.receive(
                frame,
                None,
                was_encrypted=True,
                problem=Problem.UNDECRYPTABLE,
                reason=str(error),
            )
            return
        ear.receive(frame, opus, was_encrypted=True)

    def _understands_plain(self) -> bool:
        if not self._member.version:
            return True
        if self._upgraded_at_ns is None:
            return False
        return time.monotonic_ns() - self._upgraded_at_ns < self._plain_grace_s * _NS_PER_S

    # Time and speech

    def _noise_left_s(self, user_id: int, quiet_ms: int) -> float:
        """Return how long it must stay quiet from now on."""
        ended_ns = self.heard(user_id).last_audible_ns
        if ended_ns is None:
            return 0
        return (ended_ns + quiet_ms * _NS_PER_MS - time.monotonic_ns()) / _NS_PER_S

    def _speak(self, opus: bytes) -> None:
        if self._call is None:
            return
        self._sequence = (self._sequence + 1) % SEQUENCE_MODULUS
        self._timestamp = (self._timestamp + _SAMPLES_PER_FRAME) % _TIMESTAMP_MODULUS
        payload = opus if opus == OPUS_SILENCE else self._member.encrypt(opus)
        header = RtpHeader(self._sequence, self._timestamp, self.ssrc)
        self._call.forward(Frame(self.user_id, header, payload, time.monotonic_ns()))

    def _announce(self, flags: int) -> None:
        if self._call is not None:
            self._call.announce_speaking(self.user_id, flags)
