"""What a kept clip looks like as a file: a header with its length, a seal over all, the packets."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.tts.cached import OWNER_BYTES, KeptClip

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER: Final = struct.Struct(f"<4sd{OWNER_BYTES}s{OWNER_BYTES}sI")
_MAGIC: Final = b"OCL1"
_SEAL_BYTES: Final = 32
_LENGTH_BYTES: Final = 2  # an Opus packet has 1,275 bytes at most (RFC 6716, 3.4)

HEADER_BYTES: Final = _HEADER.size


class DamagedClipError(ValueError):
    """This is not what was written under that name."""


@dataclass(frozen=True, slots=True)
class ClipHeader:
    """What can be told of a clip without reading all of it, and without trusting it yet."""

    made_at: float
    owners: tuple[bytes, ...]
    file_bytes: int


def pack(key: bytes, name: bytes, clip: KeptClip) -> bytes:
    """Return the content of the file; only `key` can seal it, and for this name only."""
    body = b"".join(
        len(packet).to_bytes(_LENGTH_BYTES, "little") + packet for packet in clip.packets
    )
    header = _HEADER.pack(_MAGIC, clip.made_at, *clip.owners, len(body))
    return header + _seal(key, name, header, body) + body


def read_header(head: bytes) -> ClipHeader:
    """Return what the first `HEADER_BYTES` say.

    Raises:
        DamagedClipError: They are none of ours.
    """
    try:
        magic, made_at, guild, member, body_bytes = _HEADER.unpack(head)
    except struct.error:
        raise DamagedClipError("it is too short") from None
    if magic != _MAGIC:
        raise DamagedClipError("it is of another kind")
    return ClipHeader(made_at, (guild, member), HEADER_BYTES + _SEAL_BYTES + body_bytes)


def unpack(key: bytes, name: bytes, content: bytes) -> KeptClip:
    """Return the clip in a file.

    Raises:
        DamagedClipError: Its length or its seal is wrong.
    """
    head = content[:HEADER_BYTES]
    header = read_header(head)
    if header.file_bytes != len(content):
        raise DamagedClipError("its length is wrong")
    seal, body = content[HEADER_BYTES:][:_SEAL_BYTES], content[HEADER_BYTES + _SEAL_BYTES :]
    if not hmac.compare_digest(seal, _seal(key, name, head, body)):
        raise DamagedClipError("its seal is broken")
    return KeptClip(list(_packets(body)), header.made_at, header.owners)


def _packets(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(body[start - _LENGTH_BYTES : start], "little")
        yield body[start:position]


def _seal(key: bytes, name: bytes, header: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"".join((b"clip", name, header, body)), "sha256")
