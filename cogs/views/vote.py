"""A message that counts who wants to skip what is being said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import ui

from bot.i18n import _
from cogs.views.press import Action, Press

if TYPE_CHECKING:
    from bot.policy.skip import Ruling
    from bot.voice.queue import Turn


class VoteView(ui.View):
    """The button to vote with; heard by `cogs.views.press`, so it is stopped from the start."""

    def __init__(self, turn: Turn, process: str) -> None:
        super().__init__(timeout=None)
        press = Press(Action.VOTE, process, turn.id)
        self.add_item(ui.Button(label=_("Skip"), custom_id=press.custom_id))
        self.stop()


def question(turn: Turn, ruling: Ruling) -> str:
    """Return what the message asks, with the votes so far."""
    return _("Skip what {member} says? {votes} of {needed} votes.").format(
        member=f"<@{turn.utterance.speaker_id}>", votes=ruling.votes, needed=ruling.needed
    )
