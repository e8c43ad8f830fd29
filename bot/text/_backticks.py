"""Find code: what stands between backticks, as many at its end as at its start."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from typing import Final

from bot.text.nodes import Code

FENCE: Final = 3
"""Backticks around a block."""

_LANGUAGE: Final = re.compile(r"([0-9A-Za-z_+.#-]{1,30})?[ \t]*\n")
_RUN: Final = re.compile("`++")


class Backticks:
    """The backticks of one text; where each kind of them comes next is looked up, not searched."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _runs(self) -> dict[int, list[int]]:
        """Where runs begin, by their length; those long enough for a fence under `FENCE`, too."""
        runs = defaultdict(list)
        for run in _RUN.finditer(self._text):
            length = run.end() - run.start()
            runs[length].append(run.start())
            if length > FENCE:
                runs[FENCE].append(run.start())
        return runs

    def code_after(self, start: int, length: int) -> tuple[Code, int] | None:
        """Return the code behind the `length` backticks that end at `start`, and its end."""
        return self._block(start) if length >= FENCE else self._inline(start, length)

    def _block(self, start: int) -> tuple[Code, int] | None:
        end = self._next(FENCE, start)
        body = self._text[start:end] if end is not None else ""
        if end is None or not body.strip():
            return None
        named = _LANGUAGE.match(body)
        language, after = (named[1] or "", body[named.end() :]) if named else ("", body)
        # A single word is not the name of the language, but the code.
        if not after.strip():
            language, after = "", body
        run = _RUN.match(self._text, end)
        return Code(after.strip("\n"), True, language), run.end() if run else end

    def _inline(self, start: int, length: int) -> tuple[Code, int] | None:
        end = self._next(length, start)
        body = self._text[start:end] if end is not None else ""
        return (Code(body.strip()), (end or 0) + length) if body.strip() else None

    def _next(self, length: int, start: int) -> int | None:
        runs = self._runs.get(length, [])
        index = bisect_left(runs, start)
        return runs[index] if index < len(runs) else None
