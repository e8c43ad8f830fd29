"""Whoever takes part in a call: a connected client or a listener inside this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.protocol import Op
    from bot.sandbox.discord.voice.transport import RtpHeader

Payload = Mapping[str, object]

ENCRYPTED_MARKER = b"\xfa\xfa"  # DAVE protocol whitepaper, "Payload Format": the magic marker
OPUS_SILENCE = b"\xf8\xff\xfe"  # Discord documentation, "Voice Data Interpolation"


@dataclass(frozen=True, slots=True)
class Frame:
    """One audio packet on its way through the server, without its transport encryption."""

    user_id: int
    header: RtpHeader
    payload: bytes
    arrived_ns: int

    @property
    def is_silence(self) -> bool:
        """Whether this is the Opus silence that ends a talk spurt; it is never encrypted."""
        return self.payload == OPUS_SILENCE

    @property
    def is_marked(self) -> bool:
        """Whether this looks end-to-end encrypted; one plain packet in 65,536 does, too."""
        return self.payload.endswith(ENCRYPTED_MARKER)


class Participant(Protocol):
    """What a call needs of everybody in it."""

    @property
    def user_id(self) -> int:
        """Who it is."""

    @property
    def ssrc(self) -> int:
        """Under which source number they send audio."""

    @property
    def max_dave_version(self) -> int:
        """The highest DAVE protocol version they speak; 0 is none."""

    @property
    def is_connected(self) -> bool:
        """Whether they can answer; what they are told in the meantime is kept for them."""

    def send(self, op: Op, payload: Payload) -> None:
        """Give them a JSON message."""

    def send_binary(self, op: Op, payload: bytes) -> None:
        """Give them a binary message."""

    def hear(self, frame: Frame) -> None:
        """Give them somebody else's audio."""
