"""From a message to what is said of it: one step after the other, each in a file of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.models import Language
from bot.settings.choices import BlockedReading, EmojiReading
from bot.text.abbreviations import expand_abbreviations
from bot.text.blocked import blocked_words
from bot.text.cut import shorten
from bot.text.emoji_names import name_emoji
from bot.text.laughter import tame_laughter
from bot.text.markup import parse
from bot.text.names import is_blocked
from bot.text.normalize import normalize
from bot.text.repeats import tame_repeats
from bot.text.segment import is_speakable
from bot.text.speakable import Spoken, speak, written_words

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings.guild import GuildSettings
    from bot.text.language import LanguageDetector
    from bot.text.lexicon import Lexicon, LexiconEntry
    from bot.text.message import ChatMessage

MAX_CHARACTERS: Final = 4_000
"""The longest message Discord lets anyone write."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a message.

    Args:
        text: The words; empty if there is nothing to say.
        language: What they are in.
        spoken: What they were made of, before they were tamed, read and cut.
        is_blocked: Whether a blocked word is in the message or in what is said of it.
        used: What of the dictionary it has.
    """

    text: str
    language: Language = Language.AUTO
    spoken: Spoken = field(default_factory=Spoken, compare=False)
    is_blocked: bool = False
    used: tuple[LexiconEntry, ...] = field(default=(), compare=False)


def put_into_words(
    message: ChatMessage,
    *,
    settings: GuildSettings,
    lexicon: Lexicon,
    detector: LanguageDetector,
    now: datetime,
    language: Language | None = None,
    last: Language | None = None,
    max_characters: int = MAX_CHARACTERS,
) -> Words:
    """Return what is said of a message.

    Args:
        message: What somebody wrote and sent along.
        settings: What moderators want to hear.
        lexicon: How words are said.
        detector: Tells languages apart.
        now: When it is said.
        language: What it is in, if somebody has said so; else it is found out.
        last: What its author wrote in last.
        max_characters: How much of it is said.
    """
    put = partial(
        _put,
        settings=settings,
        lexicon=lexicon,
        detector=detector,
        now=now,
        language=language,
        last=last,
        max_characters=max_characters,
    )
    message = message.with_texts(normalize)
    words = put(message)
    if words.is_blocked:  # nobody is silenced for what somebody else calls themselves
        blocked = blocked_words(settings.blocked_words)
        nameless = message.without_names(lambda name: is_blocked(name, blocked))
        words = words if nameless == message else put(nameless)
    return words


def _put(
    message: ChatMessage,
    *,
    settings: GuildSettings,
    lexicon: Lexicon,
    detector: LanguageDetector,
    now: datetime,
    language: Language | None,
    last: Language | None,
    max_characters: int,
) -> Words:
    tree = parse(message.content)
    written = written_words(message, tree)
    language = language or detector.detect(written, last=last, hint=settings.language)
    spoken = speak(message, tree, settings=settings, language=language, now=now)
    # First: what moderators and members have put down goes before what we know of chats.
    reading = lexicon.read(spoken.text, max_characters=MAX_CHARACTERS)
    text = expand_abbreviations(reading.text, language)
    text = tame_repeats(tame_laughter(text, language), most=settings.max_repeats)
    text = name_emoji(
        text,
        language,
        most=max(0, settings.max_emoji - spoken.emoji),
        is_named=settings.emoji is EmojiReading.NAME,
    )
    blocked = blocked_words(settings.blocked_words)
    has_blocked = any(map(blocked.is_in, {written, text}))
    is_bleeped = settings.on_blocked is BlockedReading.BLEEP
    if has_blocked and is_bleeped:
        text = blocked.bleep(text, language)
    if not is_speakable(text):
        text = ""
    elif len(text) > max_characters:
        text = shorten(text, language, most=max_characters)
        # The cut may have gone through a long word and left a blocked one of it.
        if is_bleeped and blocked.is_in(text):
            text = shorten(blocked.bleep(text, language), language, most=max_characters)
    return Words(text, language, spoken, has_blocked, reading.used)
