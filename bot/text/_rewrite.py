"""Put other words in some places of a text, without making one word of two."""

from __future__ import annotations

from typing import Final

from bot.text._fold import clusters, kind_of

_EDGE: Final = 8
"""How many code points of a text are looked at for its first or last character."""


class Rewriter:
    """Writes a text anew, from left to right, with other words in some places.

    Args:
        text: What there is.
        most: How many characters the result may have.
    """

    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._most = most
        self._written: list[str] = []
        self._length = 0
        self._tail = ""
        self._at = 0
        """How far the text is written."""

    def replace(self, start: int, end: int, spoken: str) -> bool:
        """Put `spoken` in place of a part of the text; return whether there was room for it."""
        rest = len(self._text) - end
        if self._length + start - self._at + len(spoken) + rest > self._most:
            return False
        ahead = self._gap(start)
        space = " " if _touch(self._tail + ahead, spoken) else ""
        written = ahead + space + spoken
        must_part = self._must_part(self._tail + written, end)
        if self._length + len(written) + must_part + rest > self._most:
            return False
        self._write(written)
        self._at = end
        return True

    def finish(self) -> str:
        """Return all of it."""
        self._write(self._gap(len(self._text)))
        return "".join(self._written)

    def _write(self, text: str) -> None:
        self._written.append(text)
        self._length += len(text)
        self._tail = (self._tail + text)[-_EDGE:]

    def _gap(self, until: int) -> str:
        """Return what is still to be written before `until`, apart from what is said before it."""
        gap = self._text[self._at : until]
        return f" {gap}" if gap and self._must_part(self._tail, self._at) else gap

    def _must_part(self, tail: str, place: int) -> bool:
        """Return whether what is at `place` would run into `tail`, and did not before."""
        follows = self._text[place : place + _EDGE]
        before = self._text[max(0, place - _EDGE) : place]
        return _touch(tail, follows) and not _touch(before, follows)


def _touch(left: str, right: str) -> bool:
    """Return whether the last letter of `left` and the first of `right` would be one word."""
    if not left or not right[:1].isalnum():
        return False
    kind = kind_of(clusters(right[:_EDGE])[0])
    return bool(kind) and kind is kind_of(clusters(left[-_EDGE:])[-1])
