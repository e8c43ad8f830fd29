"""Collects shapes and texts as SVG; what people wrote is escaped on the way out."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from bot.drawing.text import FAMILY

NAMESPACE: Final = "http://www.w3.org/2000/svg"

INK: Final = "#1c1917"
FADED: Final = "#6b645d"
"""For what is read second: 5.7:1 on the card, above the 4.5:1 that WCAG 2.2 AA asks for."""

CARD: Final = "#fffdf9"
HAIRLINE: Final = "#e6dfd5"
BAND: Final = "#f7f2ea"

SEPARATOR: Final = "\N{NO-BREAK SPACE}" * 2
"""Between the two parts of a note; plain spaces would be drawn as one."""

HALO_PX: Final = 5.0
"""Half of it lies outside of the letters."""

BOLD: Final = 700
MEDIUM: Final = 600
REGULAR: Final = 400


class Canvas:
    """A drawing that grows; what is added later lies on top."""

    def __init__(self) -> None:
        self._root = ElementTree.Element("svg", {"xmlns": NAMESPACE, "font-family": FAMILY})

    def add(self, tag: str, **attributes: str | float) -> ElementTree.Element:
        """Draw one element; `stroke_width` is written `stroke-width`, numbers are pixels."""
        named = {name.replace("_", "-"): _plain(value) for name, value in attributes.items()}
        return ElementTree.SubElement(self._root, tag, named)

    def rect(
        self, x: float, y: float, width: float, height: float, *, fill: str, radius: float = 0
    ) -> None:
        """Fill a rectangle with round corners."""
        self.add("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], *, stroke: str, width: float = 1
    ) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)

    def text(
        self,
        x: float,
        baseline: float,
        words: str,
        *,
        size: float,
        weight: int = REGULAR,
        fill: str = INK,
        anchor: str = "start",
    ) -> ElementTree.Element:
        """Write one line of drawable words; `anchor` is the end of it that lies at `x`."""
        element = self.add(
            "text",
            x=x,
            y=baseline,
            font_size=size,
            font_weight=weight,
            fill=fill,
            text_anchor=anchor,
        )
        element.text = words
        return element

    def note(
        self,
        x: float,
        baseline: float,
        parts: tuple[str, str],
        *,
        size: float,
        anchor: str,
        ground: str,
    ) -> None:
        """Write bold words and faded ones after them; no line of the ground crosses either."""
        first, second = parts
        element = self.text(x, baseline, "", size=size, anchor=anchor)
        halo = {"stroke": ground, "stroke-width": _plain(HALO_PX), "paint-order": "stroke"}
        element.attrib.update(halo)
        ElementTree.SubElement(element, "tspan", {"font-weight": str(MEDIUM)}).text = first
        ElementTree.SubElement(element, "tspan", {"fill": FADED}).text = SEPARATOR + second

    def to_svg(self, width: float, height: float) -> str:
        """Return the whole drawing."""
        self._root.set("width", _plain(width))
        self._root.set("height", _plain(height))
        return ElementTree.tostring(self._root, encoding="unicode")


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
