"""The ear: a jitter buffer and an Opus decoder that turn packets into placed sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice.heard import Heard, HeardPacket, Placed, Problem
from bot.sandbox.discord.voice.opus import FRAME_MS, PCM_RATE, samples_in
from bot.sandbox.discord.voice.protocol import SEQUENCE_MODULUS

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.participant import Frame

JITTER_BUFFER_MS = 60
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
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
        self._is_restarted = True
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
        self._is_restarted = True

    def _is_before(self, sequence: int, other: int) -> bool:
        return _signed(sequence - other) < 0

    def _play(self, packet: _Waiting) -> None:
        start_ns = self._end_ns
        if packet.arrived_ns > self._end_ns:
            start_ns = packet.arrived_ns + JITTER_BUFFER_MS * _NS_PER_MS
        self.heard.place(Placed(start_ns, packet.opus, self._is_restarted))
        self._is_restarted = False
        self._end_ns = start_ns + _duration_ns(packet.opus)

    def _count(self, problem: Problem | None, *, was_encrypted: bool) -> None:
        counts = self.heard.counts
        counts.received += 1
        if problem is None:
            counts.decrypted += was_encrypted
            return
        counted = problem.value
        setattr(counts, counted, getattr(counts, counted) + 1)


def _duration_ns(opus: bytes | None) -> int:
    samples = 0 if opus is None else samples_in(opus)
    return samples * _NS_PER_S // PCM_RATE or _FRAME_NS


def _signed(difference: int) -> int:
    """Return a difference of sequence numbers, which start again at 65,536."""
    half = SEQUENCE_MODULUS // 2
    return (difference + half) % SEQUENCE_MODULUS - half
