"""The words of a dictionary, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.i18n import _, ngettext
from bot.plain import plain
from bot.text.lexicon import MAX_READING_CHARACTERS, MAX_WORD_CHARACTERS
from cogs._dictionary import MAX_SEARCH_CHARACTERS, in_words, title_of
from cogs._settings_words import cut
from cogs.views.forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.storage.lexicon import LexiconOwner
    from bot.text.lexicon import LexiconEntry

PAGE_WORDS: Final = 10
"""As many as fit into a message if they are as long as may be, and every character is escaped."""

MAX_DESCRIPTION_CHARACTERS: Final = 100
"""Discord's limit for what explains an option of a menu."""

# A later version reads the ids of messages that this one has posted: new meaning, new number.
_PLACE: Final = (
    r":(?P<member>[0-9]{1,19}):(?P<owner>server|mine):(?P<page>[0-9]{1,3}):(?P<search>.{0,25})"
)
TEMPLATE: Final = r"words1:(?P<action>back|on|all|ask_find|ask_add|remove)" + _PLACE
FORM_TEMPLATE: Final = r"wordform1:(?P<action>find|add)" + _PLACE

WORD: Final = "word"
READING: Final = "reading"


class Action(StrEnum):
    """What a press asks for."""

    BACK = "back"
    ON = "on"
    ALL = "all"
    """Show every word again after a search."""
    ASK_FIND = "ask_find"
    """Open a dialog in which something is searched for."""
    ASK_ADD = "ask_add"
    """Open a dialog in which a word is added."""
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at which words; all of it is in the id of every component.

    `is_own` says that it is their own dictionary and not the server's; pages count from 0; an empty
    `search` finds every word.
    """

    member_id: int
    is_own: bool
    page: int = 0
    search: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Place:
        """Return what the id of a component says."""
        return cls(
            member_id=int(fields["member"]),
            is_own=fields["owner"] == "mine",
            page=int(fields["page"]),
            search=fields["search"],
        )

    def custom_id(self, action: str, *, prefix: str = "words1") -> str:
        """Return the id that says this, and what is to be done."""
        owner = "mine" if self.is_own else "server"
        return f"{prefix}:{action}:{self.member_id}:{owner}:{self.page}:{self.search}"

    def after(self, action: Action) -> Place:
        """Return what is looked at after a press that chooses what is shown."""
        match action:
            case Action.BACK:
                return replace(self, page=max(0, self.page - 1))
            case Action.ON:
                return replace(self, page=self.page + 1)
            case Action.ALL:
                return replace(self, page=0, search="")
        return self


class DictionaryView(ui.LayoutView):
    """One page of the words that somebody looks for.

    Its presses are heard by `cogs.dictionary`, so it is stopped from the start.

    Args:
        place: Who looks at what; a page behind the last shows the last.
        owner: Whose dictionary it is.
        found: All words that were found.
        note: Something to say first.
    """

    def __init__(
        self, place: Place, owner: LexiconOwner, found: Sequence[LexiconEntry], note: str = ""
    ) -> None:
        super().__init__(timeout=None)
        pages = max(1, -(-len(found) // PAGE_WORDS))
        place = replace(place, page=min(place.page, pages - 1))
        shown = found[place.page * PAGE_WORDS :][:PAGE_WORDS]
        lines = (note, "### " + title_of(owner), _count(place, len(found), pages))
        entries = (f"- {in_words(entry)}" for entry in shown)
        self.add_item(ui.TextDisplay("\n".join((*filter(None, lines), *entries))))
        if shown:
            self.add_item(ui.ActionRow(_remover(place, shown)))
        self.add_item(ui.ActionRow(*_buttons(place, pages)))
        self.stop()


def add_form(place: Place) -> Form:
    """Return a dialog in which a word is added."""
    return Form(
        _("Add a word"),
        place.custom_id("add", prefix="wordform1"),
        ui.Label(
            text=_("Word"),
            component=ui.TextInput[Any](custom_id=WORD, max_length=MAX_WORD_CHARACTERS),
        ),
        ui.Label(
            text=_("How I say it"),
            description=_("As you would write it for somebody to read aloud. Empty: not at all."),
            component=ui.TextInput[Any](
                custom_id=READING, max_length=MAX_READING_CHARACTERS, required=False
            ),
        ),
    )


def find_form(place: Place) -> Form:
    """Return a dialog in which something is searched for."""
    field = ui.TextInput[Any](
        custom_id=WORD, max_length=MAX_SEARCH_CHARACTERS, default=place.search or None
    )
    return Form(
        _("Search"),
        place.custom_id("find", prefix="wordform1"),
        ui.Label(text=_("A part of the word, or of how I say it"), component=field),
    )


def _count(place: Place, found: int, pages: int) -> str:
    if place.search:
        counted = ngettext("{count} word with {search}.", "{count} words with {search}.", found)
    elif found:
        counted = ngettext("{count} word.", "{count} words.", found)
    else:
        return _("There is no word in it yet. Add one with the button below.")
    sentences = [counted.format(count=found, search=f"**{plain(place.search)}**")]
    if pages > 1:
        sentences.append(_("Page {page} of {pages}.").format(page=place.page + 1, pages=pages))
    return " ".join(sentences)


def _remover(place: Place, shown: Sequence[LexiconEntry]) -> ui.Select[DictionaryView]:
    return ui.Select(
        custom_id=place.custom_id(Action.REMOVE),
        placeholder=_("Remove a word"),
        options=[
            discord.SelectOption(
                label=entry.word,
                value=entry.word,
                description=cut(entry.reading, MAX_DESCRIPTION_CHARACTERS) or _("(left out)"),
            )
            for entry in shown
        ],
    )


def _buttons(place: Place, pages: int) -> Iterable[ui.Button[DictionaryView]]:
    if pages > 1:
        is_first, is_last = place.page == 0, place.page == pages - 1
        yield _button(place, Action.BACK, _("Page before"), is_on=not is_first)
        yield _button(place, Action.ON, _("Next page"), is_on=not is_last)
    yield _button(place, Action.ASK_ADD, _("Add a word"))
    yield _button(place, Action.ASK_FIND, _("Search"))
    if place.search:
        yield _button(place, Action.ALL, _("Show all words"))


def _button(
    place: Place, action: Action, label: str, *, is_on: bool = True
) -> ui.Button[DictionaryView]:
    return ui.Button(label=label, custom_id=place.custom_id(action), disabled=not is_on)
