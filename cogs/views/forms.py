"""Dialogs that say by their id what they are for, so that they outlive any view and process."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.i18n import use_locale
from bot.report import report

if TYPE_CHECKING:
    from bot.client import Bot


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the id of a dialog says, and what was typed or chosen in each of its fields."""

    fields: Mapping[str, str]
    typed: Mapping[str, str]
    chosen: Mapping[str, tuple[str, ...]]


Handler = Callable[[discord.Interaction["Bot"], Submitted], Awaitable[None]]


class Form(ui.Modal):
    """A dialog; what is submitted is heard by its id, so it is stopped from the start."""

    def __init__(self, title: str, custom_id: str, *fields: ui.Item[Any]) -> None:
        super().__init__(title=title, custom_id=custom_id)
        for each in fields:
            self.add_item(each)
        self.stop()


async def hear(interaction: discord.Interaction[Bot], template: str, handler: Handler) -> None:
    """Hand over what was submitted in a dialog if its id is one that is meant.

    Args:
        interaction: Anything that happened.
        template: A regular expression of the ids; `handler` gets its named groups.
        handler: What a dialog does; what it raises is reported to who submitted it.
    """
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    submission: Mapping[str, Any] = interaction.data or {}
    match = re.fullmatch(template, str(submission.get("custom_id")))
    if match is None:
        return
    use_locale(interaction.locale.value)
    fields = list(_fields(submission.get("components", ())))
    typed = {each["custom_id"]: each["value"] for each in fields if "value" in each}
    chosen = {each["custom_id"]: tuple(each["values"]) for each in fields if "values" in each}
    try:
        await handler(interaction, Submitted(match.groupdict(), typed, chosen))
    except Exception as error:  # the door of every dialog: the library would only log it
        await report(interaction, error)


def _fields(nodes: Any) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        if "custom_id" in node:
            yield node
        yield from _fields(node.get("components", ()))
        if "component" in node:
            yield from _fields((node["component"],))
