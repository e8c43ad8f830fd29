"""What the libraries call the languages of the endpoint."""

from __future__ import annotations

from typing import Final

from bot.models import Language

ISO_CODES: Final = {
    Language.CHINESE: "zh",
    Language.ENGLISH: "en",
    Language.GERMAN: "de",
    Language.ITALIAN: "it",
    Language.PORTUGUESE: "pt",
    Language.SPANISH: "es",
    Language.JAPANESE: "ja",
    Language.KOREAN: "ko",
    Language.FRENCH: "fr",
    Language.RUSSIAN: "ru",
}
