"""How a text would be read, for who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.i18n import _
from bot.plain import plain
from cogs._dictionary import in_words
from cogs._settings_words import cut
from cogs.views.log import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.models import Language
    from bot.text.lexicon import LexiconEntry

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"wordtest1:hear:(?P<member>[0-9]{1,19})"

MAX_SAID_CHARACTERS: Final = 1_000
"""Of what is said, in the message; what can be listened to is whole."""

MAX_PAGE_CHARACTERS: Final = 3_900
"""Of the 4,000 Discord takes in the texts of a message with components."""

_FENCE: Final = "```"
_TICK, _FENCED_TICK = "`", "`\u200b"
"""Within a fence, nobody sees what keeps ticks apart."""


@dataclass(frozen=True, slots=True)
class TestedReading:
    """What became of a text.

    Args:
        written: The text.
        said: What is said of it; empty if nothing is.
        language: What it is in.
        used: The entries of dictionaries that had a say.
        own: Those of them that are the member's own.
        silence: Why it is not read, if it is not.
    """

    written: str
    said: str
    language: Language
    used: Sequence[LexiconEntry] = ()
    own: frozenset[LexiconEntry] = frozenset()
    silence: str | None = None


class ReadingTestView(ui.LayoutView):
    """What somebody wrote, and what is said of it.

    Its presses are heard by `cogs.dictionary`, which finds the text in the message, so it is
    stopped from the start.
    """

    def __init__(self, tested: TestedReading, member_id: int) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay("### " + _("You write")))
        written = _fenced(tested.written)
        self.add_item(ui.TextDisplay(written))
        most = MAX_PAGE_CHARACTERS - len(written)
        self.add_item(ui.TextDisplay("\n".join(fitting(_lines(tested), most))))
        if tested.silence is None:
            listen: ui.Button[ReadingTestView] = ui.Button(
                label=_("Listen"), custom_id=f"wordtest1:hear:{member_id}"
            )
            self.add_item(ui.ActionRow(listen))
        self.stop()


def written_in(message: discord.Message) -> str | None:
    """Return the text that was tested, as its message shows it."""
    texts = [each.content for each in message.components if isinstance(each, discord.TextDisplay)]
    fenced = next((text for text in texts if text.startswith(_FENCE)), None)
    if fenced is None:
        return None
    text = fenced.removeprefix(f"{_FENCE}\n").removesuffix(f"\n{_FENCE}")
    return text.replace(_FENCED_TICK, _TICK)


def _fenced(text: str) -> str:
    return f"{_FENCE}\n{text.replace(_TICK, _FENCED_TICK)}\n{_FENCE}"


def _lines(tested: TestedReading) -> Iterator[str]:
    if tested.silence is not None:
        yield "### " + _("I say nothing")
        yield tested.silence
    else:
        yield "### " + _("I say")
        yield plain(cut(tested.said, MAX_SAID_CHARACTERS))
        yield "-# " + _("Language: {language}").format(language=_(tested.language.value))
    if tested.used:
        yield "### " + _("From the dictionary")
    for entry in tested.used:
        line = in_words(entry)
        if entry in tested.own:
            line = _("{entry} (your own)").format(entry=line)
        yield f"- {line}"
