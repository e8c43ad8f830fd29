"""What has begun in a text and not yet ended, one within another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.text.nodes import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.text.nodes import Node, Tree

    Wrap: TypeAlias = Callable[[Tree], Node]

SPOILER: Final = "||"


@dataclass(slots=True)
class Frame:
    """Something that has begun with `mark`, and what has been found in it.

    With a `wrap` it ends by itself, at the latest where what it is in ends: a block, or a spoiler.
    All others turn out to be plain text if nothing ends them.
    """

    mark: str
    wrap: Wrap | None = None
    nodes: list[str | Node] = field(default_factory=list)


class Frames:
    """The frames around the current place of a text; the outermost is the whole text."""

    def __init__(self) -> None:
        self._frames = [Frame("")]

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        return self._frames[index]

    def add(self, found: str | Node) -> None:
        """Put something found into the innermost frame."""
        if found:
            self._frames[-1].nodes.append(found)

    def begin(self, mark: str, wrap: Wrap | None = None) -> None:
        """Begin a frame within all others."""
        self._frames.append(Frame(mark, wrap))

    def end(self, index: int, wrap: Wrap) -> None:
        """End the frame at `index`, and all within it, as what `wrap` makes of it."""
        self._frames[index].wrap = wrap
        self.unwind(index)

    def unwind(self, index: int) -> None:
        """End the frame at `index` and all within it."""
        while len(self._frames) > index:
            frame = self._frames.pop()
            if frame.wrap:
                self.add(frame.wrap(_sealed(frame.nodes)))
            else:
                self._frames[-1].nodes += [frame.mark, *frame.nodes]

    def close(self) -> Tree:
        """End everything, and return what was found in the whole text."""
        self.unwind(1)
        return _sealed(self._frames[0].nodes)

    def find(self, *marks: str) -> int | None:
        """Return the innermost frame with one of `marks`, whatever is within it."""
        indices = range(len(self._frames) - 1, 0, -1)
        return next((i for i in indices if self._frames[i].mark in marks), None)

    def blocks(self) -> Iterator[int]:
        """Yield the blocks that can end here, from the innermost.

        A spoiler keeps all around it open: it may go on in the next line.
        """
        for index in range(len(self._frames) - 1, 0, -1):
            if self._frames[index].mark == SPOILER:
                return
            if self._frames[index].wrap:
                yield index

    def others(self) -> Iterator[int]:
        """Yield the styles and labels that can end here, from the innermost.

        They end within the block or spoiler in which they began.
        """
        for index in range(len(self._frames) - 1, 0, -1):
            if self._frames[index].wrap:
                return
            yield index


def _sealed(nodes: Sequence[str | Node]) -> Tree:
    """Return the nodes with neighbouring pieces of text made one."""
    sealed: list[Node] = []
    pieces: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            pieces.append(node)
            continue
        if pieces:
            sealed.append(Text("".join(pieces)))
            pieces.clear()
        sealed.append(node)
    if pieces:
        sealed.append(Text("".join(pieces)))
    return tuple(sealed)
