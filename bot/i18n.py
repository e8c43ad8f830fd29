"""Words for users, in their language."""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

DOMAIN = "oriole"
LOCALES = Path(__file__).parent / "locales"

_locale: ContextVar[str] = ContextVar("locale", default="en-US")


@lru_cache(maxsize=64)
def _catalogue(locale: str) -> gettext.NullTranslations:
    names = [locale.replace("-", "_"), locale.partition("-")[0]]
    return gettext.translation(DOMAIN, LOCALES, languages=names, fallback=True)


def use_locale(locale: str) -> None:
    """Speak `locale` (as Discord writes it: `en-US`, `zh-CN`) for the rest of this task."""
    _locale.set(locale)


def _(message: str) -> str:
    """Return `message` in the language of the current task; English is the message itself."""
    return _catalogue(_locale.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a message that fits `count`, in the language of the current task."""
    return _catalogue(_locale.get()).ngettext(one, many, count)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Mark `message` for translation where it is written, and return it as it is."""
    return message
