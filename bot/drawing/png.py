"""Turns SVG into PNG, the same on every machine."""

from __future__ import annotations

import resvg_py

from bot.drawing.text import font_file


def render(svg: str, *, scale: int) -> bytes:
    """Return `svg` as a PNG with `scale` pixels for each of its own.

    Takes up to a second: keep it off the loop.
    """
    # Without the system's fonts the picture is the same on every machine, even on one with none.
    png: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, zoom=scale, font_files=[str(font_file())], skip_system_fonts=True
    )
    return png
