"""What a file of settings would change, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.i18n import _, ngettext
from bot.plain import plain
from cogs._settings_words import cut, edit_in_words
from cogs.views.log import fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.exchange.document import WrongDocumentError
    from bot.exchange.service import Edit

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"import1:(?P<answer>apply|cancel):(?P<token>[0-9a-f]{16})"

MAX_EDITS_CHARACTERS: Final = 3_000
MAX_PROBLEMS_CHARACTERS: Final = 1_800
MAX_NAME_CHARACTERS: Final = 60


class ImportView(ui.LayoutView):
    """What would change, and the question whether it should.

    Its presses are heard by the cog, so it is stopped from the start.
    """

    def __init__(self, edits: Sequence[Edit], notes: Sequence[str], token: str) -> None:
        super().__init__(timeout=None)
        count = len(edits)
        title = ngettext(
            "### This file changes {count} value", "### This file changes {count} values", count
        )
        lines = fitting(map(edit_in_words, edits), MAX_EDITS_CHARACTERS)
        if more := count - len(lines):
            lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
        self.add_item(
            ui.Container(
                ui.TextDisplay("\n".join((title.format(count=count), *notes))),
                ui.Separator(),
                ui.TextDisplay("\n".join(lines)),
                ui.Separator(),
                ui.ActionRow(
                    ui.Button(
                        label=_("Apply these changes"),
                        style=discord.ButtonStyle.primary,
                        custom_id=f"import1:apply:{token}",
                    ),
                    ui.Button(label=_("Change nothing"), custom_id=f"import1:cancel:{token}"),
                ),
            )
        )
        self.stop()


class ClosedImportView(ui.LayoutView):
    """What became of a question that was answered."""

    def __init__(self, sentence: str) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay(sentence))
        self.stop()


def problems_in_words(error: WrongDocumentError) -> str:
    """Name every entry of a file that is wrong, as far as they fit into a message."""
    lines = fitting(
        (_problem(each.path, each.fault, each.line) for each in error.problems),
        MAX_PROBLEMS_CHARACTERS,
    )
    if more := error.count - len(lines):
        lines.append(ngettext("and {count} more", "and {count} more", more).format(count=more))
    return "\n".join((str(error), *lines))


def _problem(path: Sequence[str], fault: str, line: int) -> str:
    name = " → ".join(plain(cut(each, MAX_NAME_CHARACTERS)) for each in path)
    where = _("Line {line}, {name}").format(line=line, name=name) if line else name
    return f"{where}: {plain(fault)}"
