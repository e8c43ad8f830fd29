"""A button that lets a bot or a webhook be read."""

from __future__ import annotations

from typing import Final

from discord import ui

from bot.i18n import _

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = r"listbot1:(?P<bot>[0-9]{15,20})"


class ListBotView(ui.View):
    """Offers to read a bot from now on.

    Its press is heard by `cogs.read`, so it is stopped from the start.
    """

    def __init__(self, bot_id: int) -> None:
        super().__init__(timeout=None)
        button: ui.Button[ListBotView] = ui.Button(
            label=_("Read its messages"), custom_id=f"listbot1:{bot_id}"
        )
        self.add_item(button)
        self.stop()
