"""Where something other than plain text begins, and what it is if it stands by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.text.nodes import (
    ChannelMention,
    CommandMention,
    CrowdMention,
    CustomEmoji,
    Link,
    Place,
    PlaceMention,
    RoleMention,
    Sound,
    Timestamp,
    UserMention,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.text.nodes import Node

MAX_DIGITS: Final = 20
"""Of a number Discord would understand; more mean nothing."""

_ID: Final = rf"[0-9]{{1,{MAX_DIGITS}}}"
# People who write without spaces go on right behind a link.
_EAST_ASIAN: Final = "\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uffee"
# Two bars are the end of a spoiler, and `](` that of a label.
_IN_LINK: Final = rf"(?:[^\s<|\]{_EAST_ASIAN}]|\|(?!\|)|\](?!\())"
# With which of them anything begins: most places of a text are passed over by that alone.
_FIRST: Final = r"(?=[\n\\`<hHwWdD@:|*_~\[\]])"
_TARGET: Final = r"https?://(?:(?:[^\s()<>|]|\|(?!\|))++|\((?:[^\s()<>|]|\|(?!\|))*+\))++"

# Every part either has a length that is bounded or stops at a character it cannot be repeated
# from, so that the whole takes a time that grows with the text.
TOKEN: Final = re.compile(
    rf"""
    {_FIRST}
    (?:
      (?P<newline>\n(?:[ \t]*+\n)*+)
    | (?P<escape>\\(?=[^0-9A-Za-z\s]))
    | (?P<ticks>`++)
    | <(?: @!?(?P<user>{_ID})
        | @&(?P<role>{_ID})
        | \#(?P<channel>{_ID})
        | /(?P<command>[^<>:|\n]{{1,100}}+):{_ID}
        | id:(?P<place>{"|".join(Place)})(?::{_ID})?
        | a?:(?P<emoji>\w++):[0-9]++
        | t:(?P<seconds>-?[0-9]++)(?::(?P<style>[tTdDfFsSR]))?
        | (?P<sound>sound):[0-9]++:[0-9]++
        | (?P<bare>https?://[^\s<>|]++)
      )>
    | (?P<link>
        (?: (?i:https?)://(?=[^\W_]|\[) | (?<![\w./@-])(?i:www\.(?=\w)|discord\.gg/(?=\w)) )
        (?: [{_EAST_ASIAN}](?:[^\s<|\]]|\|(?!\|)|\](?!\())*+ | {_IN_LINK}*+ )
      )
    | @(?P<crowd>everyone|here)(?![0-9A-Za-z_])
    | (?<![\w:/]):(?P<shortcode>(?=[0-9_+-]*+[A-Za-z])[0-9A-Za-z_+-]{{2,32}}):(?![\w:/])
    | (?P<bars>\|\|++)
    | (?P<mark>\*++|_++|~~++)
    | (?P<open>\[)
    | (?P<close>\])(?:\(\s*+<?(?P<target>{_TARGET})>?(?:\s++(?:"[^"\n]*+"|'[^'\n]*+'))?\s*+\))?
    )
    """,
    re.VERBOSE,
)


def _timestamp(match: re.Match[str]) -> Timestamp:
    # One digit more than anything that could be a moment is enough to know that it is none.
    return Timestamp(int(match["seconds"][:MAX_DIGITS]), match["style"] or "f")


ATOMS: Final[dict[str, Callable[[re.Match[str]], Node]]] = {
    "user": lambda match: UserMention(int(match["user"])),
    "role": lambda match: RoleMention(int(match["role"])),
    "channel": lambda match: ChannelMention(int(match["channel"])),
    "command": lambda match: CommandMention(match["command"]),
    "place": lambda match: PlaceMention(Place(match["place"])),
    "emoji": lambda match: CustomEmoji(match["emoji"]),
    "shortcode": lambda match: CustomEmoji(match["shortcode"]),
    "seconds": _timestamp,
    "style": _timestamp,
    "sound": lambda _: Sound(),
    "bare": lambda match: Link(match["bare"]),
    "crowd": lambda match: CrowdMention(is_here=match["crowd"] == "here"),
}
"""What a match of `TOKEN` means by itself, by the last group that took part in it."""

_CLOSERS: Final = {")": "(", "]": "["}
_AFTER_LINK: Final = frozenset(".,:;\"'!?*_~…’”»›")


def end_of_link(url: str) -> int:
    """Return how much of `url` belongs to it: what ends a sentence or a bracket does not."""
    end = len(url)
    surplus = {closer: url.count(closer) - url.count(opener) for closer, opener in _CLOSERS.items()}
    while end:
        last = url[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _AFTER_LINK:
            break
        end -= 1
    return end
