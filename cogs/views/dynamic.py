"""Components that say by their id what they are for, so that they outlive any view and process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.i18n import use_locale
from bot.report import report

if TYPE_CHECKING:
    import re

    from bot.client import Bot


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the id of a component says, and what was chosen if it is a menu.

    `shown` is what the menu had chosen before.
    """

    fields: Mapping[str, str]
    values: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def came(self) -> list[str]:
        """What was not chosen before."""
        return [each for each in self.values if each not in self.shown]

    @property
    def went(self) -> list[str]:
        """What is not chosen any more."""
        return [each for each in self.shown if each not in self.values]


Handler = Callable[[discord.Interaction["Bot"], Pressed], Awaitable[None]]


def item_for(template: str, handler: Handler) -> type[discord.ui.DynamicItem[discord.ui.Item[Any]]]:
    """Return what has to be registered with the bot for `handler` to get every press.

    Args:
        template: A regular expression of the ids that are meant; `handler` gets its named groups.
        handler: What a press does; what it raises is reported to who pressed.
    """

    class Item(discord.ui.DynamicItem[discord.ui.Item[Any]], template=template):
        def __init__(self, item: discord.ui.Item[Any], fields: Mapping[str, str]) -> None:
            super().__init__(item)
            self._fields = fields

        @classmethod
        async def from_custom_id(
            cls,
            _interaction: discord.Interaction[Any],
            item: discord.ui.Item[Any],
            match: re.Match[str],
            /,
        ) -> Item:
            return cls(item, match.groupdict())

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            use_locale(interaction.locale.value)
            # As Discord sends them: the library makes objects of some, such as channels.
            chosen: Mapping[str, Any] = interaction.data or {}
            pressed = Pressed(self._fields, tuple(chosen.get("values", ())), _shown(self.item))
            try:
                await handler(interaction, pressed)
            except Exception as error:  # the door of every press: the library would only log it
                await report(interaction, error)

    return Item


def _shown(item: discord.ui.Item[Any]) -> tuple[str, ...]:
    if isinstance(item, discord.ui.Select):
        return tuple(option.value for option in item.options if option.default)
    return tuple(str(each.id) for each in getattr(item, "default_values", ()))
