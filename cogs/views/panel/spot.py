"""Where in the panel somebody is, and what they press there: all of it is in the ids."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.i18n import N_
from bot.settings.declare import Page, settings_of
from bot.settings.guild import GuildSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.settings.declare import Setting

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = (
    r"panel1:(?P<action>[a-z]+):(?P<page>[a-z]+)\.(?P<part>[0-9]{1,2})"
    r"\.(?P<member>[0-9]{1,19}):(?P<name>[a-z0-9_]*)"
)


class Tab(StrEnum):
    """A page of the panel."""

    VOICES = "voices"
    READING = "reading"
    FILTERS = "filters"
    LIMITS = "limits"
    DICTIONARY = "dictionary"
    MEMBERS = "members"
    LOG = "log"


TITLES: Final = {
    Tab.VOICES: N_("Voices"),
    Tab.READING: N_("Reading"),
    Tab.FILTERS: N_("Filters"),
    Tab.LIMITS: N_("Limits"),
    Tab.DICTIONARY: N_("Dictionary"),
    Tab.MEMBERS: N_("Members"),
    Tab.LOG: N_("Log"),
}

_PAGES: Final = {
    Tab.VOICES: Page.VOICES,
    Tab.READING: Page.READING,
    Tab.FILTERS: Page.FILTERS,
    Tab.LIMITS: Page.LIMITS,
    Tab.LOG: Page.LOG,
}


class Action(StrEnum):
    """What a press asks for."""

    SHOW = "show"
    """Go to another page, part or member."""
    PICK = "pick"
    """Go to the member that is chosen in a menu."""
    ON = "on"
    OFF = "off"
    SET = "set"
    """Give a setting what is chosen in a menu."""
    ASK = "ask"
    """Open the dialog of a setting, or submit it."""
    RESET = "reset"
    """Give settings their defaults."""
    MUTE = "mute"
    UNMUTE = "unmute"
    FORGET = "forget"
    """Forget what was decided about a member."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A page, a part of it, and the member who is looked at on the page of members."""

    tab: Tab = Tab.VOICES
    part: int = 0
    member_id: int = 0

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Spot:
        """Return what the id of a component says; of an unknown page, the first one."""
        known = fields["page"] in Tab.__members__.values()
        tab = Tab(fields["page"]) if known else Tab.VOICES
        part = int(fields["part"]) if int(fields["part"]) < len(parts(tab)) else 0
        return cls(tab, part, int(fields["member"]))

    def custom_id(self, action: Action, name: str = "") -> str:
        """Return the id that says this, what a press asks for, and of which setting."""
        return f"panel1:{action}:{self.tab}.{self.part}.{self.member_id}:{name}"

    @property
    def settings(self) -> Sequence[Setting]:
        """The settings that are here."""
        of_tab = parts(self.tab)
        return tuple(of_tab.values())[self.part] if of_tab else ()


def parts(tab: Tab) -> Mapping[str, Sequence[Setting]]:
    """Return the settings of a page by the titles of its parts, in their order."""
    of_tab: dict[str, list[Setting]] = {}
    for setting in settings_of(GuildSettings).values():
        if tab in _PAGES and setting.page is _PAGES[tab]:
            of_tab.setdefault(setting.part, []).append(setting)
    return of_tab
