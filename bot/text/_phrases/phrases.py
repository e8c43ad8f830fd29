"""What has to be said in the language of a message, and is not in the message itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.text.message import AttachmentKind
    from bot.text.nodes import Place

Forms: TypeAlias = tuple[str, ...]
"""One phrase for each of the numbers that the language tells apart; `{count}` may stand in it."""


def one_or_more(count: int) -> int:
    """Return which form a number takes where only one is special."""
    return 0 if count == 1 else 1


def one_two_or_more(count: int) -> int:
    """Return which form a number takes where the word for two fits the noun."""
    return min(count, 3) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The phrases of one language.

    Those of what somebody did ("sent an image") have no subject: they are said behind the name,
    and also alone.

    Args:
        locale: What Babel calls the language.
        plural: Which of the `Forms` a number takes.
        space: What is written between words.
        comma: What is written for a short pause.
        colon: What is written before what is told.
        clock: Babel's patterns for a time on the hour and for any other.
        year: Pieces that Babel abbreviates, and what is said for them.
        says: Said before what somebody wrote.
        subject: Said before what somebody did.
        arrives: Who has come into the call.
        departs: Who has left it.
        several_arrive: The same of several, where that is said otherwise.
        several_depart: The same of several, where that is said otherwise.
        and_so_on: Said in place of the rest of a long text.
        link: A link about which nothing better is known.
        invite: An invitation to a server.
        message_link: A link to a message.
        spoiler: Something hidden.
        code: Code in no language that we know.
        code_in: Code in a language that we know.
        quote: Said before what is quoted.
        member: Somebody whose name cannot be said; likewise `role` and `channel`.
        everyone: All members.
        here: All members who are online.
        command: A command to be typed.
        places: Discord's own pages of a server.
        sound: A sound of a soundboard.
        now: No time from now.
        files: Files by what they are.
        sent: What somebody did with them.
        sticker: Stickers beside a text.
        sent_sticker: What somebody did with them.
        started_poll: Said before the question of a poll.
        poll_ended: Said before the question of a poll that is over.
        poll_won: Which answer won.
        poll_undecided: That none did.
        reply: Said before an answer to somebody.
        reply_to_nobody: Said before an answer to who knows whom.
        forwarded: Said before what somebody passes on.
    """

    locale: str
    says: str
    subject: str
    arrives: str
    departs: str
    and_so_on: str
    link: str
    invite: str
    message_link: str
    spoiler: str
    code: str
    code_in: str
    quote: str
    member: str
    role: str
    channel: str
    everyone: str
    here: str
    command: str
    places: Mapping[Place, str]
    sound: str
    now: str
    files: Mapping[AttachmentKind, Forms]
    sent: str
    sticker: str
    sent_sticker: Forms
    started_poll: str
    poll_ended: str
    poll_won: str
    poll_undecided: str
    reply: str
    reply_to_nobody: str
    forwarded: str
    several_arrive: str | None = None
    several_depart: str | None = None
    plural: Callable[[int], int] = one_or_more
    space: str = " "
    comma: str = ", "
    colon: str = ": "
    clock: tuple[str, str] | None = None
    year: tuple[str, str] | None = None
