"""What a setting may be where it is one of a few words."""

from __future__ import annotations

from enum import StrEnum


class NameReading(StrEnum):
    """When the name of who wrote is said before what they wrote."""

    OFF = "off"
    SMART = "smart"
    """When somebody else speaks, or a minute has passed."""
    ALWAYS = "always"


class NameSource(StrEnum):
    """Which of a member's names is said; a spoken name they chose comes before all of them."""

    DISPLAY = "display"
    """The nickname in this server, else the display name."""
    USERNAME = "username"


class LinkReading(StrEnum):
    """What is said for a link."""

    OFF = "off"
    WORD = "word"
    DOMAIN = "domain"


class EmojiReading(StrEnum):
    """What is said for an emoji."""

    OFF = "off"
    NAME = "name"


class HiddenReading(StrEnum):
    """What is said for what is not meant to be read: a spoiler, or code."""

    OFF = "off"
    WORD = "word"


class BlockedReading(StrEnum):
    """What becomes of a message with a blocked word."""

    SKIP = "skip"
    BLEEP = "bleep"


class EditReading(StrEnum):
    """What becomes of a message that is edited before it was said to its end."""

    REPLACE = "replace"
    """The new text takes the place of the old one."""
    REQUEUE = "requeue"
    """The new text waits behind everything else."""
    DROP = "drop"
    """It is not said at all."""


class Overflow(StrEnum):
    """What gives way when too much waits."""

    NEWEST = "newest"
    OLDEST = "oldest"


class Locale(StrEnum):
    """A language of mine, as Discord writes it."""

    ENGLISH = "en-US"
    CHINESE = "zh-CN"
    CHINESE_OF_TAIWAN = "zh-TW"
    GERMAN = "de"
    ITALIAN = "it"
    PORTUGUESE = "pt-BR"
    SPANISH = "es-ES"
    JAPANESE = "ja"
    KOREAN = "ko"
    FRENCH = "fr"
    RUSSIAN = "ru"
