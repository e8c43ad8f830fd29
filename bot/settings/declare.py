"""How a setting is declared: once, with everything that panels, files and the disk need."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from bot.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from bot.settings.kinds import Kind

T = TypeVar("T")

_KEY: Final = "setting"


class Page(StrEnum):
    """Where people find a setting."""

    VOICES = N_("Voices")
    READING = N_("Reading")
    FILTERS = N_("Filters")
    LIMITS = N_("Limits")
    LOG = N_("Log")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in files and on the disk, its values, and its words for people.

    `label` is a few words and `about` one sentence, to be translated where they are shown, as are
    `part`, the settings of a page that belong together, and `unset`, which says what holds where
    there is no value.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    about: str
    page: Page | None
    part: str
    unset: str

    def load(self, written: Any) -> Any:
        """Return the value that `written`, as read from JSON, means.

        Raises:
            InvalidValueError: It is none.
        """
        if written is None and self.default is None:
            return None
        return self.kind.load(written)

    def dump(self, value: Any) -> Any:
        """Return `value` as JSON can hold it."""
        return None if value is None else self.kind.dump(value)


def setting(
    default: T,
    kind: Kind,
    label: str,
    about: str,
    *,
    page: Page | None = None,
    part: str = "",
    unset: str = N_("not set"),
) -> T:  # what `dataclasses.field` claims to return, too
    """Declare a field of a frozen dataclass as a setting."""
    return field(default=default, metadata={_KEY: (kind, label, about, page, part, unset)})


def settings_of(model: type[Any]) -> Mapping[str, Setting]:
    """Return the settings declared in a dataclass by their names, in their order."""
    return _read(cast("Hashable", model))


@cache
def _read(model: Any) -> Mapping[str, Setting]:
    return {
        each.name: Setting(each.name, *_declared(each))
        for each in dataclasses.fields(model)
        if _KEY in each.metadata
    }


def _declared(each: dataclasses.Field[Any]) -> tuple[Any, ...]:
    kind, *words = each.metadata[_KEY]
    return kind, each.default, *words


def changes(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    """Return what differs between two values of one dataclass: name → old, new."""
    return {
        name: (old, new)
        for name in settings_of(type(before))
        if (old := getattr(before, name)) != (new := getattr(after, name))
    }
