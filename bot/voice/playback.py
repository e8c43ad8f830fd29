"""What one guild hears next, packet by packet; runs on the pacer's thread."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from bot.audio.clip import FRAME_MS

if TYPE_CHECKING:
    from bot.audio.clip import Clip
    from bot.voice.pacer import Pacer

OPUS_SILENCE: Final = b"\xf8\xff\xfe"
SILENCE_FRAMES: Final = 5
"""Before a pause, or the decoders go on with the last sound (Discord voice documentation)."""

MAX_HOLD_FRAMES: Final = 3_000 // FRAME_MS
"""How long speech waits for a call to be encrypted: a bot alone in a channel never is."""


class Sink(Protocol):
    """Where packets go."""

    @property
    def is_settled(self) -> bool:
        """Whether everyone in the call can hear what is sent now."""

    def send_opus(self, packet: bytes) -> bool:
        """Send 20 ms; return whether a connected and encrypted session took it."""


class Listener(Protocol):
    """Who is told, on the pacer's thread, how it goes."""

    def on_piece_started(self, piece: Piece) -> None:
        """The first packet of `piece` has left."""

    def on_piece_finished(self, piece: Piece) -> None:
        """Nothing more of `piece` will be sent."""

    def on_silent(self) -> None:
        """Nothing more is to be said for now."""


@dataclass(eq=False)
class Piece:
    """A clip on its way through the playback."""

    clip: Clip
    frames_due: int = field(default=0, init=False)
    """How many packets had their turn."""
    frames_sent: int = field(default=0, init=False)
    """How many of them a connected and encrypted session took."""
    is_cut: bool = field(default=False, init=False)


class Playback:
    """Sends the pieces it is fed, one packet per tick, without a gap between them.

    An underrun is silence: five frames of it, then nothing until the clip has grown. While the call
    is being set up again, speech is held where it is, for `MAX_HOLD_FRAMES` at most.
    """

    def __init__(self, sink: Sink, listener: Listener, pacer: Pacer) -> None:
        self._sink = sink
        self._listener = listener
        self._pacer = pacer
        self._pieces: deque[Piece] = deque()
        self._silences = 0
        self._held = 0
        self._is_ticking = False
        self._is_closed = False
        # Guards the step from "nothing left" to "not ticking" against a feed at the same moment.
        self._lock = threading.Lock()

    @property
    def is_speaking(self) -> bool:
        """Whether there is anything to send, the trailing silence included."""
        return self._is_ticking

    def feed(self, piece: Piece) -> None:
        """Say `piece` after all that was fed before."""
        with self._lock:
            self._pieces.append(piece)
            if self._is_ticking:
                return
            self._is_ticking = True
            self._silences = 0
        self._pacer.add(self)

    def close(self) -> None:
        """Send nothing more, not even silence."""
        self._is_closed = True

    def abort(self) -> None:
        """Give up what is being said, so that what comes next can be."""
        with self._lock:
            self._is_ticking = False
            pieces, self._pieces = self._pieces, deque()
        for piece in pieces:
            self._listener.on_piece_finished(piece)

    def tick(self) -> bool:
        """Send one packet, or silence, or hold; return whether there is more to come."""
        if self._is_closed:
            return self._stop()
        self._drop_finished()
        if not self._pieces:
            return self._trail_off()
        if self._must_hold():
            return True
        self._send(self._pieces[0])
        return True

    def _drop_finished(self) -> None:
        while self._pieces and _is_over(self._pieces[0]):
            self._listener.on_piece_finished(self._pieces.popleft())

    def _must_hold(self) -> bool:
        if self._sink.is_settled:
            self._held = 0
            return False
        self._held += 1
        return self._held <= MAX_HOLD_FRAMES

    def _send(self, piece: Piece) -> None:
        if piece.frames_due >= len(piece.clip.packets):
            self._send_silence()
            return
        self._silences = 0
        piece.frames_sent += self._sink.send_opus(piece.clip.packets[piece.frames_due])
        piece.frames_due += 1
        if piece.frames_due == 1:
            self._listener.on_piece_started(piece)

    def _send_silence(self) -> bool:
        if self._silences >= SILENCE_FRAMES:
            return False
        self._silences += 1
        self._sink.send_opus(OPUS_SILENCE)
        return True

    def _trail_off(self) -> bool:
        if self._send_silence():
            return True
        with self._lock:
            if self._pieces:
                return True
            self._is_ticking = False
        self._listener.on_silent()
        return False

    def _stop(self) -> bool:
        with self._lock:
            self._is_ticking = False
        return False


def _is_over(piece: Piece) -> bool:
    # `is_closed` is read first: it is set after the last packet, so the length read next is final.
    return piece.is_cut or (piece.clip.is_closed and piece.frames_due >= len(piece.clip.packets))
