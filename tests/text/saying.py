"""Say messages in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.models import Language
from bot.settings.guild import GuildSettings
from bot.text.markup import parse
from bot.text.message import ChatMessage
from bot.text.speakable import Spoken, speak

ZH, EN, DE, IT = Language.CHINESE, Language.ENGLISH, Language.GERMAN, Language.ITALIAN
PT, ES, JA, KO = Language.PORTUGUESE, Language.SPANISH, Language.JAPANESE, Language.KOREAN
FR, RU, AUTO = Language.FRENCH, Language.RUSSIAN, Language.AUTO

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
USERS = {1: "Bob", 2: "꧁𝕭𝖔𝖇꧂", 3: "✨"}
ROLES = {1: "Mods", 2: "⭐"}
CHANNELS = {1: "📢-news", 2: "🎉"}


def speak_of(message: ChatMessage, language: Language = EN, **settings: Any) -> Spoken:
    return speak(
        message,
        parse(message.content),
        settings=GuildSettings(**settings),
        language=language,
        now=NOW,
    )


def said(content: str, language: Language = EN, **settings: Any) -> str:
    """What is said of a message that mentions whom this module knows."""
    message = ChatMessage(content, users=USERS, roles=ROLES, channels=CHANNELS)
    return speak_of(message, language, **settings).text
