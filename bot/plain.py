"""What others have written, shown so that it is nothing but text."""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = re.compile(
    r"""
      (?P<mark> [\\*_~|`<] | @(?=everyone|here) | (?<=\])\( | (?<=:)/(?=/) )
    | (?: ^ | (?<=[\n\r]) ) (?P<indent> [^\S\n\r]*+ )
      (?: (?P<start> [>\#+-] ) | (?P<number> \d++ ) \.(?=\s|$) )
    """,
    re.VERBOSE,
)


def plain(text: str) -> str:
    r"""Return markdown that shows `text` as it is: no style, no link, no mention, no emoji.

    At most one backslash comes before a character. discord.py's `escape_markdown` leaves alive
    the second of two masked links, the styles in the label of one, and whole addresses.
    """
    return _MARKS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    if mark := found["mark"]:
        return "\\" + mark
    if number := found["number"]:
        return f"{found['indent']}{number}\\."
    return f"{found['indent']}\\{found['start']}"
