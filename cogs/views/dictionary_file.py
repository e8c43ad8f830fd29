"""What a file would do to a dictionary, for somebody to agree to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import discord
from discord import ButtonStyle, ui

from bot.i18n import _, ngettext
from bot.plain import plain
from cogs._dictionary import in_words, title_of
from cogs._settings_words import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.storage.lexicon import LexiconOwner
    from bot.text.lexicon import LexiconEntry
    from bot.text.lexicon_difference import Difference
    from bot.text.lexicon_files import LexiconFile

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = (
    r"wordfile1:(?P<action>merge|replace|cancel):(?P<member>[0-9]{1,19}):(?P<owner>server|mine)"
)

MAX_SAMPLES: Final = 3
"""Entries of a kind that are shown."""

MAX_FAULTS: Final = 5
MAX_READING: Final = 40
"""Characters of a reading in a sample."""


class Action(StrEnum):
    """What to do with a file."""

    MERGE = "merge"
    REPLACE = "replace"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to decide.

    Args:
        file: What was read from the file.
        merge: What changes if its words are added.
        replace: What changes if they come in place of all.
        has_room: Whether the dictionary can hold all of them together.
    """

    file: LexiconFile
    merge: Difference
    replace: Difference
    has_room: bool


class ImportView(ui.LayoutView):
    """Says what a file would change, and asks; the file itself is a part of the message.

    Its presses are heard by `cogs.dictionary`, so it is stopped from the start.
    """

    def __init__(
        self, member_id: int, owner: LexiconOwner, offer: Offer, attached: discord.File
    ) -> None:
        super().__init__(timeout=None)
        # Each in a text of its own: a line behind a list would be read as a part of its last entry.
        for text in filter(None, _texts(owner, offer)):
            self.add_item(ui.TextDisplay(text))
        self.add_item(ui.File(attached))
        self.add_item(ui.ActionRow(*_buttons(member_id, owner, offer)))
        self.stop()


class ClosedView(ui.LayoutView):
    """Says what was decided."""

    def __init__(self, sentence: str) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay(sentence))
        self.stop()


def changed_in_words(change: Difference) -> str:
    """Return how many words are added, changed and removed."""
    added, changed, removed = len(change.added), len(change.changed), len(change.removed)
    counts = (
        (added, ngettext("{count} word added", "{count} words added", added)),
        (changed, ngettext("{count} word changed", "{count} words changed", changed)),
        (removed, ngettext("{count} word removed", "{count} words removed", removed)),
    )
    parts = [words.format(count=count) for count, words in counts if count]
    return ", ".join(parts) or _("nothing changed")


def _texts(owner: LexiconOwner, offer: Offer) -> Iterator[str]:
    found = len(offer.file.entries)
    counted = ngettext("The file has {count} word.", "The file has {count} words.", found)
    yield "\n".join(("### " + title_of(owner), counted.format(count=found)))
    faults = offer.file.faults
    refused = ngettext(
        "{count} row cannot be used and is left out:",
        "{count} rows cannot be used and are left out:",
        len(faults),
    ).format(count=len(faults))
    yield _list(refused, [plain(str(fault)) for fault in faults], MAX_FAULTS)
    yield "\n".join(_choices(offer))
    change = offer.replace
    yield _list(_("New, such as:"), list(map(_short, change.added)), MAX_SAMPLES)
    yield _list(_("Changed, such as:"), list(map(_change, change.changed)), MAX_SAMPLES)
    gone = _("Gone if all is replaced, such as:")
    yield _list(gone, list(map(_short, change.removed)), MAX_SAMPLES)


def _choices(offer: Offer) -> Iterator[str]:
    if offer.has_room:
        added = _("**Add them to what is there:** {changes}.")
        yield added.format(changes=changed_in_words(offer.merge))
    else:
        yield _("There is not enough room to add them to what is there.")
    replaced = _("**Put them in place of all that is there:** {changes}.")
    yield replaced.format(changes=changed_in_words(offer.replace))


def _list(title: str, entries: Sequence[str], most: int) -> str:
    """Return some of the entries under a title, or nothing if there are none."""
    if not entries:
        return ""
    lines = [title, *(f"- {entry}" for entry in entries[:most])]
    if more := len(entries[most:]):
        lines.append(
            "- " + ngettext("and {count} more", "and {count} more", more).format(count=more)
        )
    return "\n".join(lines)


def _short(entry: LexiconEntry) -> str:
    return in_words(entry, most=MAX_READING)


def _change(entries: tuple[LexiconEntry, LexiconEntry]) -> str:
    old, new = entries
    return _("{new}, before: {old}").format(
        new=_short(new), old=plain(cut(old.reading, MAX_READING)) or _("*(left out)*")
    )


def _buttons(member_id: int, owner: LexiconOwner, offer: Offer) -> Sequence[ui.Button[ImportView]]:
    whose = "server" if owner.guild_id else "mine"
    choices = (
        (Action.MERGE, _("Add them"), ButtonStyle.primary, offer.has_room and bool(offer.merge)),
        (Action.REPLACE, _("Replace all"), ButtonStyle.danger, bool(offer.replace)),
        (Action.CANCEL, _("Change nothing"), ButtonStyle.secondary, True),
    )
    return [
        ui.Button(
            label=label,
            style=style,
            custom_id=f"wordfile1:{action}:{member_id}:{whose}",
            disabled=not is_on,
        )
        for action, label, style, is_on in choices
    ]
