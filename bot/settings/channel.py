"""What moderators decide for a single channel, thread or forum post."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.i18n import N_
from bot.models import VoiceSettings
from bot.settings.declare import setting
from bot.settings.kinds import Flag, Id, Mentionable, Number, Text, Unit
from bot.settings.pages.limits import MAX_CHARACTERS
from bot.settings.pages.reading import NAME_READINGS
from bot.settings.pages.voices import LANGUAGES, MAX_ID_CHARACTERS

if TYPE_CHECKING:
    from bot.models import Language
    from bot.settings.choices import NameReading


_channel = partial(setting, unset=N_("as in the server"))


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Every setting of a channel; one that is `None` leaves the choice to the server's.

    Threads and the posts of a forum that have none of their own follow those of their parent.
    """

    is_read: bool | None = _channel(
        None,
        Flag(),
        N_("Read aloud"),
        N_("Whether I read what is written here; else only the chat of my voice channel is read."),
    )
    voice_channel_id: int | None = _channel(
        None,
        Id(Mentionable.VOICE_CHANNEL),
        N_("Paired voice channel"),
        N_("The voice channel where this is read, and where I come by myself."),
    )
    voice: str | None = _channel(
        None,
        Text(MAX_ID_CHARACTERS),
        N_("Voice"),
        N_("Who speaks here for those who have chosen no voice."),
    )
    language: Language | None = _channel(
        None, LANGUAGES, N_("Language"), N_("The language most people write in here.")
    )
    only_in_call: bool | None = _channel(
        None,
        Flag(),
        N_("Only people in the call"),
        N_("Whether I read only what people in my voice channel write."),
    )
    required_role_id: int | None = _channel(
        None, Id(Mentionable.ROLE), N_("Required role"), N_("I read only members with this role.")
    )
    name_reading: NameReading | None = _channel(
        None,
        NAME_READINGS,
        N_("Say who wrote"),
        N_("When I say the name of who wrote before what they wrote."),
    )
    max_characters: int | None = _channel(
        None,
        Number(10, MAX_CHARACTERS, Unit.CHARACTERS),
        N_("Longest message"),
        N_("How many characters of one message I read here."),
    )

    @property
    def voice_settings(self) -> VoiceSettings:
        """Who speaks here, and how."""
        return VoiceSettings(voice=self.voice, language=self.language)
