"""Every reason to stay silent, in one place and one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.settings.channel import ChannelSettings
from bot.settings.choices import BlockedReading
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules, MemberSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

STALE_S: Final = 20.0
"""Reliability catalogue, row D-06: speech older than this is noise."""


class Silence(StrEnum):
    """Why a message is not read, in the order in which the reasons are looked at."""

    OWN = "own"
    """The bot wrote it."""
    SYSTEM = "system"
    """Discord wrote it."""
    NOT_READ_HERE = "not_read_here"
    """Nobody wants this channel to be read."""
    BOT = "bot"
    """A bot or a webhook that is not listed."""
    OPTED_OUT = "opted_out"
    """Its author does not want to be read."""
    MUTED = "muted"
    """Moderators do not want its author to be read."""
    IGNORED_MEMBER = "ignored_member"
    IGNORED_ROLE = "ignored_role"
    ROLE_MISSING = "role_missing"
    SILENT = "silent"
    """It was sent with `@silent`."""
    PREFIX_MISSING = "prefix_missing"
    SKIP_PREFIX = "skip_prefix"
    QUIET_HOURS = "quiet_hours"
    STALE = "stale"
    """It came so late that nobody expects it any more."""
    NO_CALL = "no_call"
    """The bot is in no call, and does not come by itself."""
    OTHER_CALL = "other_call"
    """The bot is in another call than the one this channel belongs to."""
    NOT_IN_CALL = "not_in_call"
    """Its author is not in the bot's call."""
    NO_CONTENT = "no_content"
    """Discord does not show its text to the bot."""
    NOT_WANTED = "not_wanted"
    """It is nothing but files, stickers and the like, and those are switched off."""
    NOTHING_SPEAKABLE = "nothing_speakable"
    BLOCKED_WORD = "blocked_word"
    REPEATED = "repeated"
    """The same words of the same author for the third time."""
    TOO_FAST = "too_fast"
    HELD_BACK = "held_back"
    """It is to be looked at in a moment."""
    QUEUE_FULL = "queue_full"
    OVER_BUDGET = "over_budget"
    TAKEN_BACK = "taken_back"
    """It was deleted or edited before it was said, or moderators have silenced its author."""
    FLAGGED = "flagged"
    """Discord's AutoMod objects to it."""
    SKIPPED = "skipped"
    """Somebody wanted to hear no more of it."""
    TOO_LONG = "too_long"
    """It was broken off after the time that one message may take."""
    NO_ENTRY = "no_entry"
    """The bot could not get into the call."""
    CALL_ENDED = "call_ended"
    """The bot left the call, or lost it, before it had said it all."""
    REFUSED = "refused"
    """The speech service does not say such words."""
    FAILED = "failed"
    """The speech service failed, the call broke off too often, or the bot itself failed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a message, before and after it was put into words.

    Args:
        is_own: Whether the bot wrote it.
        is_system: Whether Discord wrote it.
        is_bot: Whether a bot or a webhook wrote it.
        is_silent: Whether it was sent with `@silent`.
        is_addressed: Whether it mentions the bot: that is read wherever it is written.
        is_in_voice_chat: Whether it is in the chat of a voice channel.
        author_id: Of the member or the webhook.
        role_ids: The author's roles.
        channel_id: The channel it is in.
        author_call_id: The voice channel the author is in.
        call_id: The voice channel the bot is in.
        may_come: Whether the bot may come by itself, if moderators want that.
        content: What was written, as far as Discord shows it.
        is_hidden: Whether Discord does not show what was written.
        age_s: How long ago it was written, by Discord's clock.
        now: The time in the zone of the server.
    """

    is_own: bool = False
    is_system: bool = False
    is_bot: bool = False
    is_silent: bool = False
    is_addressed: bool = False
    is_in_voice_chat: bool = False
    author_id: int = 0
    role_ids: frozenset[int] = frozenset()
    channel_id: int = 0
    author_call_id: int | None = None
    call_id: int | None = None
    may_come: bool = True
    content: str = ""
    is_hidden: bool = False
    age_s: float = 0.0
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What moderators and the author have decided that bears on one message.

    `channel` is what holds where it was written: a thread without settings of its own follows its
    parent's.
    """

    server: GuildSettings = field(default_factory=GuildSettings)
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    here: MemberSettings = field(default_factory=MemberSettings)
    everywhere: MemberSettings = field(default_factory=MemberSettings)
    rules: MemberRules = field(default_factory=MemberRules)

    @property
    def is_opted_out(self) -> bool:
        """Whether the author does not want to be read here."""
        if self.here.is_opted_out is not None:
            return self.here.is_opted_out
        return bool(self.everywhere.is_opted_out)

    @property
    def only_in_call(self) -> bool:
        """Whether only people in the bot's call are read."""
        chosen = self.channel.only_in_call
        return self.server.only_in_call if chosen is None else chosen

    @property
    def required_role_id(self) -> int | None:
        """The role one must have to be read."""
        return self.channel.required_role_id or self.server.required_role_id

    @property
    def max_characters(self) -> int:
        """How much of one message is read."""
        return self.channel.max_characters or self.server.max_characters


def judge(message: Candidate, ruling: Ruling) -> Silence | None:
    """Return the first reason not to read a message, or nothing if there is none."""
    return next(_reasons(message, ruling), None)


def judge_again(message: Candidate, ruling: Ruling) -> Silence | None:
    """Return why a message that waits for its turn is not to be read any more, or nothing.

    Rules may have changed, and the bot may have been moved; but a message does not grow too old by
    waiting, and its author may have left the call.
    """
    return next(_reasons_to_give_up(message, ruling), None)


def judge_words(
    words: str,
    *,
    is_blocked: bool,
    ruling: Ruling,
    is_hidden: bool,
    is_wordless: bool = False,
) -> Silence | None:
    """Return the first reason not to say what a message was put into, or nothing.

    Args:
        words: What would be said.
        is_blocked: Whether a blocked word is in it.
        ruling: What moderators have decided.
        is_hidden: Whether Discord does not show the bot what was written.
        is_wordless: Whether nothing was written, and something else was sent.
    """
    if not words and is_wordless:
        return Silence.NOT_WANTED
    if not words:
        return Silence.NO_CONTENT if is_hidden else Silence.NOTHING_SPEAKABLE
    if is_blocked and ruling.server.on_blocked is BlockedReading.SKIP:
        return Silence.BLOCKED_WORD
    return None


def is_read(message: Candidate, ruling: Ruling) -> bool:
    """Return whether what is written in the channel of a message is read at all."""
    if message.is_addressed:
        return True
    if ruling.channel.is_read is not None:
        return ruling.channel.is_read
    return message.is_in_voice_chat and ruling.server.reads_voice_chat


def call_wanted(message: Candidate, ruling: Ruling) -> int | None:
    """Return the voice channel in which a message is to be read, if it is not just any."""
    if ruling.channel.voice_channel_id is not None:
        return ruling.channel.voice_channel_id
    if message.is_in_voice_chat and ruling.channel.is_read is None:
        return message.channel_id
    return None


def call_to_enter(message: Candidate, ruling: Ruling) -> int | None:
    """Return the voice channel in which the bot comes by itself to read a message, if it does.

    That is always its author's, and only where the message is to be read there.
    """
    if not ruling.server.joins_by_itself or not message.may_come:
        return None
    wanted = None if message.is_addressed else call_wanted(message, ruling)
    return message.author_call_id if wanted in (None, message.author_call_id) else None


def is_quiet(server: GuildSettings, now: datetime | None) -> bool:
    """Return whether `now`, in the zone of a server, is in its quiet hours."""
    hours = server.quiet_hours
    return hours is not None and now is not None and now.time() in hours


def _reasons_to_give_up(message: Candidate, ruling: Ruling) -> Iterator[Silence]:
    if not is_read(message, ruling):
        yield Silence.NOT_READ_HERE
    yield from _reasons_of_author(message, ruling)
    wanted = None if message.is_addressed else call_wanted(message, ruling)
    if None not in (wanted, message.call_id) and wanted != message.call_id:
        yield Silence.OTHER_CALL


def _reasons(message: Candidate, ruling: Ruling) -> Iterator[Silence]:
    if message.is_own:
        yield Silence.OWN
    if message.is_system:
        yield Silence.SYSTEM
    if not is_read(message, ruling):
        yield Silence.NOT_READ_HERE
    yield from _reasons_of_author(message, ruling)
    yield from _reasons_of_text(message, ruling.server)
    if is_quiet(ruling.server, message.now):
        yield Silence.QUIET_HOURS
    if message.age_s > STALE_S:
        yield Silence.STALE
    yield from _reasons_of_call(message, ruling)
    if message.is_hidden and ruling.server.read_prefix:  # nobody knows how it begins
        yield Silence.NO_CONTENT


def _reasons_of_author(message: Candidate, ruling: Ruling) -> Iterator[Silence]:
    server = ruling.server
    if message.is_bot:
        if message.author_id not in server.listed_bot_ids:
            yield Silence.BOT
        return  # what follows is about people
    if ruling.is_opted_out:
        yield Silence.OPTED_OUT
    if ruling.rules.is_muted:
        yield Silence.MUTED
    if message.author_id in server.ignored_member_ids:
        yield Silence.IGNORED_MEMBER
    if not message.role_ids.isdisjoint(server.ignored_role_ids):
        yield Silence.IGNORED_ROLE
    if ruling.required_role_id not in (None, *message.role_ids):
        yield Silence.ROLE_MISSING


def _reasons_of_text(message: Candidate, server: GuildSettings) -> Iterator[Silence]:
    if message.is_silent and not server.reads_silent:
        yield Silence.SILENT
    text = message.content.casefold()
    if server.read_prefix and not (
        message.is_addressed or message.is_hidden or text.startswith(server.read_prefix.casefold())
    ):
        yield Silence.PREFIX_MISSING
    if server.skip_prefix and text.startswith(server.skip_prefix.casefold()):
        yield Silence.SKIP_PREFIX


def _reasons_of_call(message: Candidate, ruling: Ruling) -> Iterator[Silence]:
    wanted = None if message.is_addressed else call_wanted(message, ruling)
    call_id = message.call_id
    if call_id is None:
        call_id = call_to_enter(message, ruling)
        if call_id is None:
            yield Silence.NO_CALL
    if wanted not in (None, call_id):
        yield Silence.OTHER_CALL
    if ruling.only_in_call and not message.is_bot and message.author_call_id != call_id:
        yield Silence.NOT_IN_CALL
