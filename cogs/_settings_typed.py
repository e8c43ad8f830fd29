"""What people type for a setting, and what they are told of it before and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.errors import UserError
from bot.i18n import _
from bot.settings.kinds import HoursOfDay, InvalidValueError, Number, TimeZone, Unit
from cogs._settings_words import in_plain_words, quantity

if TYPE_CHECKING:
    from bot.settings.declare import Setting

_SECONDS_OF: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_NUMBER: Final = re.compile(r"\s*(-?[0-9]+(?:[.,][0-9]+)?)\s*([^\W\d_]*|%|×)\.?\s*")
_GROUPS: Final = re.compile(r"(?<=[0-9])[ ,.'_\u00a0\u202f](?=[0-9]{3}(?![0-9]))")


def as_typed(setting: Setting, value: Any) -> str:
    """Return what somebody would have to type for a value; nothing for the default."""
    if value is None:
        return ""
    match setting.kind:
        case Number(unit=Unit.PERCENT):
            return f"{round(value * 100, 6):.10g}"
        case Number():
            return f"{value:.10g}"
    return str(setting.dump(value))


def read_typed(setting: Setting, typed: str) -> Any:
    """Return the value that somebody has typed; the default if that is nothing.

    Raises:
        UserError: It is none this setting may have.
    """
    if not typed.strip():
        return setting.default
    if isinstance(setting.kind, Number):
        return _read_number(setting, setting.kind, typed)
    try:
        return setting.load(typed)
    except InvalidValueError as error:
        raise invalid(setting, error) from error


def hint(setting: Setting) -> str:
    """Say what may be typed for a setting, and what nothing means."""
    default = in_plain_words(setting, setting.default)
    match setting.kind:
        case Number() as number:
            least, most = quantity(number, number.least), quantity(number, number.most)
            return _("{least} to {most}. Empty: {default}.").format(
                least=least, most=most, default=default
            )
        case HoursOfDay():
            return _("Such as 22:00-07:00. Empty: {default}.").format(default=default)
        case TimeZone():
            return _("Such as Europe/Berlin. Empty: {default}.").format(default=default)
    return _("Empty: {default}.").format(default=default)


def invalid(setting: Setting, error: InvalidValueError) -> UserError:
    """Return what somebody is told whose value for a setting is none it may have."""
    return UserError(_("{setting} {fault}.").format(setting=_(setting.label), fault=error))


def _read_number(setting: Setting, kind: Number, typed: str) -> Any:
    if kind.zero and typed.strip().casefold() == _(kind.zero).casefold():
        return 0
    found = _NUMBER.fullmatch(_GROUPS.sub("", typed) if kind.is_whole else typed)
    if found is None:
        raise _out_of_range(setting, kind)
    number = float(found[1].replace(",", ".")) * _factor(kind.unit, found[2].casefold())
    try:
        return setting.load(round(number, 9))
    except InvalidValueError as error:
        raise _out_of_range(setting, kind) from error


def _factor(unit: Unit, suffix: str) -> float:
    """Return by what a typed number is multiplied; a word that is no unit changes nothing."""
    if unit is Unit.PERCENT:
        return 0.01
    if unit is Unit.SECONDS:
        return 0.001 if suffix == "ms" else _SECONDS_OF.get(suffix[:1], 1)
    if unit is Unit.MILLISECONDS and suffix.startswith("s"):
        return 1_000
    return 1


def _out_of_range(setting: Setting, kind: Number) -> UserError:
    whole = _("{setting} must be a whole number from {least} to {most}.")
    sentence = whole if kind.is_whole else _("{setting} must be a number from {least} to {most}.")
    if kind.unit in (Unit.PERCENT, Unit.SECONDS, Unit.MILLISECONDS):
        sentence = _("{setting} must be from {least} to {most}.")
    return UserError(
        sentence.format(
            setting=_(setting.label),
            least=quantity(kind, kind.least),
            most=quantity(kind, kind.most),
        )
    )
