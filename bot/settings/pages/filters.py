"""What moderators decide on the page of filters: whom and what is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.i18n import N_
from bot.settings.choices import BlockedReading, EmojiReading, HiddenReading, LinkReading
from bot.settings.declare import Page, setting
from bot.settings.kinds import Choice, Flag, Id, Ids, Mentionable, Number, Text, Unit, Words
from bot.settings.pages.unset import NOBODY, NONE

MAX_IDS: Final = 25
"""What Discord's own pickers can hold."""

MAX_BLOCKED_WORDS: Final = 200
MAX_WORD_CHARACTERS: Final = 50
MAX_PREFIX_CHARACTERS: Final = 10

_authors = partial(setting, page=Page.FILTERS, part=N_("Whom I read"))
_messages = partial(setting, page=Page.FILTERS, part=N_("Which messages"))
_along = partial(setting, page=Page.FILTERS, part=N_("What comes along"))
_contents = partial(setting, page=Page.FILTERS, part=N_("Links, emoji, code"))


@dataclass(frozen=True)
class FiltersPage:
    """The settings of one page; `GuildSettings` has the room for their values."""

    __slots__ = ()

    only_in_call: bool = _authors(
        True,
        Flag(),
        N_("Only people in the call"),
        N_("I read only what people in my voice channel write."),
    )
    required_role_id: int | None = _authors(
        None,
        Id(Mentionable.ROLE),
        N_("Required role"),
        N_("I read only members with this role."),
        unset=NONE,
    )
    ignored_role_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.ROLE, MAX_IDS),
        N_("Ignored roles"),
        N_("I read nobody who has one of these roles."),
        unset=NONE,
    )
    ignored_member_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.MEMBER, MAX_IDS),
        N_("Ignored members"),
        N_("I do not read them."),
        unset=NOBODY,
    )
    listed_bot_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.BOT, MAX_IDS),
        N_("Bots and webhooks"),
        N_("The bots and webhooks I read; all others are ignored."),
        unset=NONE,
    )
    reads_silent: bool = _messages(
        False, Flag(), N_("Silent messages"), N_("I read messages sent with @silent, too.")
    )
    read_prefix: str | None = _messages(
        None,
        Text(MAX_PREFIX_CHARACTERS),
        N_("Prefix to read"),
        N_("I read only messages that begin with this."),
        unset=NONE,
    )
    skip_prefix: str | None = _messages(
        None,
        Text(MAX_PREFIX_CHARACTERS),
        N_("Prefix to skip"),
        N_("I do not read messages that begin with this."),
        unset=NONE,
    )
    reads_attachments: bool = _along(
        True, Flag(), N_("Attachments"), N_("I say what kind of files a message brings.")
    )
    reads_replies: bool = _along(True, Flag(), N_("Replies"), N_("I say whom a message answers."))
    reads_stickers: bool = _along(True, Flag(), N_("Stickers"), N_("I say what a sticker shows."))
    reads_polls: bool = _along(True, Flag(), N_("Polls"), N_("I read polls and their results."))
    reads_forwards: bool = _along(
        True, Flag(), N_("Forwards"), N_("I read messages that are forwarded.")
    )
    reads_embeds: bool = _along(
        False, Flag(), N_("Embeds"), N_("I read the titles of embeds that bots post.")
    )
    links: LinkReading = _contents(
        LinkReading.DOMAIN,
        Choice(
            {
                LinkReading.OFF: N_("Nothing"),
                LinkReading.WORD: N_("The word “link”"),
                LinkReading.DOMAIN: N_("The website's name"),
            }
        ),
        N_("Links"),
        N_("What I say for a link."),
    )
    emoji: EmojiReading = _contents(
        EmojiReading.NAME,
        Choice({EmojiReading.OFF: N_("Nothing"), EmojiReading.NAME: N_("Their names")}),
        N_("Emoji"),
        N_("What I say for emoji."),
    )
    max_emoji: int = _contents(
        5,
        Number(1, 50, Unit.TIMES),
        N_("Most emoji"),
        N_("How many emoji of one message I say at most."),
    )
    spoilers: HiddenReading = _contents(
        HiddenReading.WORD,
        Choice(
            {
                HiddenReading.OFF: N_("Nothing"),
                HiddenReading.WORD: N_("The word “spoiler”"),
            }
        ),
        N_("Spoilers"),
        N_("What I say for a spoiler."),
    )
    code: HiddenReading = _contents(
        HiddenReading.WORD,
        Choice({HiddenReading.OFF: N_("Nothing"), HiddenReading.WORD: N_("The word “code”")}),
        N_("Code"),
        N_("What I say for code; plain words that are marked as code are read."),
    )
    max_repeats: int = _contents(
        4,
        Number(1, 20, Unit.TIMES),
        N_("Repeated characters"),
        N_("How often I say the same character in a row at most."),
    )
    blocked_words: tuple[str, ...] = _messages(
        (),
        Words(MAX_BLOCKED_WORDS, MAX_WORD_CHARACTERS),
        N_("Blocked words"),
        N_("Words I never say."),
        unset=NONE,
    )
    on_blocked: BlockedReading = _messages(
        BlockedReading.SKIP,
        Choice(
            {
                BlockedReading.SKIP: N_("Do not read the message"),
                BlockedReading.BLEEP: N_("Bleep the word"),
            }
        ),
        N_("Messages with blocked words"),
        N_("What I do with a message that has a blocked word."),
    )
