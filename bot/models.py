"""The words of this bot: frozen values that travel between its layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

T = TypeVar("T")

MIN_SPEED: Final = 0.5
MAX_SPEED: Final = 2.0
MAX_VOLUME: Final = 2.0
MAX_PAUSE_MS: Final = 3_000


class Language(StrEnum):
    """What the endpoint calls `language_type`."""

    AUTO = "Auto"
    CHINESE = "Chinese"
    ENGLISH = "English"
    GERMAN = "German"
    ITALIAN = "Italian"
    PORTUGUESE = "Portuguese"
    SPANISH = "Spanish"
    JAPANESE = "Japanese"
    KOREAN = "Korean"
    FRENCH = "French"
    RUSSIAN = "Russian"


class Sex(StrEnum):
    """How the provider describes a voice."""

    FEMALE = "female"
    MALE = "male"


class Manner(StrEnum):
    """How a voice comes across, in one word."""

    GENTLE = "gentle"
    LIVELY = "lively"
    STRONG = "strong"
    MATURE = "mature"
    CHILDLIKE = "childlike"


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker of the provider.

    `id` is sent to the endpoint exactly as written (case and inner spaces matter); the rest is for
    people. A voice speaks every language; `home` is the one it speaks as natives do, in a `dialect`
    if it has one. A custom voice (cloned or designed) has an id and nothing else.
    """

    id: str
    name: str = ""
    sex: Sex | None = None
    character: str = ""
    dialect: str | None = None
    home: Language | None = None
    manner: Manner | None = None

    @property
    def short_name(self) -> str:
        """What people call it: its id, or the name that one of one's own was given."""
        return self.name if self.name and self.sex is None else self.id


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Signed 16-bit little-endian PCM at `rate` Hz."""

    rate: int = 24_000
    channels: int = 1

    SAMPLE_WIDTH = 2  # bytes

    @property
    def bytes_per_second(self) -> int:
        """How many bytes one second takes."""
        return self.rate * self.channels * self.SAMPLE_WIDTH


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked for speech: fairness, budgets and deletion go by it. None: outside of any guild."""

    guild_id: int | None = None
    member_id: int | None = None


NOBODY: Final = Origin()


@dataclass(frozen=True, slots=True)
class Source:
    """Where words come from.

    Args:
        member_id: Whose they are.
        guild_id: The server they are from.
        channel_id: The channel they are from.
        parent_id: The channel of that thread, if it is one.
        identity: Set where they come from nobody with settings of their own, such as a webhook: the
            name under which it writes.
        language: The one found in the words themselves.
        is_chat: Whether they are read from a chat, and not from a command: then the language found
            in them is over that of the channel, the server and the operator.
    """

    member_id: int | None = None
    guild_id: int | None = None
    channel_id: int | None = None
    parent_id: int | None = None
    identity: str = ""
    language: Language | None = None
    is_chat: bool = False

    @property
    def origin(self) -> Origin:
        """Whom speech is counted and kept for."""
        return Origin(self.guild_id, self.member_id)


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One call to a synthesizer; equal requests sound the same, whoever asked.

    `speed` (0.5 to 2.0, pitch unchanged) and `volume` (0.0 to 2.0, linear) are ours: the endpoint
    knows neither, so they are applied to the audio it returns.
    """

    text: str
    model: str
    voice: Voice
    language: Language = Language.AUTO
    style: str | None = None
    speed: float = 1.0
    volume: float = 1.0
    origin: Origin = field(default=NOBODY, compare=False)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Whose words follow, as in "Ann said".

    `identity` tells speakers apart; where it is not `is_always`, it is said only when somebody else
    spoke before or that is a while ago.
    """

    request: SpeechRequest
    identity: str
    is_always: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person said, as ordered requests that are spoken without gaps.

    Args:
        speaker_id: Who said it: turns in the queue go by it.
        requests: What is spoken, in this order.
        pause_ms: The wanted silence before it where it directly follows another utterance.
        introduction: What may be said before it.
        hurry: How much faster it is spoken while many others wait.
        longest_s: After how many seconds of speech it is broken off.
    """

    speaker_id: int
    requests: tuple[SpeechRequest, ...]
    pause_ms: int = 0
    introduction: Introduction | None = None
    hurry: float = 1.0
    longest_s: float | None = None

    @property
    def voice(self) -> Voice:
        """Who says it."""
        return self.requests[0].voice


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request cost, as the provider counted it.

    `characters` is the billed number (a Han character counts 2); only legacy models set the tokens.
    """

    request_id: str
    model: str
    characters: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Who speaks and how; `None` leaves the choice to the next level below.

    `speed` and `volume` are those of a `SpeechRequest`, `pause_ms` that of an `Utterance`.
    """

    model: str | None = None
    voice: str | None = None
    language: Language | None = None
    style: str | None = None
    speed: float | None = None
    volume: float | None = None
    pause_ms: int | None = None

    def over(self, other: VoiceSettings) -> VoiceSettings:
        """Return these settings, with every open choice filled from `other`."""
        return VoiceSettings(
            model=self.model or other.model,
            voice=self.voice or other.voice,
            language=self.language or other.language,
            style=self.style or other.style,
            # Zero is a choice here: mute, or no pause at all.
            speed=_first(self.speed, other.speed),
            volume=_first(self.volume, other.volume),
            pause_ms=_first(self.pause_ms, other.pause_ms),
        )


def _first(choice: T | None, fallback: T | None) -> T | None:
    return fallback if choice is None else choice
