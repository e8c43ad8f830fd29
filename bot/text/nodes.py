"""What Discord's markup means, as a tree of a few kinds of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """What people wrote, with nothing of the markup left in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line."""


@dataclass(frozen=True, slots=True)
class UserMention:
    """A mention of a member."""

    id: int


@dataclass(frozen=True, slots=True)
class RoleMention:
    """A mention of a role."""

    id: int


@dataclass(frozen=True, slots=True)
class ChannelMention:
    """A mention of a channel, a thread or a post."""

    id: int


@dataclass(frozen=True, slots=True)
class CrowdMention:
    """A mention of everyone, or of those who are here."""

    is_here: bool


@dataclass(frozen=True, slots=True)
class CommandMention:
    """A mention of a command by its whole name."""

    name: str


class Place(StrEnum):
    """Where Discord's own pages of a server lead, by what stands in the mention."""

    CUSTOMIZE = "customize"
    BROWSE = "browse"
    GUIDE = "guide"
    LINKED_ROLES = "linked-roles"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A mention of one of Discord's own pages of a server."""

    place: Place


@dataclass(frozen=True, slots=True)
class CustomEmoji:
    """An emoji of a server."""

    name: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of a soundboard."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment, in seconds since 1970, and the letter that says how it is shown."""

    seconds: int
    style: str = "f"


@dataclass(frozen=True, slots=True)
class Link:
    """A link, and what is shown in its place if somebody chose that."""

    url: str
    label: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """Something in backticks; a block may have the name of its language."""

    text: str
    is_block: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Spoiler:
    """What is hidden until somebody wants to see it."""

    children: tuple[Node, ...]


class Style(StrEnum):
    """How a part of a text is shown."""

    BOLD = "**"
    ITALIC = "*"
    UNDERLINE = "__"
    STRIKE = "~~"


@dataclass(frozen=True, slots=True)
class Styled:
    """A part of a text that is shown in another way, and said in no other."""

    style: Style
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines from somebody else."""

    children: tuple[Node, ...]


class LineKind(StrEnum):
    """What a line of its own kind is."""

    HEADER = "#"
    SUBTEXT = "-#"
    ITEM = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """A header, small print, or an item of a list, which may have a number."""

    kind: LineKind
    children: tuple[Node, ...]
    number: str = ""


Node: TypeAlias = (
    Text
    | Break
    | UserMention
    | RoleMention
    | ChannelMention
    | CrowdMention
    | CommandMention
    | PlaceMention
    | CustomEmoji
    | Sound
    | Timestamp
    | Link
    | Code
    | Spoiler
    | Styled
    | Quote
    | Line
)
Tree: TypeAlias = tuple[Node, ...]
