"""The gateway's transport compressions."""

from __future__ import annotations

import importlib
import zlib
from abc import ABC, abstractmethod
from typing import Any

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# RFC 8878: no content size, no checksum, no dictionary; then a window of 128 KiB.
ZSTD_FRAME_HEADER = b"\x00\x38"
ZSTD_BLOCK_BYTES = 128 * 1024


class Compressor(ABC):
    """One stream over the life of a connection; each message ends with a flush."""

    @abstractmethod
    def compress(self, text: str) -> str | bytes:
        """Return what goes over the wire for one message."""


class Plain(Compressor):
    """No transport compression; after IDENTIFY single payloads may still be packed."""

    # Small payloads grow when compressed.
    PAYLOAD_THRESHOLD_BYTES = 512

    def __init__(self) -> None:
        self.packs_payloads = False

    def compress(self, text: str) -> str | bytes:
        """Return the text itself, or zlib of it when the client asked and it is worth it."""
        if self.packs_payloads and len(text) >= self.PAYLOAD_THRESHOLD_BYTES:
            return zlib.compress(text.encode())
        return text


class ZlibStream(Compressor):
    """`zlib-stream`: one zlib context, a sync flush after each message."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def compress(self, text: str) -> bytes:
        """Return the next part of the stream; it ends with 00 00 FF FF."""
        return self._context.compress(text.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream(Compressor):
    """`zstd-stream`: one Zstandard frame, a block flush after each message."""

    def __init__(self, zstandard: Any) -> None:
        self._context = zstandard.ZstdCompressor().compressobj()
        self._flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def compress(self, text: str) -> bytes:
        """Return the next part of the frame."""
        head: bytes = self._context.compress(text.encode())
        tail: bytes = self._context.flush(self._flush_block)
        return head + tail


class StoredZstdStream(Compressor):
    """`zstd-stream` without the `zstandard` package: valid frames of uncompressed blocks."""

    def __init__(self) -> None:
        self._header = ZSTD_MAGIC + ZSTD_FRAME_HEADER

    def compress(self, text: str) -> bytes:
        """Return the next raw blocks of the frame."""
        parts, content = [self._header], text.encode()
        self._header = b""
        for start in range(0, len(content), ZSTD_BLOCK_BYTES):
            block = content[start : start + ZSTD_BLOCK_BYTES]
            parts += [(len(block) << 3).to_bytes(3, "little"), block]
        return b"".join(parts)


def compressor_for(name: str | None) -> Compressor | None:
    """Return a fresh compressor for the `compress` parameter, or None for an unknown one."""
    if not name:
        return Plain()
    if name == "zlib-stream":
        return ZlibStream()
    return _zstd() if name == "zstd-stream" else None


def _zstd() -> Compressor:
    try:
        return ZstdStream(importlib.import_module("zstandard"))
    except ModuleNotFoundError:
        return StoredZstdStream()
