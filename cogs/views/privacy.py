"""The question before everything is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord
from discord import ui

from bot.i18n import _

if TYPE_CHECKING:
    from typing import Literal

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"privacy1:(?P<action>delete|keep):(?P<what>me|server):(?P<owner>[0-9]{1,19})"


class Confirmation(ui.View):
    """Two buttons, whose presses are heard by `cogs.privacy`; so it is stopped from the start."""

    def __init__(self, what: Literal["me", "server"], *, owner_id: int) -> None:
        super().__init__(timeout=None)
        self.add_item(
            ui.Button(
                label=_("Delete everything"),
                style=discord.ButtonStyle.danger,
                custom_id=f"privacy1:delete:{what}:{owner_id}",
            )
        )
        self.add_item(
            ui.Button(label=_("Keep everything"), custom_id=f"privacy1:keep:{what}:{owner_id}")
        )
        self.stop()
