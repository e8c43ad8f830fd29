"""What a listener heard of one speaker: packets, sound and everything that went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from .opus import PCM_BYTES_PER_MS, PCM_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIBLE_PEAK = 150  # of 32,768: -47 dBFS, above the noise a coder makes of silence
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
class Sound:
    """A piece of sound with its place in time."""

    start_ns: int
    pcm: bytes
    peak: int

    @property
    def end_ns(self) -> int:
        """When it is over."""
        return self.start_ns + len(self.pcm) * _NS_PER_MS // PCM_BYTES_PER_MS

    @property
    def is_audible(self) -> bool:
        """Whether somebody would notice it."""
        return self.peak >= AUDIBLE_PEAK


@dataclass(slots=True)
class Heard:
    """Everything one listener heard of one speaker so far."""

    packets: list[HeardPacket] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    sounds: list[Sound] = field(default_factory=list)

    @property
    def started_ns(self) -> int | None:
        """When the first sound was played, on the monotonic clock."""
        return self.sounds[0].start_ns if self.sounds else None

    @property
    def last_audible_ns(self) -> int | None:
        """When the last audible sound ended."""
        return next((each.end_ns for each in reversed(self.sounds) if each.is_audible), None)

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


def _sample_at(elapsed_ns: int) -> int:
    return round(elapsed_ns * PCM_RATE / _NS_PER_S)


def _grouped(sounds: Sequence[Sound]) -> list[list[Sound]]:
    groups: list[list[Sound]] = []
    for sound in sounds:
        if groups and sound.start_ns - groups[-1][-1].end_ns < SEGMENT_PAUSE_MS * _NS_PER_MS:
            groups[-1].append(sound)
        else:
            groups.append([sound])
    return groups
