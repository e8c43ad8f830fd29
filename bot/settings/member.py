"""What members decide for themselves, and what moderators decide about them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from bot.i18n import N_
from bot.models import MAX_SPEED, MIN_SPEED, VoiceSettings
from bot.settings.declare import setting
from bot.settings.kinds import Flag, Number, Text, Unit
from bot.settings.pages.voices import LANGUAGES, MAX_ID_CHARACTERS

if TYPE_CHECKING:
    from bot.models import Language

MAX_NAME_CHARACTERS: Final = 40
MAX_STYLE_CHARACTERS: Final = 200
"""Reliability catalogue, row A-09: of a style that is not a moderator's."""


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """Every setting of a member, for one server or for all; `None` leaves the choice open."""

    voice: str | None = setting(
        None, Text(MAX_ID_CHARACTERS), N_("Voice"), N_("Who speaks for you.")
    )
    language: Language | None = setting(
        None, LANGUAGES, N_("Language"), N_("The language you write in.")
    )
    style: str | None = setting(
        None,
        Text(MAX_STYLE_CHARACTERS),
        N_("Style"),
        N_("How to speak, for models that follow instructions."),
    )
    speed: float | None = setting(
        None, Number(MIN_SPEED, MAX_SPEED, Unit.FACTOR), N_("Speed"), N_("How fast I speak.")
    )
    spoken_name: str | None = setting(
        None, Text(MAX_NAME_CHARACTERS), N_("Spoken name"), N_("How your name is spoken.")
    )
    is_opted_out: bool | None = setting(
        None, Flag(), N_("Never read me"), N_("I never read what you write.")
    )

    @property
    def voice_settings(self) -> VoiceSettings:
        """Who speaks for the member, and how."""
        return VoiceSettings(
            voice=self.voice, language=self.language, style=self.style, speed=self.speed
        )

    def over(self, other: MemberSettings) -> MemberSettings:
        """Return these settings, with every open choice filled from `other`.

        So what a member decided for one server is put over what they decided for all.
        """
        chosen = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(
            other, **{name: value for name, value in chosen.items() if value is not None}
        )


@dataclass(frozen=True, slots=True)
class MemberRules:
    """What moderators decide about a member of their server."""

    is_muted: bool = setting(False, Flag(), N_("Muted"), N_("I read nothing of this member."))
    voice: str | None = setting(
        None,
        Text(MAX_ID_CHARACTERS),
        N_("Locked voice"),
        N_("Who speaks for this member, whatever they choose."),
        unset=N_("none"),
    )
