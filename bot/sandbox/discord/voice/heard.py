"""What a listener heard of one speaker: packets, sound and everything that went wrong."""

from __future__ import annotations

import array
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from discord.opus import OpusError

from bot.models import AudioFormat
from bot.sandbox.discord.voice.opus import FRAME_BYTES, PCM_BYTES_PER_MS, PCM_RATE, MonoDecoder
from bot.sandbox.discord.voice.participant import OPUS_SILENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

HEARD_FORMAT: Final = AudioFormat(rate=PCM_RATE)
AUDIBLE_PEAK = 150  # of 32,768: -47 dBFS, above the noise a coder makes of silence
PEAK_STRIDE = 3  # samples; enough for speech, and three times as fast
SEGMENT_PAUSE_MS = 200  # a shorter pause is part of the same segment
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_SAMPLE_BYTES = 2


class Problem(StrEnum):
    """Why a packet was not heard."""

    PLAIN = "plain"
    """Not end-to-end encrypted, in a call that is."""
    UNDECRYPTABLE = "undecryptable"
    """No key, or not authentic."""
    UNDECODABLE = "undecodable"
    """Decrypted, but not Opus."""
    LATE = "late"
    """Arrived after its turn to be played."""


@dataclass(frozen=True, slots=True)
class HeardPacket:
    """One packet as it arrived."""

    arrived_ns: int
    sequence: int
    timestamp: int
    ssrc: int
    was_encrypted: bool
    is_silence: bool
    problem: Problem | None = None
    reason: str = ""


@dataclass(slots=True)
class Counts:
    """How many packets went which way."""

    received: int = 0
    decrypted: int = 0
    plain: int = 0
    undecryptable: int = 0
    undecodable: int = 0
    lost: int = 0
    late: int = 0
    out_of_order: int = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of audible speech, in milliseconds since `Heard.started_ns`."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A packet and when it is played; without Opus its time passes in silence."""

    start_ns: int
    opus: bytes | None
    is_restart: bool
    """Whether it is the first of a new stream, which knows nothing of the one before."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound with its place in time."""

    start_ns: int
    pcm: bytes
    peak: int
    is_filler: bool = False
    """Whether its packet was the one that stands for silence, and no part of any speech."""

    @property
    def end_ns(self) -> int:
        """When it is over."""
        return self.start_ns + len(self.pcm) * _NS_PER_MS // PCM_BYTES_PER_MS

    @property
    def is_audible(self) -> bool:
        """Whether somebody would notice it."""
        return self.peak >= AUDIBLE_PEAK


class Heard:
    """Everything one listener heard of one speaker so far.

    Packets are decoded when somebody looks at the sound, so that listening alone costs little.
    """

    def __init__(self) -> None:
        self.packets: list[HeardPacket] = []
        self.counts = Counts()
        self._sounds: list[Sound] = []
        self._placed: deque[Placed] = deque()
        self._decoder: MonoDecoder | None = None
        self._last_audible_ns: int | None = None

    def place(self, placed: Placed) -> None:
        """Add a packet whose time to be played has been decided."""
        self._placed.append(placed)

    @property
    def sounds(self) -> Sequence[Sound]:
        """Every piece of sound, in the order it was played."""
        while self._placed:
            self._play(self._placed.popleft())
        return self._sounds

    @property
    def started_ns(self) -> int | None:
        """When the first sound was played, on the monotonic clock."""
        return self.sounds[0].start_ns if self.sounds else None

    @property
    def last_audible_ns(self) -> int | None:
        """When the last audible sound ended."""
        return self._last_audible_ns if self.sounds else None

    @property
    def pcm(self) -> bytes:
        """The sound as it was played: 48 kHz mono, silent where nothing was there to play."""
        return self.pcm_since(0)

    @property
    def speech(self) -> bytes:
        """The same sound without the silence where nothing was there to play.

        It is what to compare with what was said, on a machine too busy to keep time.
        """
        return b"".join(sound.pcm for sound in self.sounds)

    def pcm_since(self, start_ns: int) -> bytes:
        """Return the sound that was played from a moment on."""
        sounds = [each for each in self.sounds if each.start_ns >= start_ns]
        if not sounds:
            return b""
        start = sounds[0].start_ns
        timeline = bytearray()
        for sound in sounds:
            # Rounding may make sounds overlap by a sample; they were contiguous.
            missing = _sample_at(sound.start_ns - start) - len(timeline) // _SAMPLE_BYTES
            timeline += bytes(max(missing, 0) * _SAMPLE_BYTES) + sound.pcm
        return bytes(timeline)

    @property
    def segments(self) -> list[Segment]:
        """The stretches in which something was audible."""
        return self.segments_since(0)

    def segments_since(self, start_ns: int) -> list[Segment]:
        """Return the audible stretches from a moment on."""
        if not self.sounds:
            return []
        audible = [each for each in self.sounds if each.is_audible and each.start_ns >= start_ns]
        origin = self.sounds[0].start_ns
        return [
            Segment(
                (group[0].start_ns - origin) / _NS_PER_MS, (group[-1].end_ns - origin) / _NS_PER_MS
            )
            for group in _grouped(audible)
        ]

    def gaps_ms(self) -> list[float]:
        """Return the times between packets, talk spurt by talk spurt; 20 is perfect."""
        return [
            (after.arrived_ns - before.arrived_ns) / _NS_PER_MS
            for before, after in pairwise(self.packets)
            if not before.is_silence
        ]

    def holes_ms(self) -> list[float]:
        """Return how long playback stood still within talk spurts, because nothing was there."""
        return [
            (after.start_ns - before.end_ns) / _NS_PER_MS
            for before, after in pairwise(self.sounds)
            if after.start_ns > before.end_ns and before.is_audible and after.is_audible
        ]

    def _play(self, placed: Placed) -> None:
        pcm = self._decode(placed)
        sound = Sound(placed.start_ns, pcm, _peak(pcm), placed.opus == OPUS_SILENCE)
        self._sounds.append(sound)
        if sound.is_audible:
            self._last_audible_ns = sound.end_ns

    def _decode(self, placed: Placed) -> bytes:
        if self._decoder is None or placed.is_restart:
            self._decoder = MonoDecoder()
        if placed.opus is None:
            return bytes(FRAME_BYTES)
        try:
            return self._decoder.decode(placed.opus, fec=False)
        except OpusError:
            self.counts.undecodable += 1
            return bytes(FRAME_BYTES)


def _sample_at(elapsed_ns: int) -> int:
    return round(elapsed_ns * PCM_RATE / _NS_PER_S)


def _peak(pcm: bytes) -> int:
    samples = array.array("h", pcm)[::PEAK_STRIDE]
    return max(max(samples), -min(samples)) if samples else 0


def _grouped(sounds: Sequence[Sound]) -> list[list[Sound]]:
    groups: list[list[Sound]] = []
    for sound in sounds:
        if groups and sound.start_ns - groups[-1][-1].end_ns < SEGMENT_PAUSE_MS * _NS_PER_MS:
            groups[-1].append(sound)
        else:
            groups.append([sound])
    return groups
