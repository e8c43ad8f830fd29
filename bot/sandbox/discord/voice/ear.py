"""The ear: a jitter buffer and an Opus decoder that turn packets into placed sound."""

from __future__ import annotations

import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from discord.opus import OpusError

from .heard import Heard, HeardPacket, Problem, Sound
from .opus import FRAME_BYTES, FRAME_MS, MonoDecoder
from .protocol import SEQUENCE_MODULUS

if TYPE_CHECKING:
    from .participant import Frame

JITTER_BUFFER_MS = 60
_NS_PER_MS = 1_000_000
_FRAME_NS = FRAME_MS * _NS_PER_MS
_RESTART_GAP = 50  # sequence numbers, one second: not loss but a new beginning


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A packet in the jitter buffer; no Opus means its turn passes in silence."""

    arrived_ns: int
    opus: bytes | None


class Ear:
    """Listens to one speaker.

    Playback of a packet starts where the one before ends. When the buffer has run dry, it starts
    60 ms after the packet's arrival, so a pause in the packets is exactly as long in the sound.
    """

    def __init__(self) -> None:
        self.heard = Heard()
        self._ssrc: int | None = None
        self._decoder = MonoDecoder()
        self._expected = 0
        self._end_ns = 0
        self._waiting: dict[int, _Waiting] = {}

    def receive(
        self,
        frame: Frame,
        opus: bytes | None,
        *,
        was_encrypted: bool = False,
        problem: Problem | None = None,
        reason: str = "",
    ) -> None:
        """Take a packet as it arrives; one with a problem is counted, and silent."""
        distance = self._distance(frame)
        if distance < 0:
            problem = problem or Problem.LATE
        header = frame.header
        self._count(problem, was_encrypted=was_encrypted)
        self.heard.packets.append(
            HeardPacket(
                frame.arrived_ns,
                header.sequence,
                header.timestamp,
                header.ssrc,
                was_encrypted,
                frame.is_silence,
                problem,
                reason,
            )
        )
        if distance < 0:
            return
        if any(self._is_before(header.sequence, other) for other in self._waiting):
            self.heard.counts.out_of_order += 1
        self._waiting[header.sequence] = _Waiting(frame.arrived_ns, None if problem else opus)
        self.play_until(frame.arrived_ns)

    def play_until(self, now_ns: int) -> None:
        """Play what is due; give up packets whose turn has passed."""
        while self._waiting:
            packet = self._waiting.pop(self._expected, None)
            if packet is None and now_ns < self._end_ns:
                return  # it may still come in time
            if packet is None:
                self.heard.counts.lost += 1
                self._end_ns += _FRAME_NS
            else:
                self._play(packet)
            self._expected = (self._expected + 1) % SEQUENCE_MODULUS

    def _distance(self, frame: Frame) -> int:
        """Return how far a packet is ahead of its turn; negative is too late."""
        sequence = frame.header.sequence
        if frame.header.ssrc != self._ssrc:
            self._restart(frame)
        distance = _signed(sequence - self._expected)
        if abs(distance) > _RESTART_GAP:
            self._restart(frame)
            return 0
        return distance

    def _restart(self, frame: Frame) -> None:
        for sequence in sorted(self._waiting, key=lambda each: _signed(each - self._expected)):
            self._play(self._waiting.pop(sequence))
        self._ssrc = frame.header.ssrc
        self._expected = frame.header.sequence
        self._decoder = MonoDecoder()

    def _is_before(self, sequence: int, other: int) -> bool:
        return _signed(sequence - other) < 0

    def _play(self, packet: _Waiting) -> None:
        start_ns = self._end_ns
        if packet.arrived_ns > self._end_ns:
            start_ns = packet.arrived_ns + JITTER_BUFFER_MS * _NS_PER_MS
        pcm = self._decode(packet.opus)
        sound = Sound(start_ns, pcm, _peak(pcm))
        self._end_ns = sound.end_ns
        self.heard.sounds.append(sound)

    def _decode(self, opus: bytes | None) -> bytes:
        if opus is None:
            return bytes(FRAME_BYTES)
        try:
            return self._decoder.decode(opus, fec=False)
        except OpusError:
            self.heard.counts.undecodable += 1
            return bytes(FRAME_BYTES)

    def _count(self, problem: Problem | None, *, was_encrypted: bool) -> None:
        counts = self.heard.counts
        counts.received += 1
        if problem is None:
            counts.decrypted += was_encrypted
            return
        counted = problem.value
        setattr(counts, counted, getattr(counts, counted) + 1)


def _signed(difference: int) -> int:
    """Return a difference of sequence numbers, which start again at 65,536."""
    half = SEQUENCE_MODULUS // 2
    return (difference + half) % SEQUENCE_MODULUS - half


def _peak(pcm: bytes) -> int:
    samples = array.array("h", pcm)
    return max(max(samples), -min(samples)) if samples else 0
