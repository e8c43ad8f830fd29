"""What moderators decide on the page of log: who changed what, and in which language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.i18n import N_
from bot.settings.choices import Locale
from bot.settings.declare import Page, setting
from bot.settings.kinds import Choice, Id, Mentionable
from bot.settings.pages.unset import NOWHERE

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

_log = partial(setting, page=Page.LOG)


@dataclass(frozen=True)
class LogPage:
    """The settings of one page; `GuildSettings` has the room for their values."""

    __slots__ = ()

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
        unset=NOWHERE,
    )
