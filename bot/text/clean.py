"""Make one clean line of what people type into a field."""

from __future__ import annotations

from typing import Final

import regex

# Control and format characters, halves of characters, and what has no meaning yet. Line and
# paragraph separators are white space, and so become spaces.
_UNSEEN: Final = regex.compile(r"[\p{C}--\s]", regex.VERSION1)


def one_line(text: str) -> str:
    """Return `text` without characters nobody sees, every run of white space made one space."""
    return " ".join(_UNSEEN.sub("", text).split())
