"""Places the moments of a scene in one lane per actor so that no label covers another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.drawing.svg import SEPARATOR
from bot.drawing.text import cut, drawable, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.sandbox.picture.scene import Moment

TEXT_PX: Final = 13.0
DOT_PX: Final = 4.5
DOT_TO_LABEL_PX: Final = 11.0
LABEL_GAP_PX: Final = 10.0
MAX_WORDS_PX: Final = 330.0


@dataclass(frozen=True, slots=True)
class Label:
    """One moment where it is drawn: a dot at `x` and the time and the words next to it."""

    x: float
    row: int
    time: str
    words: str
    is_left: bool

    @property
    def span(self) -> tuple[float, float]:
        """What dot and text take from left to right, with a gap on both sides."""
        text = self.time + SEPARATOR + self.words
        reach = DOT_TO_LABEL_PX + width(text, TEXT_PX) + LABEL_GAP_PX / 2
        margin = DOT_PX + LABEL_GAP_PX / 2
        if self.is_left:
            return self.x - reach, self.x + margin
        return self.x - margin, self.x + reach


@dataclass(frozen=True, slots=True)
class Lane:
    """What one actor did."""

    who: str
    labels: tuple[Label, ...]

    @property
    def rows(self) -> int:
        """How many labels lie above each other."""
        return 1 + max(label.row for label in self.labels)


def lanes(
    moments: Iterable[Moment], *, place: Callable[[float], float], left: float, right: float
) -> list[Lane]:
    """Give each actor a lane, in the order of their first moments; `place` maps ms to pixels."""
    told: dict[str, list[Moment]] = {}
    for moment in sorted(moments, key=lambda moment: moment.at_ms):
        told.setdefault(moment.who, []).append(moment)
    return [
        Lane(who, _stack([_label(moment, place(moment.at_ms), left, right) for moment in of_one]))
        for who, of_one in told.items()
    ]


def _label(moment: Moment, x: float, left: float, right: float) -> Label:
    time = f"{moment.at_ms / 1000:.3f} s"
    around = DOT_TO_LABEL_PX + width(time + SEPARATOR, TEXT_PX)
    words = cut(drawable(moment.what), TEXT_PX, MAX_WORDS_PX)
    is_left = x + around + width(words, TEXT_PX) > right and x - left > right - x
    room = (x - left if is_left else right - x) - around
    return Label(x, 0, time, cut(words, TEXT_PX, room), is_left)


def _stack(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Move every label down to the first row where nothing is in its way."""
    rows: list[list[tuple[float, float]]] = []
    stacked = []
    for label in labels:
        row = next((row for row, taken in enumerate(rows) if _is_free(taken, label)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(label.span)
        stacked.append(replace(label, row=row))
    return tuple(stacked)


def _is_free(taken: Sequence[tuple[float, float]], label: Label) -> bool:
    start, end = label.span
    return all(end <= other_start or start >= other_end for other_start, other_end in taken)
