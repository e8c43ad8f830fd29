"""What others have written, shown so that it is nothing but text."""

from __future__ import annotations

from discord.utils import escape_markdown


def plain(text: str) -> str:
    """Return markdown that shows `text` as it is: no style, no link, no mention, no emoji.

    The library's own escaping leaves addresses alone, and the second of two masked links.
    """
    escaped = escape_markdown(text, ignore_links=False)
    return escaped.replace("](", r"]\(").replace("<", r"\<").replace("://", r":\//")
