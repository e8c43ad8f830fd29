"""A diagnosis: every link between a text and the ears of listeners, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.i18n import _, ngettext
from cogs._diagnosis.finding import Finding, State, next_step
from cogs.views.setup import GREEN, RED

if TYPE_CHECKING:
    from collections.abc import Sequence

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"doctor1:(?P<action>check)"

MARKS: Final = {State.FINE: "✅", State.LIMITED: "⚠️", State.BROKEN: "❌", State.UNKNOWN: "➡️"}

AMBER: Final = discord.Colour(0xF0B232)


class DoctorView(ui.LayoutView):
    """What works and what does not; its presses are heard by `cogs.doctor`.

    Args:
        findings: Every link.
        why: The command that tells what became of a single message, as people press it.
        is_moderator: Whether whoever reads it may see the checklist of the server, too.
    """

    def __init__(self, findings: Sequence[Finding], *, why: str, is_moderator: bool) -> None:
        super().__init__(timeout=None)
        states = [finding.state for finding in findings]
        head = f"### {_heading(states)}\n" + _("**Next:** {step}").format(step=next_step(findings))
        hint = _("What became of a single message: {command}").format(command=why)
        card: ui.Container[DoctorView] = ui.Container(accent_colour=_colour(states))
        card.add_item(ui.TextDisplay(head)).add_item(ui.Separator())
        card.add_item(ui.TextDisplay("\n".join(map(_line, findings)))).add_item(ui.Separator())
        card.add_item(ui.TextDisplay(hint))
        self.add_item(card)
        self.add_item(ui.ActionRow(*_buttons(is_moderator=is_moderator)))
        self.stop()


def _heading(states: Sequence[State]) -> str:
    if problems := states.count(State.BROKEN):
        return ngettext("{count} problem", "{count} problems", problems).format(count=problems)
    return _("It works, with limits") if State.LIMITED in states else _("All is well")


def _colour(states: Sequence[State]) -> discord.Colour:
    if State.BROKEN in states:
        return RED
    return AMBER if State.LIMITED in states else GREEN


def _line(finding: Finding) -> str:
    # The state is a word, too: neither a colour nor an emoji is heard by everyone.
    link, state = _(finding.link.value), _(finding.state.value)
    said = f"{finding.sentence} {finding.advice}".rstrip()
    return f"{MARKS[finding.state]} **{link}: {state}.** {said}"


def _buttons(*, is_moderator: bool) -> list[ui.Button[DoctorView]]:
    again: ui.Button[DoctorView] = ui.Button(label=_("Check again"), custom_id="doctor1:check")
    if not is_moderator:
        return [again]
    # Heard by the checklist, which then takes the place of this.
    return [again, ui.Button(label=_("First steps"), custom_id="setup1:check")]
