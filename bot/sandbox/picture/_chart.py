"""Draws sounds and moments above each other on one time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Final

from bot.drawing.svg import BAND, BOLD, FADED, HAIRLINE, INK
from bot.drawing.text import cut, drawable, wrap
from bot.sandbox.picture._axis import axis
from bot.sandbox.picture._lanes import DOT_PX, DOT_TO_LABEL_PX, TEXT_PX, lanes
from bot.sandbox.picture._waves import columns, loudest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.drawing.svg import Canvas
    from bot.sandbox.picture._axis import Axis
    from bot.sandbox.picture._lanes import Label, Lane
    from bot.sandbox.picture._waves import Column
    from bot.sandbox.picture.scene import Moment, Sound

GUTTER_PX: Final = 136.0
"""Room for the names on the left."""

NAME_PX: Final = 14.0
NAME_LINE_PX: Final = 18.0
MAX_NAME_LINES: Final = 2
SMALL_PX: Final = 12.5

WAVE_PX: Final = 90.0
WAVE_GAP_PX: Final = 10.0
SWING_PX: Final = 42.0
"""The furthest swing above and below the middle of a wave."""

COLUMN_PX: Final = 0.5
"""One pixel of the finished picture, which has two for each of ours."""

QUIETEST_SCALE: Final = 0.1
"""Full height is at least this much of full scale: noise is not blown up into speech."""

ROW_PX: Final = 23.0
LANE_PADDING_PX: Final = 6.0
LANE_GAP_PX: Final = 4.0
CORNER_PX: Final = 6.0
AXIS_PX: Final = 30.0
CAPITAL_HEIGHT: Final = 0.7
"""Of the font size; half of it below a middle line is where a text's baseline lies."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The two colours of one sound: its peaks and, darker, its loudness."""

    peak: str
    rms: str


TONES: Final = (
    Tone("#f9bf93", "#c9430c"),
    Tone("#9bcbd1", "#0b6472"),
    Tone("#cdb4db", "#6a2c7f"),
)


def draw_chart(
    canvas: Canvas,
    sounds: Sequence[Sound],
    moments: Sequence[Moment],
    *,
    left: float,
    right: float,
    top: float,
) -> float:
    """Draw everything that has a time; return where it ends below."""
    time = axis(sounds, moments, left=left + GUTTER_PX, right=right)
    told = lanes(moments, place=time.x, left=time.left, right=right)
    lanes_top = top + len(sounds) * (WAVE_PX + WAVE_GAP_PX)
    bottom = lanes_top + sum(_lane_height(lane) + LANE_GAP_PX for lane in told)
    _draw_bands(canvas, told, left, right, lanes_top)
    _draw_axis(canvas, time, top, bottom)
    _draw_sounds(canvas, time, sounds, left, top)
    _draw_lanes(canvas, told, left, lanes_top)
    return bottom + AXIS_PX


def _lane_height(lane: Lane) -> float:
    return lane.rows * ROW_PX + 2 * LANE_PADDING_PX


def _baseline(middle: float, size: float) -> float:
    return middle + size * CAPITAL_HEIGHT / 2


def _draw_bands(
    canvas: Canvas, told: Sequence[Lane], left: float, right: float, top: float
) -> None:
    for lane in told:
        height = _lane_height(lane)
        canvas.rect(left - 12, top, right - left + 24, height, fill=BAND, radius=CORNER_PX)
        top += height + LANE_GAP_PX


def _draw_axis(canvas: Canvas, time: Axis, top: float, bottom: float) -> None:
    for at_ms, label in time.ticks():
        x = time.x(at_ms)
        canvas.line((x, top), (x, bottom), stroke=HAIRLINE)
        canvas.text(x, bottom + 18, label, size=SMALL_PX, fill=FADED, anchor="middle")


def _draw_sounds(
    canvas: Canvas, time: Axis, sounds: Sequence[Sound], left: float, top: float
) -> None:
    drawn = [columns(sound.pcm, _most_columns(time, sound)) for sound in sounds]
    full = max([QUIETEST_SCALE, *map(loudest, drawn)])
    for sound, wave, tone in zip(sounds, drawn, cycle(TONES), strict=False):
        middle = top + WAVE_PX / 2
        _draw_name(canvas, sound, tone, left, middle)
        _draw_wave(canvas, time, sound, wave, tone, middle, SWING_PX / full)
        top += WAVE_PX + WAVE_GAP_PX


def _most_columns(time: Axis, sound: Sound) -> int:
    return math.ceil((time.x(sound.ends_ms) - time.x(sound.starts_ms)) / COLUMN_PX)


def _draw_name(canvas: Canvas, sound: Sound, tone: Tone, left: float, middle: float) -> None:
    room = GUTTER_PX - 16
    lines = wrap(drawable(sound.name), NAME_PX, room, max_lines=MAX_NAME_LINES)
    baseline = _baseline(middle, NAME_PX) - len(lines) * NAME_LINE_PX / 2
    for line in lines:
        canvas.text(left, baseline, line, size=NAME_PX, weight=BOLD, fill=tone.rms)
        baseline += NAME_LINE_PX
    facts = f"{sound.duration_ms / 1000:.1f} s, {sound.rate / 1000:g} kHz"
    canvas.text(left, baseline, cut(facts, SMALL_PX, room), size=SMALL_PX, fill=FADED)


def _draw_wave(
    canvas: Canvas,
    time: Axis,
    sound: Sound,
    wave: Sequence[Column],
    tone: Tone,
    middle: float,
    scale: float,
) -> None:
    start, end = time.x(sound.starts_ms), time.x(sound.ends_ms)
    canvas.line((time.left, middle), (time.right, middle), stroke=HAIRLINE)
    if not wave:
        return
    step = (end - start) / len(wave)
    xs = [start + step * (nth + 0.5) for nth in range(len(wave))]
    highs, lows = [column.high for column in wave], [column.low for column in wave]
    rms = [column.rms for column in wave]
    canvas.line((start, middle), (max(end, start + 1), middle), stroke=tone.rms, width=1.5)
    peaks = _outline(xs, highs, lows, middle, scale)
    loudness = _outline(xs, rms, [-level for level in rms], middle, scale)
    canvas.add("path", d=peaks, fill=tone.peak)
    canvas.add("path", d=loudness, fill=tone.rms)


def _outline(
    xs: Sequence[float],
    highs: Sequence[float],
    lows: Sequence[float],
    middle: float,
    scale: float,
) -> str:
    """Go along the upper edge and back along the lower one."""
    upper = [f"{x:.2f} {middle - high * scale:.2f}" for x, high in zip(xs, highs, strict=True)]
    lower = [f"{x:.2f} {middle - low * scale:.2f}" for x, low in zip(xs, lows, strict=True)]
    return f"M{'L'.join(upper)}L{'L'.join(reversed(lower))}Z"


def _draw_lanes(canvas: Canvas, told: Sequence[Lane], left: float, top: float) -> None:
    for lane in told:
        middle = top + LANE_PADDING_PX + ROW_PX / 2
        who = cut(drawable(lane.who), NAME_PX, GUTTER_PX - 16)
        canvas.text(left, _baseline(middle, NAME_PX), who, size=NAME_PX, weight=BOLD)
        for label in lane.labels:
            _draw_label(canvas, label, middle + label.row * ROW_PX)
        top += _lane_height(lane) + LANE_GAP_PX


def _draw_label(canvas: Canvas, label: Label, middle: float) -> None:
    canvas.add("circle", cx=label.x, cy=middle, r=DOT_PX, fill=INK, stroke=BAND, stroke_width=2)
    canvas.note(
        label.x + (-DOT_TO_LABEL_PX if label.is_left else DOT_TO_LABEL_PX),
        _baseline(middle, TEXT_PX),
        (label.time, label.words),
        size=TEXT_PX,
        anchor="end" if label.is_left else "start",
        ground=BAND,
    )
