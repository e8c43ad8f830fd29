"""Measures, cuts and wraps text in a font of our own, the same on every machine."""

from __future__ import annotations

import re
import struct
import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FAMILY: Final = "Figtree"
"""An open font (SIL OFL 1.1) of 62 KiB with Latin letters, in all weights from 300 to 900."""

ELLIPSIS: Final = "…"
_ELLIPSES: Final = re.compile(r"…(\s*…)+")

# The widths in the file are those of weight 300; a sentence in weight 700 measured 3.7 % more.
_WEIGHT_ALLOWANCE: Final = 1.05

# OpenType 1.9: the tables `cmap` (subtable format 4), `head`, `hhea` and `hmtx`.
_SEGMENT_MAPPING: Final = 4
_LAST_CODE: Final = 0xFFFF
_GLYPHS: Final = 0x10000


def font_file() -> Path:
    """Return the file that every text of a picture is drawn with."""
    # Imported where it is needed: it takes 50 ms, and most starts of the bot draw nothing.
    import fontpkg  # type: ignore[import-untyped]  # has annotations, but no py.typed

    return Path(fontpkg.path(FAMILY))


def drawable(text: str) -> str:
    """Return `text` on one line, with an ellipsis for each run of what the font cannot draw."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    runs = groupby(line, key=_is_drawable)
    drawn = "".join("".join(run) if is_drawable else ELLIPSIS for is_drawable, run in runs)
    return _ELLIPSES.sub(ELLIPSIS, drawn)


def width(text: str, size: float) -> float:
    """Return how wide `text` is at most, at `size` pixels and in any weight."""
    advances = _advances()
    return sum(advances.get(character, 1.0) for character in text) * size * _WEIGHT_ALLOWANCE


def cut(text: str, size: float, limit: float) -> str:
    """Return as much of `text` as `limit` pixels hold, with an ellipsis if it is not all."""
    if width(text, size) <= limit:
        return text
    room = limit - width(ELLIPSIS, size)
    kept = len(text)
    while kept and width(text[:kept], size) > room:
        kept -= 1
    return text[:kept].rstrip(" ,.;:…") + ELLIPSIS


def wrap(text: str, size: float, limit: float, *, max_lines: int) -> list[str]:
    """Break `text` at its spaces into lines of `limit` pixels; the last line takes what is left."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if width(longer, size) <= limit or not lines[-1] or len(lines) == max_lines:
            lines[-1] = longer
        else:
            lines.append(word)
    return [cut(line, size, limit) for line in lines]


def _is_drawable(character: str) -> bool:
    return character.isprintable() and character in _advances()


@cache
def _advances() -> Mapping[str, float]:
    """Return the width of every character the font has, in ems."""
    font = font_file().read_bytes()
    tables = dict(_tables(font))
    (units_per_em,) = struct.unpack_from(">H", font, tables["head"] + 18)
    (measured,) = struct.unpack_from(">H", font, tables["hhea"] + 34)
    # Each entry is an advance and a bearing; glyphs after the last one repeat its advance.
    advances = struct.unpack_from(">" + "Hh" * measured, font, tables["hmtx"])[::2]
    return {
        character: advances[min(glyph, measured - 1)] / units_per_em
        for character, glyph in _glyphs(font, tables["cmap"])
    }


def _tables(font: bytes) -> Iterator[tuple[str, int]]:
    (count,) = struct.unpack_from(">H", font, 4)
    for entry in range(12, 12 + 16 * count, 16):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, entry)
        yield tag.decode("ascii"), offset


def _glyphs(font: bytes, cmap: int) -> Iterator[tuple[str, int]]:
    """Yield every character with its glyph."""
    table = _segment_table(font, cmap)
    (twice_count,) = struct.unpack_from(">H", font, table + 6)
    ends_at, starts_at = table + 14, table + 16 + twice_count
    for segment in range(0, twice_count, 2):
        (end,) = struct.unpack_from(">H", font, ends_at + segment)
        (start,) = struct.unpack_from(">H", font, starts_at + segment)
        for code in range(start, min(end + 1, _LAST_CODE)):
            if glyph := _glyph(font, starts_at + segment, twice_count, code - start):
                yield chr(code), glyph


def _glyph(font: bytes, start_at: int, stride: int, nth: int) -> int:
    """Return the glyph of the `nth` character of a segment, 0 if it has none.

    `start_at` is where the segment's first character is stored; what is to be added to it and
    where its list of glyphs lies, if it has one, follow at the same place of the next two columns.
    """
    (start,) = struct.unpack_from(">H", font, start_at)
    (delta,) = struct.unpack_from(">H", font, start_at + stride)
    (offset,) = struct.unpack_from(">H", font, start_at + 2 * stride)
    if not offset:
        return int(start + nth + delta) % _GLYPHS
    (listed,) = struct.unpack_from(">H", font, start_at + 2 * stride + offset + 2 * nth)
    return int(listed + delta) % _GLYPHS if listed else 0


def _segment_table(font: bytes, cmap: int) -> int:
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for entry in range(cmap + 4, cmap + 4 + 8 * count, 8):
        offset: int = struct.unpack_from(">HHL", font, entry)[2]
        (layout,) = struct.unpack_from(">H", font, cmap + offset)
        if layout == _SEGMENT_MAPPING:
            return cmap + offset
    raise ValueError(f"{FAMILY} has no character table of format {_SEGMENT_MAPPING}")
