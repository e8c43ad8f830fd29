"""A message as the text layer sees it: everything that could be said of it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class AttachmentKind(StrEnum):
    """What a file is to those who get it."""

    IMAGE = "image"
    GIF = "gif"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    """A message that was spoken."""
    FILE = "file"


_KINDS: Final = {kind.value: kind for kind in AttachmentKind}
_EXTENSIONS: Final = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "avif", "bmp", "heic"), AttachmentKind.IMAGE),
    "gif": AttachmentKind.GIF,
    **dict.fromkeys(("mp4", "webm", "mov", "mkv", "avi"), AttachmentKind.VIDEO),
    **dict.fromkeys(("mp3", "ogg", "opus", "wav", "flac", "m4a", "aac"), AttachmentKind.AUDIO),
}


def kind_of(filename: str, content_type: str | None = None) -> AttachmentKind:
    """Return what a file is by its type, else by the end of its name."""
    family, _, kind = (content_type or "").partition("/")
    if kind.partition(";")[0] == "gif":
        return AttachmentKind.GIF
    known = _KINDS.get(family)
    return known or _EXTENSIONS.get(PurePosixPath(filename).suffix[1:].lower(), AttachmentKind.FILE)


@dataclass(frozen=True, slots=True)
class Poll:
    """What is asked, and what can be answered; an answer of nothing but an emoji is empty."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PollResult:
    """How a poll ended; `winner` is `None` if nothing was answered, or two answers as often."""

    question: str
    winner: str | None
    percent: int = 0
    """Of all votes, those for the winner."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What somebody wrote and sent along.

    Args:
        content: What they wrote, as Discord has it.
        users: The names of the members it mentions, by their ids; likewise `roles` and `channels`.
        attachments: What the files are, in their order.
        stickers: The names of the stickers.
        poll: The poll it asks.
        poll_result: The poll whose end it tells.
        reply_to: The name of whom it answers, "" if nobody knows it; `None` if it is no reply.
        reply_to_id: The id of whom it answers, if that is a member and known.
        forwarded: What it passes on; it can hold no forwarded one itself.
        embed_titles: The titles of the embeds a bot made; no previews of links.
    """

    content: str = ""
    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    attachments: tuple[AttachmentKind, ...] = ()
    stickers: tuple[str, ...] = ()
    poll: Poll | None = None
    poll_result: PollResult | None = None
    reply_to: str | None = None
    reply_to_id: int | None = None
    forwarded: ChatMessage | None = None
    embed_titles: tuple[str, ...] = ()

    @property
    def is_wordless(self) -> bool:
        """Whether nothing was written, and something else was sent."""
        sent = (self.attachments, self.stickers, self.poll, self.poll_result, self.embed_titles)
        return not self.content.strip() and (any(sent) or self.forwarded is not None)

    def with_texts(self, change: Callable[[str], str]) -> ChatMessage:
        """Return the message with `change` made to all that was written, and to no name."""
        return replace(
            self,
            content=change(self.content),
            poll=self.poll
            and Poll(change(self.poll.question), tuple(map(change, self.poll.answers))),
            poll_result=self.poll_result and _changed(self.poll_result, change),
            forwarded=self.forwarded and self.forwarded.with_texts(change),
            embed_titles=tuple(map(change, self.embed_titles)),
        )

    def without_names(self, is_meant: Callable[[str], bool]) -> ChatMessage:
        """Return the message with nobody knowing the names that are meant."""
        return replace(
            self,
            users=_without(self.users, is_meant),
            roles=_without(self.roles, is_meant),
            channels=_without(self.channels, is_meant),
            reply_to="" if self.reply_to and is_meant(self.reply_to) else self.reply_to,
            forwarded=self.forwarded and self.forwarded.without_names(is_meant),
        )

    def other_texts(self) -> Iterator[str]:
        """Yield all that was written beside the content, in the order in which it is said."""
        yield from self.embed_titles
        if self.poll:
            yield self.poll.question
            yield from self.poll.answers
        if self.poll_result:
            yield self.poll_result.question
        if self.forwarded:
            yield self.forwarded.content
            yield from self.forwarded.other_texts()


def _without(names: Mapping[int, str], is_meant: Callable[[str], bool]) -> dict[int, str]:
    return {id_: name for id_, name in names.items() if not is_meant(name)}


def _changed(result: PollResult, change: Callable[[str], str]) -> PollResult:
    return replace(
        result,
        question=change(result.question),
        winner=None if result.winner is None else change(result.winner),
    )
