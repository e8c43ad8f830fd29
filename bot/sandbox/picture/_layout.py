"""Lays out the picture of a scene and writes it as a PNG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from bot.audio import files
from bot.drawing import png
from bot.drawing.svg import BOLD, CARD, FADED, HAIRLINE, Canvas
from bot.drawing.text import cut, drawable, width, wrap
from bot.sandbox.picture._chart import TONES, draw_chart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.sandbox.picture.scene import Moment, Sound

SCALE: Final = 2
"""Pixels of the PNG for each pixel of the layout."""

LAYOUT_PX: Final = 960
WIDTH_PX: Final = LAYOUT_PX * SCALE

EDGE_PX: Final = 44.0
CARD_CORNER_PX: Final = 18.0
LEFT: Final = EDGE_PX
RIGHT: Final = LAYOUT_PX - EDGE_PX

MARK_PX: Final = 44.0
MARK_BARS: Final = (0.3, 0.62, 0.95, 0.5, 0.74, 0.3)
TITLE_PX: Final = 27.0
SUBTITLE_PX: Final = 15.0

FIGURES_A_ROW: Final = 5
VALUE_PX: Final = 25.0
NAME_PX: Final = 13.0
NAME_LINE_PX: Final = 16.5
GAP_PX: Final = 14.0


def draw(
    file: Path,
    *,
    title: str,
    subtitle: str,
    sounds: Sequence[Sound],
    moments: Sequence[Moment],
    figures: Sequence[tuple[str, str]],
) -> None:
    """Write the picture as a PNG, `WIDTH_PX` wide and as high as its contents need.

    Takes up to a second: keep it off the loop.
    """
    svg = compose(title=title, subtitle=subtitle, sounds=sounds, moments=moments, figures=figures)
    files.write(file, png.render(svg, scale=SCALE))


def compose(
    *,
    title: str,
    subtitle: str,
    sounds: Sequence[Sound],
    moments: Sequence[Moment],
    figures: Sequence[tuple[str, str]],
) -> str:
    """Return the picture as SVG."""
    canvas = Canvas()
    card = canvas.add("rect", x=0.5, y=0.5, rx=CARD_CORNER_PX, fill=CARD, stroke=HAIRLINE)
    bottom = _draw_head(canvas, title, subtitle)
    bottom = _draw_figures(canvas, figures, bottom)
    bottom = draw_chart(canvas, sounds, moments, left=LEFT, right=RIGHT, top=bottom)
    height = round(bottom + EDGE_PX / 2)
    card.set("width", f"{LAYOUT_PX - 1}")
    card.set("height", f"{height - 1}")
    return canvas.to_svg(LAYOUT_PX, height)


def _draw_head(canvas: Canvas, title: str, subtitle: str) -> float:
    _draw_mark(canvas, LEFT, EDGE_PX - 4)
    start = LEFT + MARK_PX + 16
    room = RIGHT - start
    line = cut(drawable(title), TITLE_PX, room)
    canvas.text(start, EDGE_PX + 16, line, size=TITLE_PX, weight=BOLD)
    line = cut(drawable(subtitle), SUBTITLE_PX, room)
    canvas.text(start, EDGE_PX + 38, line, size=SUBTITLE_PX, fill=FADED)
    return EDGE_PX + MARK_PX + 28


def _draw_mark(canvas: Canvas, left: float, top: float) -> None:
    """Draw the bird's voice: a few bars on its orange."""
    canvas.rect(left, top, MARK_PX, MARK_PX, fill=TONES[0].rms, radius=12)
    for nth, share in enumerate(MARK_BARS):
        height = share * MARK_PX * 0.6
        x = left + 8.5 + nth * 4.8
        canvas.rect(x, top + (MARK_PX - height) / 2, 3, height, fill=CARD, radius=1.5)


def _draw_figures(canvas: Canvas, figures: Sequence[tuple[str, str]], top: float) -> float:
    if not figures:
        return top
    rows = math.ceil(len(figures) / FIGURES_A_ROW)
    in_row = math.ceil(len(figures) / rows)
    for first in range(0, len(figures), in_row):
        column = (RIGHT - LEFT) / in_row
        top = _draw_row(canvas, figures[first : first + in_row], column, top)
    return top


def _draw_row(
    canvas: Canvas, figures: Sequence[tuple[str, str]], column: float, top: float
) -> float:
    room = column - 2 * GAP_PX
    lines = [wrap(drawable(name), NAME_PX, room, max_lines=2) for name, _ in figures]
    height = VALUE_PX + 8 + NAME_LINE_PX * max(map(len, lines))
    for nth, (_, value) in enumerate(figures):
        x = LEFT + nth * column
        if nth:
            canvas.line((x - GAP_PX, top), (x - GAP_PX, top + height), stroke=HAIRLINE)
        _draw_value(canvas, x, top + VALUE_PX * 0.8, value, room)
        for row, line in enumerate(lines[nth]):
            baseline = top + VALUE_PX + 14 + row * NAME_LINE_PX
            canvas.text(x, baseline, line, size=NAME_PX, fill=FADED)
    return top + height + 26


def _draw_value(canvas: Canvas, x: float, baseline: float, value: str, room: float) -> None:
    """Write a figure, smaller if it does not fit, and cut only when it would be unreadable."""
    words = drawable(value)
    size = max(NAME_PX, min(VALUE_PX, VALUE_PX * room / max(width(words, VALUE_PX), 1.0)))
    canvas.text(x, baseline, cut(words, size, room), size=size, weight=BOLD)
