"""WAV files the way the service writes them: with lengths that are not true."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

from bot.models import AudioFormat

_FORMAT = AudioFormat()
_PCM, _EXTENSIBLE, _FLOAT = 0x0001, 0xFFFE, 0x0003
_BITS = 16
_PCM_SUBFORMAT = bytes.fromhex("0100000000001000800000aa00389b71")
_FRONT_CENTER = 0x4
_UINT32_MAX = 0xFFFFFFFF


class WavSizes(Enum):
    """What the two length fields of a header say."""

    STREAMED = "streamed"
    """INT_MAX - 64 and 36 less, as in the files of the service."""
    TRUE = "true"
    ZERO = "zero"
    INT_MAX = "int max"
    UINT_MAX = "uint max"


@dataclass(frozen=True, slots=True)
class WavShape:
    """How a header is written.

    Args:
        sizes: What the length fields say.
        extra_chunk: Put a chunk of this payload before the audio; odd lengths are padded.
        trailing_chunk: Put a chunk of this payload behind the audio.
        is_extensible: Write WAVE_FORMAT_EXTENSIBLE instead of plain PCM.
        is_float: Claim 32-bit float samples, which no reader of this service expects.
        rate_hz, channels: What the format chunk claims.
    """

    sizes: WavSizes = WavSizes.STREAMED
    extra_chunk: bytes | None = None
    trailing_chunk: bytes | None = None
    is_extensible: bool = False
    is_float: bool = False
    rate_hz: int = _FORMAT.rate
    channels: int = _FORMAT.channels

    def header(self, pcm_bytes: int = 0) -> bytes:
        """Return everything before the audio; `pcm_bytes` matters to `WavSizes.TRUE` only."""
        chunks = b"WAVE" + _chunk(b"fmt ", self._format())
        if self.extra_chunk is not None:
            chunks += _chunk(b"LIST", self.extra_chunk)
        riff_size, data_size = self._sizes(len(chunks), pcm_bytes)
        riff = b"RIFF" + struct.pack("<I", riff_size)
        return riff + chunks + b"data" + struct.pack("<I", data_size)

    def file(self, pcm: bytes) -> bytes:
        """Return a whole WAV file."""
        trailer = b"" if self.trailing_chunk is None else _chunk(b"LIST", self.trailing_chunk)
        return self.header(len(pcm)) + pcm + b"\0" * (len(pcm) % 2) + trailer

    def _sizes(self, header_bytes: int, pcm_bytes: int) -> tuple[int, int]:
        if self.sizes is WavSizes.STREAMED:
            return 0x7FFFFFBF, 0x7FFFFF9B
        if self.sizes is WavSizes.TRUE:
            return header_bytes + 8 + pcm_bytes, pcm_bytes
        claim = {WavSizes.ZERO: 0, WavSizes.INT_MAX: 0x7FFFFFFF}.get(self.sizes, _UINT32_MAX)
        return claim, claim

    def _format(self) -> bytes:
        bits = 32 if self.is_float else _BITS
        block = self.channels * bits // 8
        tag = _FLOAT if self.is_float else _EXTENSIBLE if self.is_extensible else _PCM
        plain = struct.pack(
            "<HHIIHH", tag, self.channels, self.rate_hz, self.rate_hz * block, block, bits
        )
        if not self.is_extensible:
            return plain
        return plain + struct.pack("<HHI", 22, bits, _FRONT_CENTER) + _PCM_SUBFORMAT


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
