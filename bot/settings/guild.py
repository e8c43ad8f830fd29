"""What moderators decide for their server."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models import VoiceSettings
from bot.settings.pages.filters import FiltersPage
from bot.settings.pages.limits import LimitsPage
from bot.settings.pages.log import LogPage
from bot.settings.pages.reading import ReadingPage
from bot.settings.pages.voices import VoicesPage


# A dataclass takes the fields of its last base first.
@dataclass(frozen=True, slots=True)
class GuildSettings(LogPage, LimitsPage, FiltersPage, ReadingPage, VoicesPage):
    """Every setting of a server; one that is `None` leaves the choice to the operator."""

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
