"""The chart of what a server used: one bar a day, spoken below and saved above."""

from __future__ import annotations

import math

from bot.drawing import png
from bot.drawing.svg import BOLD, CARD, FADED, HAIRLINE, INK, MEDIUM, Canvas
from bot.drawing.text import drawable, width
from bot.i18n import _
from cogs._usage_report import DayUse, UsageReport

SCALE = 2
"""Pixels of the PNG for each of the layout: Discord shows it at about the layout's width."""

WIDTH, HEIGHT = 640.0, 340.0
CORNER_PX = 14.0
EDGE_PX = 24.0
RIGHT = WIDTH - EDGE_PX
TOP, BOTTOM = 92.0, HEIGHT - 40.0

TITLE_PX = 19.0
TEXT_PX = 14.0
BAR_SHARE = 0.72
WIDEST_BAR_PX = 56.0
CAPITAL_HEIGHT = 0.7

SPOKEN = "#c9430c"
SAVED = "#4f9aa6"
"""Told apart from the other by lightness too; both have 3:1 on the card, as WCAG 2.2 asks."""

MAX_LINES = 5
LABEL_GAP_PX = 18.0
VALUE_GAP_PX = 10.0

BUDGET_IN_SIGHT = 3.0
"""A budget this many times above the highest bar is only named: a line would flatten the bars."""

_ROUND = (1, 2, 5, 10)


def draw(report: UsageReport) -> bytes:
    """Return the chart as a PNG; takes some ten milliseconds, so keep it off the loop."""
    return png.render(compose(report), scale=SCALE)


def compose(report: UsageReport) -> str:
    """Return the chart as SVG."""
    canvas = Canvas()
    canvas.rect(0, 0, WIDTH, HEIGHT, fill=CARD, radius=CORNER_PX)
    highest = max(day.spoken + day.saved for day in report.days)
    has_line = bool(report.budget) and report.budget <= BUDGET_IN_SIGHT * max(highest, 1)
    step = _step(max(highest, report.budget if has_line else 0))
    top_value = step * math.ceil(max(highest, report.budget if has_line else 1, 1) / step)
    scale = (BOTTOM - TOP) / top_value
    left = EDGE_PX + width(f"{top_value:,}", TEXT_PX) + VALUE_GAP_PX
    _draw_head(canvas, report, has_line=has_line)
    _draw_values(canvas, step, top_value, scale, left)
    _draw_bars(canvas, report.days, scale, left)
    if has_line:
        y = BOTTOM - report.budget * scale
        canvas.add(
            "line",
            x1=left,
            y1=y,
            x2=RIGHT,
            y2=y,
            stroke=INK,
            stroke_width=1.5,
            stroke_dasharray="6 4",
        )
    return canvas.to_svg(WIDTH, HEIGHT)


def _draw_head(canvas: Canvas, report: UsageReport, *, has_line: bool) -> None:
    canvas.text(
        EDGE_PX,
        36,
        _label(_("Characters a day (UTC)"), "Characters a day (UTC)"),
        size=TITLE_PX,
        weight=BOLD,
    )
    x = EDGE_PX
    for name, english, colour in (
        (_("spoken"), "spoken", SPOKEN),
        (_("saved by the cache"), "saved by the cache", SAVED),
    ):
        canvas.rect(x, 53, 13, 13, fill=colour, radius=3)
        x = _write(canvas, x + 19, _label(name, english))
    if not report.budget:
        return
    if has_line:
        canvas.add(
            "line",
            x1=x,
            y1=60,
            x2=x + 20,
            y2=60,
            stroke=INK,
            stroke_width=1.5,
            stroke_dasharray="6 4",
        )
        x += 26
    budget = f"{report.budget:,}"
    _write(
        canvas,
        x,
        _label(_("limit of spoken: {budget}").format(budget=budget), f"limit of spoken: {budget}"),
    )


def _write(canvas: Canvas, x: float, text: str) -> float:
    """Write a part of the legend; return where the next begins."""
    canvas.text(x, 65, text, size=TEXT_PX)
    return x + width(text, TEXT_PX) + LABEL_GAP_PX


def _draw_values(canvas: Canvas, step: int, top_value: int, scale: float, left: float) -> None:
    for value in range(0, top_value + 1, step):
        y = BOTTOM - value * scale
        canvas.line((left, y), (RIGHT, y), stroke=FADED if value == 0 else HAIRLINE)
        canvas.text(
            left - 10,
            y + TEXT_PX * CAPITAL_HEIGHT / 2,
            f"{value:,}",
            size=TEXT_PX,
            weight=MEDIUM,
            fill=FADED,
            anchor="end",
        )


def _draw_bars(canvas: Canvas, days: tuple[DayUse, ...], scale: float, left: float) -> None:
    slot = (RIGHT - left) / len(days)
    thickness = min(slot * BAR_SHARE, WIDEST_BAR_PX)
    every = math.ceil((width("00-00", TEXT_PX) + LABEL_GAP_PX) / slot)
    for nth, day in enumerate(days):
        middle = left + slot * (nth + 0.5)
        spoken, saved = day.spoken * scale, day.saved * scale
        edge = middle - thickness / 2
        canvas.rect(edge, BOTTOM - spoken, thickness, spoken, fill=SPOKEN)
        canvas.rect(edge, BOTTOM - spoken - saved, thickness, saved, fill=SAVED)
        if (len(days) - 1 - nth) % every == 0:  # today always has its date
            canvas.text(
                middle, BOTTOM + 22, f"{day.day:%m-%d}", size=TEXT_PX, fill=FADED, anchor="middle"
            )


def _step(highest: int) -> int:
    """Return the first of 1, 2, 5, 10, 20, … that reaches `highest` in `MAX_LINES` steps."""
    least = max(1.0, highest / MAX_LINES)
    magnitude: int = 10 ** math.floor(math.log10(least))
    return next(nice * magnitude for nice in _ROUND if nice * magnitude >= least)


def _label(translated: str, english: str) -> str:
    """Return a translation if the font has its letters."""
    return translated if drawable(translated) == translated else english
