"""What one guild hears next, packet by packet; runs on the pacer's thread."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from bot.audio.clip import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.audio.clip import Clip
    from bot.voice.pacer import Track

OPUS_SILENCE: Final = b"\xf8\xff\xfe"
SILENCE_FRAMES: Final = 5
"""Before a pause, or the decoders go on with the last sound (Discord voice documentation)."""

_LONG_QUIET: Final = sys.maxsize
_WHOLE_PIECE: Final = sys.maxsize


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
        """Nothing more is sent for now: all is said, or it is paused."""


class Clock(Protocol):
    """What ticks the playback: the pacer."""

    def add(self, track: Track) -> None:
        """Tick `track` from now on until its `tick` returns False."""


@dataclass(eq=False, slots=True)
class Piece:
    """A clip on its way through the playback."""

    clip: Clip
    lead_in_frames: int = 0
    """The pause wanted between what was said before and this, in frames of 20 ms."""
    position: int = field(default=0, init=False)
    """How many of its packets a connected and encrypted session took."""
    is_started: bool = field(default=False, init=False)
    is_cut: bool = field(default=False, init=False)
    """Set to end the piece at the next tick; where none is to come, `Playback.wake` brings one."""
    ending: deque[bytes] = field(default_factory=deque, init=False)
    """What is still to be sent of a piece that is faded out."""


class Playback:
    """Sends the pieces it is fed, one packet per tick, without a gap between them.

    A packet the sink does not take is tried again at the next tick. While the call is unsettled,
    and during a pause, speech is held where it is and the playback leaves the clock; `wake` brings
    it back. An underrun is silence: five frames of it, then nothing until the clip has grown.

    `tick` and `abort` belong to the pacer's thread, everything else to the loop's.
    """

    def __init__(
        self,
        sink: Sink,
        listener: Listener,
        pacer: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._listener = listener
        self._pacer = pacer
        self._monotonic = monotonic
        self._pieces: deque[Piece] = deque()
        self._quiet_frames = _LONG_QUIET  # since the last packet of speech
        self._stopped_at = 0.0
        self._frames_to_rewind = 0
        self._is_paused = False
        self._is_ticking = False
        self._is_woken = False
        self._is_closed = False
        # Guards the step from ticking to not ticking against whoever wants a tick at that moment.
        self._lock = threading.Lock()

    @property
    def is_speaking(self) -> bool:
        """Whether packets leave, the trailing silence included; not while speech is held."""
        return self._is_ticking

    @property
    def is_paused(self) -> bool:
        """Whether speech is held because somebody wants it so."""
        return self._is_paused

    def feed(self, piece: Piece) -> None:
        """Say `piece` after all that was fed before."""
        with self._lock:
            self._pieces.append(piece)
        self.wake()

    def wake(self) -> None:
        """Look again whether speech can go on: the call has changed, or a piece was cut."""
        with self._lock:
            if self._is_ticking:
                self._is_woken = True
                return
            if self._is_closed or not self._pieces:
                return
            self._is_ticking = True
            self._quiet_frames += int((self._monotonic() - self._stopped_at) * 1000 / FRAME_MS)
        self._pacer.add(self)

    def pause(self) -> None:
        """Hold speech from the next tick on, behind five frames of silence."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on with the packet after the last one that was sent."""
        self._is_paused = False
        self.wake()

    def rewind(self, frames: int) -> None:
        """Say the last `frames` of the current piece again, as far as it has begun."""
        with self._lock:
            self._frames_to_rewind += frames
            if not self._is_ticking:
                self._rewind_now()

    def restart(self) -> None:
        """Say the current piece again from its beginning."""
        self.rewind(_WHOLE_PIECE)

    def fade(self, piece: Piece, packets: Iterable[bytes]) -> None:
        """Cut `piece`, with `packets` in the place of what is left if it sounds at this moment."""
        piece.ending.extend(packets)
        piece.is_cut = True
        self.wake()

    def close(self) -> None:
        """Send nothing more, not even silence."""
        self._is_closed = True

    def abort(self) -> None:
        """Give up what is being said, so that what comes next can be."""
        with self._lock:
            self._stop()
            pieces = list(self._pieces)
            self._pieces.clear()
        for piece in pieces:
            self._listener.on_piece_finished(piece)

    def tick(self) -> bool:
        """Send one packet, or silence; return whether there is more to come."""
        if self._is_closed:
            return self._leave_clock()
        if self._frames_to_rewind:
            with self._lock:
                self._rewind_now()
        is_held = self._is_paused or not self._sink.is_settled
        piece = self._current(is_held=is_held)
        if piece is None:
            return self._trail_off()
        if is_held:
            return self._hold()
        self._send(piece)
        return True

    def _current(self, *, is_held: bool) -> Piece | None:
        """Drop what is over; return what is not."""
        pieces = self._pieces
        while pieces:
            piece = pieces[0]
            if piece.is_cut:
                if piece.ending and piece.is_started and not is_held:
                    return piece
            # `is_closed` is read first: it is set after the last packet, so the length read next
            # is final. Held speech may still be rewound, so its end is not the end.
            elif is_held or not piece.clip.is_closed or piece.position < len(piece.clip.packets):
                return piece
            self._listener.on_piece_finished(pieces.popleft())
        return None

    def _send(self, piece: Piece) -> None:
        if piece.is_cut:
            self._send_ending(piece)
            return
        position, packets = piece.position, piece.clip.packets
        if position >= len(packets) or (not position and self._quiet_frames < piece.lead_in_frames):
            self._send_silence()
            return
        if not self._sink.send_opus(packets[position]):
            self._quiet_frames += 1
            return
        self._quiet_frames = 0
        piece.position = position + 1
        if not piece.is_started:
            piece.is_started = True
            self._listener.on_piece_started(piece)

    def _send_ending(self, piece: Piece) -> None:
        # A piece may be cut between the look at it and now, without an ending.
        if piece.ending:
            self._quiet_frames = 0
            self._sink.send_opus(piece.ending.popleft())

    def _send_silence(self) -> bool:
        self._quiet_frames += 1
        if self._quiet_frames > SILENCE_FRAMES:
            return False
        self._sink.send_opus(OPUS_SILENCE)
        return True

    def _hold(self) -> bool:
        if not self._is_paused:
            return self._leave_clock()
        if self._sink.is_settled and self._send_silence():
            return True
        if self._leave_clock():
            return True
        self._listener.on_silent()
        return False

    def _trail_off(self) -> bool:
        if self._send_silence():
            return True
        with self._lock:
            if self._pieces:
                return True
            self._stop()
        self._listener.on_silent()
        return False

    def _leave_clock(self) -> bool:
        """Stop ticking, unless woken since the last time; return whether it goes on."""
        with self._lock:
            if self._is_woken and not self._is_closed:
                self._is_woken = False
                return True
            self._stop()
        return False

    def _stop(self) -> None:
        self._is_ticking = self._is_woken = False
        self._stopped_at = self._monotonic()

    def _rewind_now(self) -> None:
        frames, self._frames_to_rewind = self._frames_to_rewind, 0
        if self._pieces:
            piece = self._pieces[0]
            piece.position = max(piece.position - frames, 0)
