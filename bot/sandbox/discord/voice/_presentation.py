"""The presentation language of MLS: big-endian integers and vectors with a variable-size length."""

from __future__ import annotations

# RFC 9420, section 2.1.2: the two highest bits of a length say how many bytes it has.
_ONE_BYTE_LIMIT = 1 << 6
_TWO_BYTE_LIMIT = 1 << 14
_FOUR_BYTE_LIMIT = 1 << 30


class MalformedMessageError(ValueError):
    """The bytes are not what MLS says they should be."""


def uint(value: int, size: int) -> bytes:
    """Encode an unsigned integer of `size` bytes."""
    return value.to_bytes(size, "big")


def vector(content: bytes) -> bytes:
    """Encode `content` behind its length."""
    length = len(content)
    if length < _ONE_BYTE_LIMIT:
        return uint(length, 1) + content
    if length < _TWO_BYTE_LIMIT:
        return uint(length | 1 << 14, 2) + content
    if length < _FOUR_BYTE_LIMIT:
        return uint(length | 2 << 30, 4) + content
    raise MalformedMessageError("a vector is longer than MLS allows")


class Reader:
    """Reads values one after the other; raises MalformedMessageError where they end too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.position = 0

    @property
    def is_at_end(self) -> bool:
        """Whether everything has been read."""
        return self.position == len(self._content)

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        end = self.position + size
        if end > len(self._content):
            raise MalformedMessageError("a message ends in the middle of a value")
        taken, self.position = self._content[self.position : end], end
        return taken

    def uint(self, size: int) -> int:
        """Read an unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def vector(self) -> bytes:
        """Read a vector and return what is in it."""
        first = self.uint(1)
        more = (0, 1, 3, None)[first >> 6]
        if more is None:
            raise MalformedMessageError("a vector's length has the reserved prefix")
        length = (first & 0x3F) << 8 * more | self.uint(more)
        return self.take(length)

    def expect(self, value: int, size: int, what: str) -> None:
        """Read an unsigned integer that must be `value`."""
        found = self.uint(size)
        if found != value:
            raise MalformedMessageError(f"{what} is {found}, not {value}")

    def since(self, position: int) -> bytes:
        """Return what was read from `position` up to here."""
        return self._content[position : self.position]

    def rest(self) -> bytes:
        """Read everything that is left."""
        return self.take(len(self._content) - self.position)
