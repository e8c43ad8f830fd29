"""Voices to look through, listen to and choose from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.i18n import N_, _, ngettext
from bot.models import Manner, Sex
from bot.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.models import Voice

PAGE_VOICES: Final = 8
"""With a text and a button each, and what chooses among them, 37 of Discord's 40 components."""

MAX_OPTIONS: Final = 25  # Discord's limit
MAX_LABEL_CHARACTERS: Final = 80  # Discord's limit
KEY_BYTES: Final = 6
ANY: Final = "-"

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = (
    r"voices1:(?P<action>sex|tongue|manner|place|back|on|hear|choose)"
    r":(?P<owner>[0-9]{1,19}):(?P<place>here|all)"
    r":(?P<sex>[a-z]+|-):(?P<tongue>[A-Za-z_]+|-):(?P<manner>[a-z]+|-)"
    r":(?P<page>[0-9]{1,3}):(?P<voice>[0-9a-f]{12}|-)"
)

SEXES: Final = {Sex.FEMALE: N_("Female"), Sex.MALE: N_("Male")}
MANNERS: Final = {
    Manner.GENTLE: N_("Gentle"),
    Manner.LIVELY: N_("Lively"),
    Manner.STRONG: N_("Strong"),
    Manner.MATURE: N_("Mature"),
    Manner.CHILDLIKE: N_("Childlike"),
}


class Action(StrEnum):
    """What a press asks for; the first three are menus that choose which voices are shown."""

    SEX = "sex"
    TONGUE = "tongue"
    MANNER = "manner"
    PLACE = "place"
    """Choose for this server, or for all."""
    BACK = "back"
    ON = "on"
    HEAR = "hear"
    CHOOSE = "choose"


@dataclass(frozen=True, slots=True)
class Browsing:
    """Who looks at which voices; all of it is in the id of every component.

    `is_for_all` says that a voice is chosen for all servers; the filters are values of a voice, or
    `ANY`; pages count from 0.
    """

    owner_id: int
    is_for_all: bool
    sex: str = ANY
    tongue: str = ANY
    manner: str = ANY
    page: int = 0

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Browsing:
        """Return what the id of a component says."""
        return cls(
            owner_id=int(fields["owner"]),
            is_for_all=fields["place"] == "all",
            sex=fields["sex"],
            tongue=fields["tongue"],
            manner=fields["manner"],
            page=int(fields["page"]),
        )

    def custom_id(self, action: Action, voice: str = ANY) -> str:
        """Return the id that says this, what a press asks for, and of which voice."""
        place = "all" if self.is_for_all else "here"
        parts = (action, self.owner_id, place, self.sex, self.tongue, self.manner, self.page, voice)
        return ":".join(("voices1", *map(str, parts)))

    def after(self, action: Action, values: Sequence[str]) -> Browsing:
        """Return what is looked at after a press that chooses what is shown."""
        match action:
            case Action.BACK:
                return replace(self, page=max(0, self.page - 1))
            case Action.ON:
                return replace(self, page=self.page + 1)
            case Action.PLACE:
                return replace(self, is_for_all=not self.is_for_all, page=0)
            case Action.SEX | Action.TONGUE | Action.MANNER:
                [chosen] = values
                changed: dict[str, Any] = {action.value: chosen}
                return replace(self, page=0, **changed)
        return self

    def fits(self, voice: Voice) -> bool:
        """Return whether a voice is one of those that are looked for."""
        wanted = ((self.sex, voice.sex), (self.tongue, tongue(voice)), (self.manner, voice.manner))
        return all(each in (ANY, value) for each, value in wanted)


def key(voice: Voice) -> str:
    """Return what stands for a voice in an id: voices of one's own have ids of any length."""
    return hashlib.blake2b(voice.id.encode(), digest_size=KEY_BYTES).hexdigest()


def tongue(voice: Voice) -> str | None:
    """Return what a voice speaks as natives do, as a word for ids."""
    spoken = voice.dialect or voice.home
    return spoken.replace(" ", "_") if spoken else None


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from: the voices, the one that speaks now, something to say first.

    `may_move` says that there is a server to choose for, besides all of them.
    """

    voices: Sequence[Voice]
    current: Voice
    may_move: bool
    note: str = ""


class VoicePicker(ui.LayoutView):
    """One page of the voices that somebody looks for.

    Its presses are heard by `cogs.voice`, so it is stopped from the start.
    """

    def __init__(self, browsing: Browsing, offer: Offer) -> None:
        super().__init__(timeout=None)
        found = [voice for voice in offer.voices if browsing.fits(voice)]
        pages = max(1, -(-len(found) // PAGE_VOICES))
        browsing = replace(browsing, page=min(browsing.page, pages - 1))
        first = browsing.page * PAGE_VOICES
        shown = found[first : first + PAGE_VOICES]
        self.add_item(ui.TextDisplay(_head(browsing, offer, len(found), pages)))
        for menu in _filters(browsing, offer.voices):
            self.add_item(ui.ActionRow(menu))
        for voice in shown:
            self.add_item(_section(browsing, voice, is_current=voice == offer.current))
        if shown:
            self.add_item(ui.ActionRow(_chooser(browsing, shown)))
        if buttons := list(_buttons(browsing, offer, pages)):
            self.add_item(ui.ActionRow(*buttons))
        self.stop()


def _head(browsing: Browsing, offer: Offer, found: int, pages: int) -> str:
    if not found:
        count = _("No voice fits. Choose other filters.")
    else:
        count = ngettext("{count} voice fits.", "{count} voices fit.", found).format(count=found)
    if pages > 1:
        count += " " + _("Page {page} of {pages}.").format(page=browsing.page + 1, pages=pages)
    place = _("You choose for all servers.")
    if not browsing.is_for_all:
        place = _("You choose for this server.")
    lines = (offer.note, "### " + _("Voices"), f"{place} {count}")
    return "\n".join(filter(None, lines))


def _filters(browsing: Browsing, voices: Sequence[Voice]) -> Iterable[ui.Select[VoicePicker]]:
    """Return a menu for each trait in which the voices differ."""
    menus = (
        (Action.SEX, _("Sex"), _("Women and men"), SEXES, lambda voice: voice.sex),
        (
            Action.TONGUE,
            _("Language or dialect"),
            _("Every language and dialect"),
            _tongues(voices),
            tongue,
        ),
        (Action.MANNER, _("Manner"), _("Every manner"), MANNERS, lambda voice: voice.manner),
    )
    for action, title, every, names, trait in menus:
        present = {trait(voice) for voice in voices}
        labels = {value: _(name) for value, name in names.items() if value in present}
        if len(present) > 1 and labels:
            yield _menu(browsing, action, title, {ANY: every, **labels})


def _tongues(voices: Sequence[Voice]) -> dict[str, str]:
    plain = {tongue(voice): voice.home for voice in voices if voice.home and not voice.dialect}
    dialects = {tongue(voice): voice.dialect for voice in voices if voice.dialect}
    return {word: str(name) for word, name in {**plain, **dialects}.items() if word}


def _menu(
    browsing: Browsing, action: Action, title: str, labels: Mapping[str, str]
) -> ui.Select[VoicePicker]:
    chosen = getattr(browsing, action.value)
    return ui.Select(
        custom_id=browsing.custom_id(action),
        placeholder=title,
        options=[
            discord.SelectOption(label=label, value=value, default=value == chosen)
            for value, label in list(labels.items())[:MAX_OPTIONS]
        ],
    )


def _section(browsing: Browsing, voice: Voice, *, is_current: bool) -> ui.Section[VoicePicker]:
    name = plain(_name(voice))
    if is_current:
        name = _("{voice} (speaks for you now)").format(voice=name)
    button: ui.Button[VoicePicker] = ui.Button(
        label=_("Listen to {voice}").format(voice=voice.short_name)[:MAX_LABEL_CHARACTERS],
        custom_id=browsing.custom_id(Action.HEAR, key(voice)),
    )
    lines = (f"**{name}**", plain(_traits(voice)))
    return ui.Section("\n".join(filter(None, lines)), accessory=button)


def _chooser(browsing: Browsing, voices: Sequence[Voice]) -> ui.Select[VoicePicker]:
    return ui.Select(
        custom_id=browsing.custom_id(Action.CHOOSE),
        placeholder=_("Choose who speaks for you"),
        options=[discord.SelectOption(label=_name(voice), value=key(voice)) for voice in voices],
    )


def _buttons(browsing: Browsing, offer: Offer, pages: int) -> Iterable[ui.Button[VoicePicker]]:
    if pages > 1:
        yield ui.Button(
            label=_("Page before"),
            custom_id=browsing.custom_id(Action.BACK),
            disabled=browsing.page == 0,
        )
        yield ui.Button(
            label=_("Next page"),
            custom_id=browsing.custom_id(Action.ON),
            disabled=browsing.page == pages - 1,
        )
    if offer.may_move:
        label = _("Choose for all servers")
        if browsing.is_for_all:
            label = _("Choose for this server")
        yield ui.Button(label=label, custom_id=browsing.custom_id(Action.PLACE))


def _name(voice: Voice) -> str:
    names = dict.fromkeys((voice.short_name, voice.name if voice.sex else ""))
    return " · ".join(filter(None, names))[:MAX_LABEL_CHARACTERS]


def _traits(voice: Voice) -> str:
    spoken = voice.dialect or (_(voice.home.value) if voice.home else "")
    sex = _(SEXES[voice.sex]) if voice.sex else ""
    return " · ".join(filter(None, (sex, spoken, voice.character)))
