"""Speech out of WAV files whose headers lie about their length."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from bot.models import AudioFormat
from bot.tts._protocol import protocol_error

if TYPE_CHECKING:
    from collections.abc import Callable

_RIFF_BYTES: Final = 12
_CHUNK: Final = struct.Struct("<4sI")
_FMT: Final = struct.Struct("<HHIIHH")
_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
# Microsoft mmreg.h: KSDATAFORMAT_SUBTYPE_PCM, which an extensible header holds at byte 24.
_PCM_SUBTYPE: Final = bytes.fromhex("0100000000001000800000aa00389b71")
_SUBTYPE_AT: Final = 24
_MAX_FMT_BYTES: Final = 1024
# Marks before the audio are a few hundred bytes; a megabyte is a broken length.
_MAX_SKIPPED_BYTES: Final = 1024 * 1024
# The provider does not patch its headers: 0, about 2 GiB and 4 GiB - 1 stand for "not known yet".
_MAX_SANE_DATA_BYTES: Final = 1024 * 1024 * 1024
# From telephones to studios: what lies outside is a broken header.
_MIN_RATE_HZ: Final = 8_000
_MAX_RATE_HZ: Final = 192_000
_FOREIGN: Final = {
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"RIFX": "big-endian WAV",
    b"RF64": "64-bit WAV",
}


class PcmExtractor:
    """Finds the samples in bytes that arrive in any slicing.

    They are either a WAV file or, where `may_be_bare` says so, samples alone. Lengths in the header
    are believed only when they are sane; what really arrives decides.

    Args:
        format_: What the samples must be; with `is_any_rate` what bare ones are.
        may_be_bare: Whether there may be no header.
        is_any_rate: Whether a header may name another rate, and two channels; `format` says which.
    """

    def __init__(
        self,
        format_: AudioFormat | None = None,
        *,
        may_be_bare: bool,
        is_any_rate: bool = False,
    ) -> None:
        self.format = format_ or AudioFormat()
        self._may_be_bare = may_be_bare
        self._is_any_rate = is_any_rate
        self._buffer = bytearray()
        self._out = bytearray()
        self._step: Callable[[], bool] = self._sniff
        self._to_skip = 0
        self._left: int | None = None
        self._has_format = False

    def feed(self, piece: bytes) -> bytes:
        """Return the whole samples that `piece` completes."""
        self._buffer += piece
        while self._step():
            pass
        return self._take_out()

    def close(self) -> bytes:
        """Return the samples still held back; raise if the header never ended."""
        if self._step == self._sniff and not self._buffer.startswith(b"RIFF"):
            self._end_short()
        if self._step not in (self._audio, self._tail):
            raise protocol_error("the audio ended inside its header")
        self._step()
        return self._take_out()

    def _end_short(self) -> None:
        if self._buffer:
            self._start_bare()
            return
        self._step = self._tail

    def _take_out(self) -> bytes:
        out, self._out = bytes(self._out), bytearray()
        return out

    def _sniff(self) -> bool:
        if len(self._buffer) < _RIFF_BYTES:
            return False
        if self._buffer[:4] != b"RIFF":
            self._start_bare()
            return True
        if self._buffer[8:12] != b"WAVE":
            raise protocol_error("the audio is a RIFF file, but not WAVE")
        del self._buffer[:_RIFF_BYTES]
        self._step = self._chunk
        return True

    def _start_bare(self) -> None:
        head = bytes(self._buffer[:_RIFF_BYTES])
        if foreign := next(
            (kind for mark, kind in _FOREIGN.items() if head.startswith(mark)), None
        ):
            raise protocol_error(f"the audio is {foreign}, not WAV")
        if _is_text(head):
            raise protocol_error("there is text where the audio should be")
        if not self._may_be_bare:
            raise protocol_error("the audio is not a WAV file")
        self._step = self._audio

    def _chunk(self) -> bool:
        if len(self._buffer) < _CHUNK.size:
            return False
        name, size = _CHUNK.unpack_from(self._buffer)
        if name == b"data":
            return self._start_data(size)
        if name == b"fmt ":
            return self._fmt(size)
        if size > _MAX_SKIPPED_BYTES:
            raise protocol_error("a chunk before the audio is too long")
        del self._buffer[: _CHUNK.size]
        self._to_skip = _padded(size)
        self._step = self._skip
        return True

    def _fmt(self, size: int) -> bool:
        if not _FMT.size <= size <= _MAX_FMT_BYTES:
            raise protocol_error("the WAV header has a format chunk of impossible length")
        end = _CHUNK.size + _padded(size)
        if len(self._buffer) < end:
            return False
        found = _format_of(bytes(self._buffer[_CHUNK.size : end]))
        if not (self._is_any_rate and _is_usable(found)) and found != self.format:
            raise protocol_error(f"the audio has {found.rate} Hz and {found.channels} channels")
        self.format = found
        self._has_format = True
        del self._buffer[:end]
        return True

    def _skip(self) -> bool:
        skipped = min(self._to_skip, len(self._buffer))
        del self._buffer[:skipped]
        self._to_skip -= skipped
        if self._to_skip:
            return False
        self._step = self._chunk
        return True

    def _start_data(self, size: int) -> bool:
        if not self._has_format:
            raise protocol_error("the WAV header does not say its format")
        del self._buffer[: _CHUNK.size]
        self._left = size if 0 < size <= _MAX_SANE_DATA_BYTES else None
        self._step = self._audio
        return True

    def _audio(self) -> bool:
        block = self.format.channels * self.format.SAMPLE_WIDTH
        there = len(self._buffer) if self._left is None else min(len(self._buffer), self._left)
        whole = there - there % block
        self._out += self._buffer[:whole]
        del self._buffer[:whole]
        if self._left is None:
            return False
        self._left -= whole
        if self._left >= block:
            return False
        self._step = self._tail
        return True

    def _tail(self) -> bool:
        self._buffer.clear()
        return False


def _is_text(head: bytes) -> bool:
    # Six samples that are all printable and start like markup or JSON are not sound.
    return head.lstrip()[:1] in (b"<", b"{", b"[") and all(
        32 <= b < 127 or b in b"\t\r\n" for b in head
    )


def _padded(size: int) -> int:
    return size + size % 2


def _format_of(chunk: bytes) -> AudioFormat:
    tag, channels, rate, _, _, bits = _FMT.unpack_from(chunk)
    is_pcm = tag == _PCM or (
        tag == _EXTENSIBLE and chunk[_SUBTYPE_AT : _SUBTYPE_AT + 16] == _PCM_SUBTYPE
    )
    if not is_pcm or bits != AudioFormat.SAMPLE_WIDTH * 8:
        raise protocol_error(f"the audio is not 16-bit PCM (format {tag}, {bits} bits)")
    return AudioFormat(rate, channels)


def _is_usable(found: AudioFormat) -> bool:
    return _MIN_RATE_HZ <= found.rate <= _MAX_RATE_HZ and found.channels in (1, 2)
