"""Decompression that never makes much out of little at once."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from bot.tts._protocol import protocol_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE_BYTES: Final = 64 * 1024
_ANY_HEADER: Final = zlib.MAX_WBITS | 32  # gzip or zlib, by what is there


class Inflater:
    """Undoes a content encoding in bounded pieces, so that the reader can stop at its cap.

    We ask for none; a proxy on the way may add one all the same.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise protocol_error("the answer has a content encoding nobody asked for")
        is_plain = name in ("", "identity")
        self._inner = None if is_plain else zlib.decompressobj(_ANY_HEADER)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Yield what `raw` decompresses to."""
        if self._inner is None:
            yield raw
            return
        is_full = True
        while raw or is_full:
            piece = self._inflated(raw)
            if piece:
                yield piece
            is_full = len(piece) == _PIECE_BYTES
            raw = self._inner.unconsumed_tail

    def _inflated(self, raw: bytes) -> bytes:
        assert self._inner is not None  # noqa: S101 - `feed` has looked
        try:
            return self._inner.decompress(raw, _PIECE_BYTES)
        except zlib.error:
            raise protocol_error("the answer is not compressed as it says") from None
