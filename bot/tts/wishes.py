"""What everyone wants who has a say in who speaks, from one command down to the operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from bot.models import Language, VoiceSettings
from bot.settings.guild import GuildSettings
from bot.settings.member import MemberRules
from bot.tts.catalog import DEFAULT_MODEL, DEFAULT_VOICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_PAUSE_MS: Final = 200
BASE: Final = VoiceSettings(
    DEFAULT_MODEL,
    DEFAULT_VOICE,
    Language.AUTO,
    style=None,
    speed=1.0,
    volume=1.0,
    pause_ms=DEFAULT_PAUSE_MS,
)
"""What holds where not even the operator has chosen."""

NOTHING: Final = VoiceSettings()
UNDECIDED: Final = GuildSettings()
FREE: Final = MemberRules()
"""What holds where nobody has decided anything."""


class Level(StrEnum):
    """Who has decided something, the strongest first."""

    COMMAND = "command"
    LOCKED = "locked"
    """A moderator, for this member."""
    FORCED = "forced"
    """A moderator, for everyone."""
    HERE = "here"
    """The member, for this server."""
    EVERYWHERE = "everywhere"
    """The member, for all servers."""
    MESSAGE = "message"
    """The language the message is in."""
    CHANNEL = "channel"
    GIVEN = "given"
    """Nobody: each member without a voice gets one of their own."""
    SERVER_LANGUAGE = "server language"
    """The server's voice for the language."""
    SERVER = "server"
    VOICE = "voice"
    """The voice itself, which was made for one language."""
    OPERATOR_LANGUAGE = "operator language"
    OPERATOR = "operator"
    """The operator, or nobody."""


OF_MEMBERS: Final = frozenset({Level.HERE, Level.EVERYWHERE})
"""What members have saved for themselves."""

OF_RULES: Final = frozenset({Level.LOCKED, Level.FORCED})
"""What moderators do not leave to members."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """The operator's choice: settings, and who speaks a language where nobody chose a voice."""

    settings: VoiceSettings = BASE
    voices: Mapping[Language, str] = field(default_factory=dict)
    filled: VoiceSettings = field(init=False, repr=False, compare=False)
    """The settings, with what holds where the operator has chosen nothing."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "filled", self.settings.over(BASE))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What everyone who has a say in it wants.

    `message` is the language of a message that is read, `words` that of whatever is said: a server
    may have a voice for it. `identity` is who gets a voice of their own where nobody chose one: a
    member's id, or the name under which a webhook writes; `is_given` lets them have one even where
    members do not.
    """

    command: VoiceSettings = NOTHING
    here: VoiceSettings = NOTHING
    everywhere: VoiceSettings = NOTHING
    message: Language | None = None
    words: Language | None = None
    channel: VoiceSettings = NOTHING
    server: GuildSettings = UNDECIDED
    rules: MemberRules = FREE
    defaults: Defaults = field(default_factory=Defaults)
    identity: str = ""
    is_given: bool = False

    def of(self, name: str) -> Iterator[tuple[Level, Any]]:
        """Yield who has chosen the setting `name` and what, the strongest first."""
        levels = (
            (Level.COMMAND, self.command),
            (Level.HERE, self.here),
            (Level.EVERYWHERE, self.everywhere),
            (Level.MESSAGE, VoiceSettings(language=self.message)),
            (Level.CHANNEL, self.channel),
            (Level.SERVER, self.server),
            (Level.OPERATOR, self.defaults.filled),
        )
        for level, settings in levels:
            # Zero is a choice here: mute, or no pause at all.
            if (chosen := getattr(settings, name)) is not None and chosen != "":
                yield level, chosen

    def first(self, name: str) -> tuple[Level, Any]:
        """Return who decides the setting `name`, and what they chose."""
        return next(self.of(name), (Level.OPERATOR, None))
