"""Names as they can be said: of members, roles, channels, stickers and emoji."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import regex

from bot.text.normalize import normalize

if TYPE_CHECKING:
    from bot.text.blocked import BlockedWords

MAX_NAME_CHARACTERS: Final = 40
"""What is said of a name at most."""

MAX_EMOJI_CHARACTERS: Final = 32
"""Of the name of an emoji; Discord takes no longer one."""

CACHED_NAMES: Final = 4_096
_LOOKED_AT: Final = 200  # characters of a name; Discord takes none of more than 100

# A picture in a name has a name itself, which nobody says.
_PICTURES: Final = regex.compile(
    r"[\p{C}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\ufe0f\u20e3]"
)
_UNSAID: Final = regex.compile(r"[^\p{L}\p{N}\p{M}'’.&+ -]+")
_REPEATED: Final = re.compile(r"(\D)\1{3,}")
_WORDY: Final = regex.compile(r"[\p{L}\p{N}]")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")


@lru_cache(maxsize=CACHED_NAMES)
def spoken_name(name: str) -> str:
    """Return `name` without what cannot be said in it; "" if that is all of it."""
    plain = _PICTURES.sub("", normalize(name[:_LOOKED_AT]))
    plain = _REPEATED.sub(r"\1\1\1", " ".join(_UNSAID.sub(" ", plain).split()))
    plain = plain[:MAX_NAME_CHARACTERS].strip(" .&+-'’")
    return plain if _WORDY.search(plain) else ""


def is_blocked(name: str, blocked: BlockedWords) -> bool:
    """Return whether a blocked word is in a name, or in what is left of it to be said."""
    # A picture parts the letters of a word; what is said has none.
    return blocked.is_in(name) or blocked.is_in(spoken_name(name))


def spoken_emoji(name: str) -> str:
    """Return the name of a server's own emoji as words."""
    words = _HUMP.sub(" ", name[:MAX_EMOJI_CHARACTERS].partition("~")[0])
    return spoken_name(words).lower()
