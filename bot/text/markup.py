"""Understand Discord's own kind of markdown, in one pass over the text.

Discord tries its rules in turn at every place of a text. Here every mark that begins something
waits for the one that ends it, which comes to the same and takes a time that grows with the
length of the text, whatever is in it. Where the two can differ more is hidden, and not less.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.text._backticks import Backticks
from bot.text._frames import SPOILER, Frames
from bot.text._tokens import ATOMS, TOKEN, end_of_link
from bot.text.nodes import (
    Break,
    Line,
    LineKind,
    Link,
    Quote,
    Spoiler,
    Style,
    Styled,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.text.nodes import Tree

MAX_DEPTH: Final = 16
"""How much may be within one another; Discord stops to show it long before."""

MAX_TOKENS: Final = 400
"""What is more than plain text, in one message; what comes behind that is no speech."""

MAX_LINE_STARTS: Final = 2
"""How much may begin with one line, as in `- # title`."""

_QUOTE: Final = re.compile(r" {0,8}>(?P<rest>>>)?(?: ++|(?=\n)|$)")
_QUOTES: Final = (">", ">>>")
_LINE: Final = re.compile(r" {0,16}(?:(?P<mark>#{1,3}|-#|[-*+])|(?P<number>[0-9]{1,9})\.) ++(?=\S)")
_LABEL: Final = "["
_BARS_AROUND_BAR: Final = 5
_MAX_MARKS: Final = 3
_STYLES: Final = {"_": Style.ITALIC} | {style.value: style for style in Style}


def parse(text: str) -> Tree:
    """Return what `text` means; nothing is raised, whatever it is."""
    return _Parser(text.replace("\r\n", "\n").replace("\r", "\n")).parse()


def plain_words(tree: Tree) -> str:
    """Return only what people wrote in words: to see which language it is in."""
    return "".join(_words(tree)).strip()


def _words(tree: Iterable[object]) -> Iterator[str]:
    for node in tree:
        if isinstance(node, Text):
            yield node.text
        elif isinstance(node, Link):
            yield from _words(node.label) if node.label else " "
        elif isinstance(node, Styled):
            yield from _words(node.children)
        elif isinstance(node, Quote | Line):
            yield from _words(node.children)
            yield "\n"
        else:
            yield "\n" if isinstance(node, Break) else " "


class _Parser:
    """Reads one text from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tokens = 0
        self._frames = Frames()
        self._backticks = Backticks(text)
        self._last_bars = text.rfind(SPOILER)

    def parse(self) -> Tree:
        """Return the tree of the whole text."""
        self._begin_line()
        while self._tokens < MAX_TOKENS:
            self._tokens += 1
            match = TOKEN.search(self._text, self._at)
            if match is None:
                self._frames.add(self._text[self._at :])
                break
            self._frames.add(self._text[self._at : match.start()])
            self._at = match.end()
            self._read(match)
        return self._frames.close()

    def _read(self, match: re.Match[str]) -> None:
        kind = match.lastgroup or ""
        if make := ATOMS.get(kind):
            self._frames.add(make(match))
        else:
            _READERS[kind](self, match)

    def read_newline(self, _: re.Match[str]) -> None:
        """End what is no longer than a line, and see how the next one begins."""
        lines = [i for i in self._frames.blocks() if self._frames[i].mark not in _QUOTES]
        if lines:
            self._frames.unwind(lines[-1])
        quote = next(self._frames.blocks(), None)
        if quote is not None and self._frames[quote].mark == ">" and not self._is_quoted():
            self._frames.unwind(quote)
        self._frames.add(Break())
        self._begin_line()

    def _is_quoted(self) -> bool:
        quote = _QUOTE.match(self._text, self._at)
        return quote is not None and not quote["rest"]

    def _begin_line(self) -> None:
        for _ in range(MAX_LINE_STARTS):
            if not self._begin_quote() and not self._begin_line_of_a_kind():
                return

    def _begin_quote(self) -> bool:
        start = _QUOTE.match(self._text, self._at)
        if start is None:
            return False
        # There is no quote within a quote: what stands there says again that this is one.
        if self._frames.find(*_QUOTES) is None:
            self._frames.begin(">>>" if start["rest"] else ">", Quote)
        self._at = start.end()
        return True

    def _begin_line_of_a_kind(self) -> bool:
        start = _LINE.match(self._text, self._at)
        if start is None:
            return False
        mark, number = start["mark"] or "", start["number"] or ""
        kind = LineKind.HEADER if mark.startswith("#") else _LINE_KINDS.get(mark, LineKind.ITEM)
        self._frames.begin(start.group(), lambda children: Line(kind, children, number))
        self._at = start.end()
        self._tokens += 1
        return True

    def read_escape(self, _: re.Match[str]) -> None:
        """Take the next sign for itself; but nothing keeps a spoiler from ending."""
        is_end = self._text.startswith(SPOILER, self._at)
        if is_end and self._frames.find(SPOILER) is not None:
            self._frames.add("\\")
            return
        self._frames.add(self._text[self._at])
        self._at += 1

    def read_ticks(self, match: re.Match[str]) -> None:
        """Read code; what would reach beyond the end of a spoiler is none."""
        found = self._backticks.code_after(match.end(), match.end() - match.start())
        if found is None or self._ends_spoiler(match.end(), found[1]):
            self._frames.add(match.group())
            return
        code, self._at = found
        self._frames.add(code)

    def _ends_spoiler(self, start: int, end: int) -> bool:
        is_open = self._frames.find(SPOILER) is not None
        return is_open and self._text.find(SPOILER, start, end) >= 0

    def read_link(self, match: re.Match[str]) -> None:
        """Read a link that nobody has marked as one."""
        url = match.group()
        end = end_of_link(url)
        self._at = match.start() + end
        self._frames.add(Link(url[:end]))

    def read_bars(self, match: re.Match[str]) -> None:
        """Begin and end spoilers as often as these bars do; one has at least one character."""
        at, end = match.span()
        while at < end:
            spoiler = self._frames.find(SPOILER)
            if spoiler is None:
                # Those that hide nothing but a bar make no difference.
                at += max(0, (end - at) // _BARS_AROUND_BAR - 1) * _BARS_AROUND_BAR
            is_pair = end - at >= len(SPOILER)
            if spoiler is not None and is_pair:
                self._frames.unwind(spoiler)
                at += len(SPOILER)
            elif spoiler is None and is_pair and self._last_bars > at + len(SPOILER):
                self._frames.begin(SPOILER, Spoiler)
                at += len(SPOILER)
                self._frames.add(self._text[at : min(at + 1, end)])
                at = min(at + 1, end)
            else:
                self._frames.add("|")
                at += 1

    def read_mark(self, match: re.Match[str]) -> None:
        """End the styles that these marks can end, and begin others with the rest."""
        marks = match.group()
        before = self._text[match.start() - 1 : match.start()]
        after = self._text[match.end() : match.end() + 1]
        if len(marks) <= _MAX_MARKS and not (before.isdigit() and after.isdigit()):
            if _can_end(marks, before, after):
                marks = self._end_styles(marks)
            if _can_begin(marks, before, after):
                marks = self._begin_styles(marks)
        self._frames.add(marks)

    def _end_styles(self, marks: str) -> str:
        """Return what is left of `marks` when all is ended that they can end."""
        while ending := self._ended_by(marks):
            index, mark = ending
            self._frames.end(index, partial(Styled, _STYLES[mark]))
            marks = marks[len(mark) :]
        return marks

    def _ended_by(self, marks: str) -> tuple[int, str] | None:
        """Return the frame that `marks` end, and its mark; the whole of them before a part."""
        begun = ((index, self._frames[index].mark) for index in self._frames.others())
        ending = [(index, mark) for index, mark in begun if marks.startswith(mark)]
        whole = [(index, mark) for index, mark in ending if mark == marks]
        return next(iter(whole or ending), None)

    def _begin_styles(self, marks: str) -> str:
        """Return what is left of `marks` when all is begun that they can begin."""
        for mark in (marks[:2], marks[:1]):
            if mark in _STYLES and marks.startswith(mark) and len(self._frames) < MAX_DEPTH:
                self._frames.begin(mark)
                marks = marks[len(mark) :]
        return marks

    def read_open(self, _: re.Match[str]) -> None:
        """Begin what may be the label of a link."""
        if len(self._frames) < MAX_DEPTH:
            self._frames.begin(_LABEL)
        else:
            self._frames.add(_LABEL)

    def read_close(self, match: re.Match[str]) -> None:
        """End the label of a link, if one has begun and this tells where it leads."""
        label = next((i for i in self._frames.others() if self._frames[i].mark == _LABEL), None)
        target = match["target"]
        if label is not None and target is not None and not self._holds_link(label):
            self._frames.end(label, lambda children: Link(target, children))
            return
        if label is not None and label == len(self._frames) - 1:
            self._frames.unwind(label)
        self._frames.add("]")
        self._at = match.start() + 1

    def _holds_link(self, label: int) -> bool:
        """Return whether there is a link in a label: Discord shows what could lead astray."""
        return any(
            isinstance(node, Link)
            for index in range(label, len(self._frames))
            for node in self._frames[index].nodes
        )


def _can_begin(marks: str, before: str, after: str) -> bool:
    is_free = not marks.startswith("_") or not (before.isalnum() or before == "_")
    return bool(marks) and is_free and bool(after) and not after.isspace()


def _can_end(marks: str, before: str, after: str) -> bool:
    is_free = not marks.startswith("_") or not (after.isalnum() or after == "_")
    return is_free and bool(before) and not before.isspace()


_LINE_KINDS: Final = {"-#": LineKind.SUBTEXT}
_READERS: Final = {
    "newline": _Parser.read_newline,
    "escape": _Parser.read_escape,
    "ticks": _Parser.read_ticks,
    "link": _Parser.read_link,
    "bars": _Parser.read_bars,
    "mark": _Parser.read_mark,
    "open": _Parser.read_open,
    "close": _Parser.read_close,
    "target": _Parser.read_close,
}
