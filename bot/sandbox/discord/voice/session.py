"""One client's session: it outlives the websocket it began on, and can be resumed on another."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.sandbox.discord.voice.protocol import SEQUENCE_MODULUS, UNNUMBERED, Op
from bot.sandbox.discord.voice.transport import (
    KEY_BYTES,
    BadPacketError,
    Cipher,
    Mode,
    RtpHeader,
    cipher_for,
    receiver_report,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.discord.voice.participant import Frame, Payload
    from bot.sandbox.discord.voice.protocol import RefusedError

REPLAY_LIMIT = 1_000  # numbered messages kept for a resume
_NONCE_MODULUS = 1 << 32
_NONCES_REMEMBERED = 4_096

Address = tuple[str, int]
Message = str | bytes


@dataclass(frozen=True, slots=True)
class Seat:
    """Who may identify: what the main gateway promised one member for one call."""

    guild_id: int
    channel_id: int
    user_id: int
    session_id: str
    token: str
    is_stage: bool = False
    """Stage channels are not end-to-end encrypted."""


@dataclass(slots=True)
class Traffic:
    """What went over one session's UDP path."""

    received: int = 0
    sent: int = 0
    bad: int = 0
    nonces_reused: int = 0


class Line(Protocol):
    """What a session needs of its websocket."""

    def post(self, message: Message, op: Op) -> None:
        """Write a message, in order."""

    def close(self, refusal: RefusedError) -> None:
        """Close it, after everything that was already said."""

    def abort(self) -> None:
        """Cut it without a close frame."""


class ClientSession:
    """The server's side of one connected client; a participant of its call."""

    def __init__(
        self,
        seat: Seat,
        *,
        ssrc: int,
        max_dave_version: int,
        send_datagram: Callable[[bytes, Address], None],
    ) -> None:
        self.seat = seat
        self.ssrc = ssrc
        self.max_dave_version = max_dave_version
        self.secret_key = secrets.token_bytes(KEY_BYTES)
        self.mode: Mode | None = None
        self.address: Address | None = None
        self.traffic = Traffic()
        self.last_header: RtpHeader | None = None
        self.line: Line | None = None
        """The websocket; None while there is none."""
        self.is_cut_off = False
        """Whether its audio gets lost in both directions, as behind a router that forgot it."""
        self._send_datagram = send_datagram
        self._cipher: Cipher | None = None
        self._nonce = 0
        self._seen_nonces: OrderedDict[bytes, None] = OrderedDict()
        self._sequence = 0
        self._sent: deque[tuple[int, Op, Message]] = deque(maxlen=REPLAY_LIMIT)

    @property
    def user_id(self) -> int:
        """Who it is."""
        return self.seat.user_id

    @property
    def is_connected(self) -> bool:
        """Whether it has a websocket."""
        return self.line is not None

    def select(self, mode: Mode) -> None:
        """Begin transport encryption."""
        self.mode = mode
        self._cipher = cipher_for(mode, self.secret_key)

    # Websocket

    def send(self, op: Op, payload: Payload | None) -> None:
        """Give the client a JSON message, numbered if it belongs to the session."""
        message: dict[str, object] = {"op": int(op), "d": payload}
        if op in UNNUMBERED:
            self._post(json.dumps(message), op)
            return
        message["seq"] = self._next_sequence()
        self._send_numbered(op, json.dumps(message))

    def send_binary(self, op: Op, payload: bytes) -> None:
        """Give the client a binary message; all of them are numbered."""
        sequence = self._next_sequence().to_bytes(2, "big")
        self._send_numbered(op, sequence + bytes([op]) + payload)

    def acknowledge(self, sequence: int) -> None:
        """Keep nothing that the client has seen."""
        # Numbers start again at 65,536: only one that was sent and is still kept says anything.
        if sequence not in (number for number, _, _ in self._sent):
            return
        while self._sent.popleft()[0] != sequence:
            pass

    def replay(self) -> None:
        """Send again what the client has not acknowledged."""
        for _, op, message in self._sent:
            self._post(message, op)

    def _next_sequence(self) -> int:
        self._sequence = (self._sequence + 1) % SEQUENCE_MODULUS
        return self._sequence

    def _send_numbered(self, op: Op, message: Message) -> None:
        self._sent.append((self._sequence, op, message))
        self._post(message, op)

    def _post(self, message: Message, op: Op) -> None:
        if self.line is not None:
            self.line.post(message, op)

    # UDP

    def open_rtp(self, packet: bytes) -> bytes:
        """Return the payload of a packet from this client; raise BadPacketError."""
        if self._cipher is None:
            raise BadPacketError("no key yet")
        payload = self._cipher.open_rtp(packet)
        self._remember_nonce(packet[-4:])
        self.traffic.received += 1
        return payload

    def hear(self, frame: Frame) -> None:
        """Send somebody else's audio to the client, under the client's own key."""
        self._send_sealed(frame.header.encode(), frame.payload)

    def report_reception(self, reporter: int) -> None:
        """Tell a client that talks that its packets arrive."""
        if self.last_header is not None:
            self._send_sealed(*receiver_report(reporter, self.last_header))

    def _send_sealed(self, header: bytes, payload: bytes) -> None:
        if self._cipher is None or self.address is None or self.is_cut_off:
            return
        self._nonce = (self._nonce + 1) % _NONCE_MODULUS
        self.traffic.sent += 1
        self._send_datagram(self._cipher.seal(header, payload, self._nonce), self.address)

    def _remember_nonce(self, nonce: bytes) -> None:
        if nonce in self._seen_nonces:
            self.traffic.nonces_reused += 1
            return
        self._seen_nonces[nonce] = None
        if len(self._seen_nonces) > _NONCES_REMEMBERED:
            self._seen_nonces.popitem(last=False)
