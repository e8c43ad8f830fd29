"""The buttons and menus of the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import discord

from cogs.views import dynamic
from cogs.views.dynamic import Pressed

if TYPE_CHECKING:
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

    async def handle(interaction: discord.Interaction[Bot], pressed: Pressed) -> None:
        [turn] = pressed.values or (pressed.fields["turn"],)
        action = Action(pressed.fields["action"])
        await handler(interaction, Press(action, pressed.fields["process"], int(turn)))

    return dynamic.item_for(TEMPLATE, handle)
