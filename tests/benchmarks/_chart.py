"""Draws all figures on one scale: how far each lies from its target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bot.audio import files
from bot.drawing import png
from bot.drawing.svg import (
    BAND,
    BOLD,
    CARD,
    FADED,
    HAIRLINE,
    INK,
    MEDIUM,
    Canvas,
)
from bot.drawing.text import cut, drawable, width
from tests.benchmarks._figures import Figure, amount

SCALE = 2
WIDTH = 960.0
EDGE = 40.0
NAMES_PX = 330.0
VALUES_PX = 96.0
LEFT, RIGHT = EDGE + NAMES_PX, WIDTH - EDGE - VALUES_PX
ROW_PX = 34.0
BAR_PX = 9.0
TEXT_PX = 13.0
SMALL_PX = 11.5
TITLE_PX = 24.0
HEAD_PX = 112.0

OURS = "#e0701a"
USUAL = "#a39a90"
MISSED = "#b3261e"

LEAST, MOST = 0.001, 1_000.0
"""The ends of the scale, as shares of the target; what lies beyond is drawn at the end."""


def draw(file: Path, figures: Sequence[Figure]) -> None:
    """Write the chart as a PNG."""
    files.write(file, png.render(compose(figures), scale=SCALE))


def compose(figures: Sequence[Figure]) -> str:
    """Return the chart as SVG."""
    height = HEAD_PX + ROW_PX * len(figures) + EDGE
    canvas = Canvas()
    canvas.rect(0, 0, WIDTH, height, fill=CARD)
    _draw_head(canvas)
    bottom = HEAD_PX + ROW_PX * len(figures)
    _draw_scale(canvas, bottom)
    for number, figure in enumerate(figures):
        _draw_row(canvas, figure, HEAD_PX + number * ROW_PX)
    canvas.line((_x(1.0), HEAD_PX - 8), (_x(1.0), bottom), stroke=INK, width=1.5)
    return canvas.to_svg(WIDTH, height)


def _draw_head(canvas: Canvas) -> None:
    canvas.text(EDGE, EDGE + 14, "Voice: how far from the target", size=TITLE_PX, weight=BOLD)
    line = "Each bar is a measured number divided by its target, on a logarithmic scale: left of"
    canvas.text(EDGE, EDGE + 36, f"{line} the black line is better.", size=TEXT_PX, fill=FADED)
    x = RIGHT - 240
    for name, colour in (("ours", OURS), ("ours, missed", MISSED), ("the usual way", USUAL)):
        canvas.rect(x, EDGE + 3, 12, BAR_PX, fill=colour, radius=2)
        canvas.text(x + 18, EDGE + 12, name, size=TEXT_PX)
        x += 36 + width(name, TEXT_PX)


def _draw_scale(canvas: Canvas, bottom: float) -> None:
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        share = 10.0**power
        canvas.line((_x(share), HEAD_PX - 8), (_x(share), bottom), stroke=HAIRLINE)
        name = "target" if share == 1 else f"{share:g} x"
        weight = BOLD if share == 1 else MEDIUM
        canvas.text(
            _x(share), bottom + 18, name, size=SMALL_PX, weight=weight, fill=FADED, anchor="middle"
        )


def _draw_row(canvas: Canvas, figure: Figure, top: float) -> None:
    middle = top + ROW_PX / 2
    canvas.rect(EDGE - 8, top + 2, WIDTH - 2 * EDGE + 16, ROW_PX - 4, fill=BAND, radius=4)
    canvas.text(EDGE, middle + 4.5, figure.id, size=TEXT_PX, weight=BOLD)
    name = cut(drawable(figure.what), SMALL_PX, NAMES_PX - 44)
    canvas.text(EDGE + 34, middle + 4.5, name, size=SMALL_PX)
    colour = OURS if figure.is_met else MISSED
    values = [(figure.ours, colour, middle - BAR_PX - 1)]
    if figure.usual is not None:
        values.append((figure.usual, USUAL, middle + 1))
    for value, fill, y in values:
        end = _x(_share(value, figure.target))
        canvas.rect(LEFT, y, max(end - LEFT, 1.5), BAR_PX, fill=fill, radius=2)
        baseline = y + BAR_PX - 0.5
        canvas.text(RIGHT + 12, baseline, amount(value, figure.unit), size=SMALL_PX, fill=INK)


def _share(value: float, target: float) -> float:
    if target:
        return value / target
    return MOST if value else LEAST


def _x(share: float) -> float:
    bounded = min(max(share, LEAST), MOST)
    ends = math.log10(LEAST), math.log10(MOST)
    return LEFT + (RIGHT - LEFT) * (math.log10(bounded) - ends[0]) / (ends[1] - ends[0])
