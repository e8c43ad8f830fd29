"""What moderators decide for their server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.i18n import N_
from bot.models import (
    MAX_PAUSE_MS,
    MAX_SPEED,
    MAX_VOLUME,
    MIN_SPEED,
    Language,
    VoiceSettings,
)
from bot.settings.choices import (
    BlockedReading,
    EditReading,
    EmojiReading,
    HiddenReading,
    LinkReading,
    Locale,
    NameReading,
    NameSource,
    Overflow,
)
from bot.settings.declare import Page, setting
from bot.settings.kinds import (
    Choice,
    Flag,
    HoursOfDay,
    Id,
    Ids,
    Mentionable,
    Number,
    Text,
    TimeZone,
    Unit,
    WordPerKey,
    Words,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.settings.kinds import Hours

MAX_ID_CHARACTERS: Final = 128
"""Of a voice or a model."""

MAX_STYLE_CHARACTERS: Final = 1_600
"""What the endpoint takes; the exact count is checked where the model is known."""

MAX_IDS: Final = 25
"""What Discord's own pickers can hold."""

MAX_VOICES: Final = 50
MAX_BLOCKED_WORDS: Final = 200
MAX_WORD_CHARACTERS: Final = 50
MAX_PREFIX_CHARACTERS: Final = 10
MAX_TEMPLATE_CHARACTERS: Final = 60
MAX_CHARACTERS: Final = 600
"""Of one message: reliability catalogue, row A-03."""

MAX_WAITING: Final = 50
MAX_HURRY: Final = 1.4
"""Faster than that, people no longer follow (product.md, reading aloud)."""

LANGUAGES: Final = Choice({each: N_(each.value) for each in Language})
LOCALES: Final = Choice(
    {
        # Everybody finds their own language: these are not translated.
        Locale.ENGLISH: "English",
        Locale.CHINESE: "简体中文",
        Locale.CHINESE_OF_TAIWAN: "繁體中文",
        Locale.GERMAN: "Deutsch",
        Locale.ITALIAN: "Italiano",
        Locale.PORTUGUESE: "Português",
        Locale.SPANISH: "Español",
        Locale.JAPANESE: "日本語",
        Locale.KOREAN: "한국어",
        Locale.FRENCH: "Français",
        Locale.RUSSIAN: "Русский",
    }
)
NAME_READINGS: Final = Choice(
    {
        NameReading.OFF: N_("Never"),
        NameReading.SMART: N_("When somebody else speaks, or after a minute"),
        NameReading.ALWAYS: N_("Before every message"),
    }
)

_BY_OPERATOR: Final = N_("as the operator of the bot chose")
_NOBODY: Final = N_("nobody")
_NONE: Final = N_("none")
_NOWHERE: Final = N_("nowhere")

_voices = partial(setting, page=Page.VOICES, part=N_("Who speaks"), unset=_BY_OPERATOR)
_manner = partial(setting, page=Page.VOICES, part=N_("How I speak"), unset=_BY_OPERATOR)
_choosing = partial(setting, page=Page.VOICES, part=N_("What members may choose"))
_channels = partial(setting, page=Page.READING, part=N_("Channels"))
_call = partial(setting, page=Page.READING, part=N_("The call"))
_names = partial(setting, page=Page.READING, part=N_("Names"))
_text = partial(setting, page=Page.READING, part=N_("Edits and captions"))
_authors = partial(setting, page=Page.FILTERS, part=N_("Whom I read"))
_messages = partial(setting, page=Page.FILTERS, part=N_("Which messages"))
_along = partial(setting, page=Page.FILTERS, part=N_("What comes along"))
_contents = partial(setting, page=Page.FILTERS, part=N_("Links, emoji, code"))
_length = partial(setting, page=Page.LIMITS, part=N_("Length"))
_queue = partial(setting, page=Page.LIMITS, part=N_("The queue"))
_hours = partial(setting, page=Page.LIMITS, part=N_("Quiet hours"))
_log = partial(setting, page=Page.LOG)


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """Every setting of a server; one that is `None` leaves the choice to the operator."""

    # Voices

    model: str | None = _voices(
        None, Text(MAX_ID_CHARACTERS), N_("Model"), N_("The model of the speech service.")
    )
    voice: str | None = _voices(
        None,
        Text(MAX_ID_CHARACTERS),
        N_("Voice"),
        N_("Who speaks for those who have chosen no voice."),
    )
    voices: tuple[tuple[Language, str], ...] = _voices(
        (),
        WordPerKey(LANGUAGES, MAX_ID_CHARACTERS),
        N_("Voice per language"),
        N_("Who speaks what is written in one language, for those who have chosen no voice."),
        unset=_NONE,
    )
    language: Language | None = _voices(
        None, LANGUAGES, N_("Language"), N_("The language most people here write in.")
    )
    style: str | None = _manner(
        None,
        Text(MAX_STYLE_CHARACTERS),
        N_("Style"),
        N_("How to speak, for models that follow instructions."),
    )
    speed: float | None = _manner(
        None, Number(MIN_SPEED, MAX_SPEED, Unit.FACTOR), N_("Speed"), N_("How fast I speak.")
    )
    volume: float | None = _manner(
        None, Number(0.0, MAX_VOLUME, Unit.PERCENT), N_("Volume"), N_("How loud I speak.")
    )
    pause_ms: int | None = _manner(
        None,
        Number(0, MAX_PAUSE_MS, Unit.MILLISECONDS),
        N_("Pause"),
        N_("The silence between two messages."),
    )
    forces_voice: bool = _choosing(
        False,
        Flag(),
        N_("One voice for all"),
        N_("Everyone speaks with the voice of the server, whatever they have chosen."),
    )
    gives_voices: bool = _choosing(
        False,
        Flag(),
        N_("A voice for each"),
        N_("Members who have chosen no voice get one of the allowed voices, always the same."),
    )
    allowed_voices: tuple[str, ...] = _choosing(
        (),
        Words(MAX_VOICES, MAX_ID_CHARACTERS),
        N_("Allowed voices"),
        N_("The only voices members may choose; none named means all."),
        unset=N_("all"),
    )
    banned_voices: tuple[str, ...] = _choosing(
        (),
        Words(MAX_VOICES, MAX_ID_CHARACTERS),
        N_("Banned voices"),
        N_("Voices nobody here may choose."),
        unset=_NONE,
    )

    # Reading

    reads_voice_chat: bool = _channels(
        True,
        Flag(),
        N_("Chat of the voice channel"),
        N_("While I am in a voice channel, I read the chat of that channel aloud."),
    )
    joins_by_itself: bool = _call(
        False,
        Flag(),
        N_("Join by myself"),
        N_("I come when somebody in a voice channel writes where I read, or enters a paired one."),
    )
    follows: bool = _call(
        False,
        Flag(),
        N_("Follow"),
        N_("I move along when everyone I read for goes to another voice channel."),
    )
    leave_when_alone_s: int | None = _call(
        None,
        Number(0, 7 * 24 * 3600, Unit.SECONDS, zero=N_("never")),
        N_("Leave when alone"),
        N_("How long I stay in a call where nobody listens; 0 is for ever."),
        unset=_BY_OPERATOR,
    )
    leave_when_idle_s: int | None = _call(
        None,
        Number(0, 7 * 24 * 3600, Unit.SECONDS, zero=N_("never")),
        N_("Leave when idle"),
        N_("How long I stay in a call where nothing is said; 0 is for ever."),
        unset=_BY_OPERATOR,
    )
    name_reading: NameReading = _names(
        NameReading.SMART,
        NAME_READINGS,
        N_("Say who wrote"),
        N_("When I say the name of who wrote before what they wrote."),
    )
    name_template: str | None = _names(
        None,
        Text(MAX_TEMPLATE_CHARACTERS, fields=("name",)),
        N_("Words for who wrote"),
        N_("What I say before a message, such as: {name} says."),
        unset=N_("the usual ones"),
    )
    name_source: NameSource = _names(
        NameSource.DISPLAY,
        Choice(
            {
                NameSource.DISPLAY: N_("Name in this server"),
                NameSource.USERNAME: N_("Name of the account"),
            }
        ),
        N_("Which name"),
        N_("Which name I say for members who have not chosen how theirs is spoken."),
    )
    announces_arrivals: bool = _names(
        False, Flag(), N_("Say who comes"), N_("I say who enters the voice channel.")
    )
    announces_departures: bool = _names(
        False, Flag(), N_("Say who leaves"), N_("I say who leaves the voice channel.")
    )
    captions_channel_id: int | None = _text(
        None,
        Id(Mentionable.TEXT_CHANNEL),
        N_("Captions"),
        N_("Where I write what is being spoken, for those who cannot hear it."),
        unset=_NOWHERE,
    )
    on_edit: EditReading = _text(
        EditReading.REPLACE,
        Choice(
            {
                EditReading.REPLACE: N_("Read the new text instead"),
                EditReading.REQUEUE: N_("Read the new text after the others"),
                EditReading.DROP: N_("Do not read it"),
            }
        ),
        N_("Edited messages"),
        N_("What I do with a message that is edited before I have read it to its end."),
    )

    # Filters

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
        unset=_NONE,
    )
    ignored_role_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.ROLE, MAX_IDS),
        N_("Ignored roles"),
        N_("I read nobody who has one of these roles."),
        unset=_NONE,
    )
    ignored_member_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.MEMBER, MAX_IDS),
        N_("Ignored members"),
        N_("I do not read them."),
        unset=_NOBODY,
    )
    listed_bot_ids: tuple[int, ...] = _authors(
        (),
        Ids(Mentionable.BOT, MAX_IDS),
        N_("Bots and webhooks"),
        N_("The bots and webhooks I read; all others are ignored."),
        unset=_NONE,
    )
    reads_silent: bool = _messages(
        False, Flag(), N_("Silent messages"), N_("I read messages sent with @silent, too.")
    )
    read_prefix: str | None = _messages(
        None,
        Text(MAX_PREFIX_CHARACTERS),
        N_("Prefix to read"),
        N_("I read only messages that begin with this."),
        unset=_NONE,
    )
    skip_prefix: str | None = _messages(
        None,
        Text(MAX_PREFIX_CHARACTERS),
        N_("Prefix to skip"),
        N_("I do not read messages that begin with this."),
        unset=_NONE,
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
        unset=_NONE,
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

    # Limits

    max_characters: int = _length(
        300,
        Number(10, MAX_CHARACTERS, Unit.CHARACTERS),
        N_("Longest message"),
        N_("How many characters of one message I read; then I say “and so on”."),
    )
    max_seconds: int = _length(
        60,
        Number(5, 300, Unit.SECONDS),
        N_("Longest speech"),
        N_("After how long I break off a message."),
    )
    max_waiting: int = _queue(
        10,
        Number(1, MAX_WAITING, Unit.MESSAGES),
        N_("Queue"),
        N_("How many messages may wait to be spoken."),
    )
    max_waiting_each: int = _queue(
        3,
        Number(1, MAX_WAITING, Unit.MESSAGES),
        N_("Queue of one member"),
        N_("How many messages of one member may wait to be spoken."),
    )
    overflow: Overflow = _queue(
        Overflow.NEWEST,
        Choice(
            {
                Overflow.NEWEST: N_("The new message"),
                Overflow.OLDEST: N_("The one that waits longest"),
            }
        ),
        N_("When the queue is full"),
        N_("Which message is left out when too many wait."),
    )
    interval_s: float = _queue(
        2.0,
        Number(0.0, 60.0, Unit.SECONDS),
        N_("Time between messages"),
        N_("How long one member waits until I read their next message."),
    )
    hurry: float = _queue(
        1.2,
        Number(1.0, MAX_HURRY, Unit.FACTOR),
        N_("Hurry"),
        N_("How much faster I read while more than five messages wait."),
    )
    hold_back_ms: int = _queue(
        0,
        Number(0, 3_000, Unit.MILLISECONDS, zero=N_("not at all")),
        N_("Hold back"),
        N_("How long I wait before I read, so that moderation bots can delete a message first."),
    )
    daily_characters: int | None = _length(
        None,
        Number(1, 1_000_000_000, Unit.CHARACTERS),
        N_("Characters a day"),
        N_("How many characters this server may have spoken a day, within what the bot allows."),
        unset=N_("as many as the bot allows"),
    )
    quiet_hours: Hours | None = _hours(
        None,
        HoursOfDay(),
        N_("Quiet hours"),
        N_("When I do not read by myself; commands still speak."),
        unset=_NONE,
    )
    time_zone: ZoneInfo | None = _hours(
        None,
        TimeZone(),
        N_("Time zone"),
        N_("The time zone of the quiet hours, and of times in messages; UTC if not set."),
        unset=N_("UTC"),
    )

    # Log

    bot_language: Locale | None = _log(
        None,
        LOCALES,
        N_("My language"),
        N_("The language of what I say by myself, such as who came; else that of the server."),
        unset=N_("that of the server"),
    )
    log_channel_id: int | None = _log(
        None,
        Id(Mentionable.TEXT_CHANNEL),
        N_("Log channel"),
        N_("Where I write who changed a setting, and warnings for moderators."),
        unset=_NOWHERE,
    )

    @property
    def voice_settings(self) -> VoiceSettings:
        """Who speaks here, and how."""
        return VoiceSettings(
            model=self.model,
            voice=self.voice,
            language=self.language,
            style=self.style,
            speed=self.speed,
            volume=self.volume,
            pause_ms=self.pause_ms,
        )
