"""Buttons and menus that say by their id what they are for, so that they outlive any view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.i18n import use_locale
from bot.report import report

if TYPE_CHECKING:
    import re

    from bot.client import Bot

# A later version reads the ids of messages that this one has posted: new meaning, new number.
TEMPLATE: Final = (
    r"queue1:(?P<action>skip|vote|take):(?P<process>[0-9a-f]{8}):(?P<turn>[0-9]{1,19})"
)


class Action(StrEnum):
    """What a press asks for."""

    SKIP = "skip"
    """Skip a turn, from the panel of the queue."""
    VOTE = "vote"
    """Skip a turn, from the message that counts the votes."""
    TAKE = "take"
    """Take back the turn chosen in a menu."""


@dataclass(frozen=True, slots=True)
class Press:
    """What the id of a component says.

    Turns are numbered anew by each process, so a press names the one that meant it too.
    """

    action: Action
    process: str
    turn_id: int = 0

    @property
    def custom_id(self) -> str:
        """The id that says this."""
        return f"queue1:{self.action}:{self.process}:{self.turn_id}"


Handler = Callable[[discord.Interaction["Bot"], Press], Awaitable[None]]


def item_for(handler: Handler) -> type[discord.ui.DynamicItem[discord.ui.Item[Any]]]:
    """Return what has to be registered with the bot for `handler` to get every press."""

    class Item(discord.ui.DynamicItem[discord.ui.Item[Any]], template=TEMPLATE):
        def __init__(self, item: discord.ui.Item[Any], press: Press) -> None:
            super().__init__(item)
            self._press = press

        @classmethod
        async def from_custom_id(
            cls,
            _interaction: discord.Interaction[Any],
            item: discord.ui.Item[Any],
            match: re.Match[str],
            /,
        ) -> Item:
            press = Press(Action(match["action"]), match["process"], int(match["turn"]))
            return cls(item, press)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            use_locale(interaction.locale.value)
            press = self._press
            if isinstance(self.item, discord.ui.Select):
                press = replace(press, turn_id=int(self.item.values[0]))
            try:
                await handler(interaction, press)
            except Exception as error:  # the door of every press: the library would only log it
                await report(interaction, error)

    return Item
